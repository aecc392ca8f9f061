# Run by cpack before it packs: Debian's packages have manual pages and changelogs compressed, without the time, and static
# libraries without debug information; that of programs goes into packages of its own.

file(GLOB pages ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/man/*/*.[1-9] ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/doc/*/changelog*)
foreach(page ${pages})
    execute_process(COMMAND gzip -9n ${page} COMMAND_ERROR_IS_FATAL ANY)
endforeach()

file(GLOB archives ${CPACK_TEMPORARY_DIRECTORY}/*/usr/lib/*/*.a)
foreach(archive ${archives})
    execute_process(COMMAND strip --strip-debug --remove-section=.comment --enable-deterministic-archives ${archive}
        COMMAND_ERROR_IS_FATAL ANY)
endforeach()
