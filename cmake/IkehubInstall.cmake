# What `cmake --install` lays down: the library with its public headers, pkg-config and CMake package files, the programs,
# the manual pages, the completion for shells, the unit. Components are Debian's packages (cmake/IkehubPackages.cmake).

include(CMakePackageConfigHelpers)

set(libike_component libike${PROJECT_VERSION_MAJOR})
set(ike_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ike)

add_custom_target(installed DEPENDS ike ike_static ikehubd ikehubctl ikeload)

install(TARGETS ike EXPORT ike
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${libike_component} NAMELINK_COMPONENT libike-dev)
install(TARGETS ike_static EXPORT ike ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libike-dev)
install(TARGETS ikehubd ikehubctl RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR} COMPONENT ikehub)
install(TARGETS ikeload RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT ikeload)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT licence)

install(FILES ${PROJECT_SOURCE_DIR}/deploy/completion/ikehubctl.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ikehubctl COMPONENT ikehub)
install(FILES ${PROJECT_SOURCE_DIR}/deploy/completion/_ikehubctl
    DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions COMPONENT ikehub)

# Not in CMAKE_INSTALL_LIBDIR, which may be lib64 or have an architecture in it.
install(FILES ${PROJECT_SOURCE_DIR}/deploy/systemd/ikehubd.service DESTINATION lib/systemd/system COMPONENT ikehub)

# The pages of the daemon but for these.
set(component_of_ikeload.1 ikeload)
set(component_of_libike.3 libike-dev)
file(GLOB man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[1-9])
foreach(page ${man_pages})
    cmake_path(GET page FILENAME name)
    cmake_path(GET page EXTENSION LAST_ONLY section)
    string(REPLACE "." "man" section ${section})
    set(component ikehub)
    if(DEFINED component_of_${name})
        set(component ${component_of_${name}})
    endif()
    install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/${section} COMPONENT ${component})
endforeach()

# charon.h and what it includes; everything else in core is private.
foreach(header
        x4/core/memory.h
        x4/core/trace.h
        x4/core/types.h
        x4/crypto/algorithms.h
        x4/crypto/modp.h
        x4/crypto/sign_job.h
        x4/ike/charon.h
        x4/ike/bounds.h
        x4/ike/config1.h
        x4/ike/config2.h
        x4/ike/timing.h
        x4/ike/xauth_job.h
        x4/ike/mode_config.h
        x4/ike/ipsec_sa.h
        x4/ike/reasons.h
        x4/net/addr.h
        x4/net/selector.h)
    cmake_path(GET header PARENT_PATH folder)
    install(FILES ${PROJECT_SOURCE_DIR}/core/${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${folder}
        COMPONENT libike-dev)
endforeach()

install(EXPORT ike NAMESPACE ike:: FILE ikeTargets.cmake DESTINATION ${ike_cmake_dir} COMPONENT libike-dev)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/ikeConfig.cmake.in ${PROJECT_BINARY_DIR}/ikeConfig.cmake
    INSTALL_DESTINATION ${ike_cmake_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ikeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ikeConfig.cmake ${PROJECT_BINARY_DIR}/ikeConfigVersion.cmake
    DESTINATION ${ike_cmake_dir} COMPONENT libike-dev)

# Relative to the file itself, so that an installed tree can be moved, or installed with another --prefix.
file(RELATIVE_PATH pkgconfig_to_prefix /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(${CMAKE_CURRENT_LIST_DIR}/ike.pc.in ${PROJECT_BINARY_DIR}/ike.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ike.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT libike-dev)
