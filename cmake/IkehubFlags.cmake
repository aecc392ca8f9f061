# How everything in the tree is compiled: language, warnings, hardening, sanitizers.

option(IKEHUB_WERROR "Treat warnings as errors" OFF)
set(IKEHUB_SANITIZE "" CACHE STRING "Value for -fsanitize=, for example address,undefined")
option(IKEHUB_COVERAGE "Instrument for line coverage" OFF)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
endif()

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Makes CMake pass -pie where CMAKE_POSITION_INDEPENDENT_CODE asks for it (policy CMP0083).
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

# Assertions are for our own bugs and stay on in every build.
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELEASE "${CMAKE_C_FLAGS_RELEASE}")
string(REPLACE "-DNDEBUG" "" CMAKE_C_FLAGS_RELWITHDEBINFO "${CMAKE_C_FLAGS_RELWITHDEBINFO}")

add_compile_options(
    -Wall
    -Wextra
    -Wpedantic
    -Wconversion
    -Wshadow
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes>
    -Wvla
    -Wcast-qual
    -Wimplicit-fallthrough)

if(IKEHUB_WERROR)
    add_compile_options(-Werror)
endif()

add_compile_options(-fstack-protector-strong -fstack-clash-protection -fno-omit-frame-pointer)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|i[3-6]86")
    add_compile_options(-fcf-protection)
endif()
add_link_options(-Wl,-z,relro,-z,now)

# _FORTIFY_SOURCE needs an optimising build, and its checks hide what the sanitizers would report.
if(IKEHUB_SANITIZE)
    add_compile_options(-fsanitize=${IKEHUB_SANITIZE} -fno-sanitize-recover=all)
    string(REPLACE "fuzzer-no-link," "" sanitize_link "${IKEHUB_SANITIZE}")
    add_link_options(-fsanitize=${sanitize_link})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

if(IKEHUB_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()
