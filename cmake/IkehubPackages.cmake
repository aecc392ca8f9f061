# Debian packages, made of the components by `cpack`:
#
#     cmake --preset debian && cmake --build --preset debian && cpack --config build/debian/CPackConfig.cmake
#
# deploy/debian has what Debian wants in a package beside what is installed anyway.

option(IKEHUB_PACKAGES "Have cpack make Debian packages; CMAKE_INSTALL_PREFIX has to be /usr" OFF)
if(NOT IKEHUB_PACKAGES)
    return()
endif()

set(debian ${PROJECT_SOURCE_DIR}/deploy/debian)
set(packages ikehub ${libike_component} libike-dev ikeload)

foreach(package ${packages})
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/${package})
    install(FILES ${debian}/copyright DESTINATION ${doc} COMPONENT ${package})
    install(FILES ${debian}/changelog DESTINATION ${doc} RENAME changelog.Debian COMPONENT ${package})
    install(FILES ${PROJECT_SOURCE_DIR}/CHANGELOG.md DESTINATION ${doc} RENAME changelog COMPONENT ${package})
endforeach()

# Preshared keys may stand in the configuration.
install(DIRECTORY DESTINATION /etc/ikehub DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE COMPONENT ikehub)
install(DIRECTORY DESTINATION /etc/ikehub/conf.d DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE COMPONENT ikehub)
install(FILES ${debian}/ikehub.conf DESTINATION /etc/ikehub PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ
    COMPONENT ikehub)
install(FILES ${debian}/ikehub/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME ikehub
    COMPONENT ikehub)
install(FILES ${debian}/libike/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides
    RENAME ${libike_component} COMPONENT ${libike_component})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ikehub)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each has its own
set(CPACK_PACKAGE_CONTACT "The ikehub authors <ikehub@packages.invalid>")
set(CPACK_OUTPUT_FILE_PREFIX ${PROJECT_BINARY_DIR}/packages)
set(CPACK_STRIP_FILES ON)
# Files go to /etc as well.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
    WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/IkehubPack.cmake)

set(CPACK_COMPONENTS_ALL ${packages})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# package(NAME SECTION SUMMARY DESCRIPTION)
function(package name section summary description)
    string(TOUPPER ${name} component)
    set(CPACK_DEBIAN_${component}_PACKAGE_NAME ${name} PARENT_SCOPE)
    set(CPACK_DEBIAN_${component}_PACKAGE_SECTION ${section} PARENT_SCOPE)
    set(CPACK_COMPONENT_${component}_DESCRIPTION "${summary}\n${description}" PARENT_SCOPE)
endfunction()

package(ikehub net "IKEv1 concentrator"
    "ikehubd negotiates IPsec SAs with peers that speak only IKEv1, by the\nhundred thousand, and has the kernel protect their packets. It reads the\nsyntax of strongSwan's swanctl.conf, and swanctl works with it.\n.\nIKEv1 is deprecated (RFC 9395): this is for peers that know nothing newer.")
package(${libike_component} libs "IKEv1 exchange-management library"
    "libike is an engine for IKEv1 (RFC 2407, 2408, 2409) without sockets, clocks\nor threads of its own: datagrams and the time go in, datagrams and SAs come\nout.")
package(libike-dev libdevel "IKEv1 exchange-management library (development files)"
    "Headers, the static library, and files for pkg-config and CMake of libike, an\nengine for IKEv1 (RFC 2407, 2408, 2409) without sockets, clocks or threads of\nits own.")
package(ikeload net "load generator for IKEv1 responders"
    "ikeload is a fleet of IKEv1 initiators in one process: it brings up many\ntunnels, keeps them busy, and measures how the responder copes.")

# kill(1), for ExecReload=, is in procps.
set(CPACK_DEBIAN_IKEHUB_PACKAGE_DEPENDS "adduser, procps")
set(CPACK_DEBIAN_IKEHUB_PACKAGE_SUGGESTS "strongswan-swanctl, redis-server")
set(CPACK_DEBIAN_IKEHUB_PACKAGE_CONTROL_EXTRA
    ${debian}/ikehub/postinst ${debian}/ikehub/prerm ${debian}/ikehub/postrm ${debian}/ikehub/conffiles)
string(TOUPPER ${libike_component} component)
set(CPACK_DEBIAN_${component}_PACKAGE_CONTROL_EXTRA ${debian}/libike/triggers)
set(CPACK_DEBIAN_ENABLE_COMPONENT_DEPENDS ON)
set(CPACK_COMPONENT_LIBIKE-DEV_DEPENDS ${libike_component})
set(CPACK_DEBIAN_LIBIKE-DEV_PACKAGE_DEPENDS libssl-dev)

include(CPack)
