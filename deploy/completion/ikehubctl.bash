# SPDX-License-Identifier: BSD-2-Clause
# shellcheck shell=bash
# bash completion of ikehubctl: commands, options, and names that the running daemon tells.

_ikehubctl_names() {
    ikehubctl --timeout 1 --json list-conns 2>/dev/null |
        sed -n 's/.*"name": *"\([^"]*\)".*/\1/p'
}

_ikehubctl() {
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words
    case $before in
        --socket)
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return
            ;;
        --ike)
            words=$(_ikehubctl_names)
            ;;
        --ike-id | --child | --child-id | --timeout | --interval | --count)
            return
            ;;
        *)
            words=$(ikehubctl --help | sed -nE 's/^  (--)?([a-z-]+) .*/\1\2/p')
            ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _ikehubctl ikehubctl
