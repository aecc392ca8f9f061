# SPDX-License-Identifier: BSD-2-Clause
"""What valgrind's callgrind wrote: how many instructions each function took itself."""

import re

NAMED = re.compile(r"(c?)(ob|fn)=\((\d+)\)(?: (.*))?$")


def costs(lines):
    """{(object file, function): instructions}. The cost of a call, behind `calls=`, is in the callee's own."""
    names = {"ob": {}, "fn": {}}
    here = {"ob": "", "fn": ""}
    found, is_call = {}, False
    for line in lines:
        named = NAMED.match(line)
        if named:
            called, kind, number, name = named.groups()
            name = names[kind].setdefault(number, name)
            if not called:
                here[kind] = name
        elif line.startswith("calls="):
            is_call = True
        elif re.match(r"[+\-*\d]", line):
            if not is_call:
                place = (here["ob"], here["fn"])
                found[place] = found.get(place, 0) + int(line.split()[1])
            is_call = False
    return found


def part_of(path, program):
    """own, openssl or libc: whose code an object file has."""
    if path == program:
        return "own"
    return "openssl" if path and "libcrypto.so" in path else "libc"


def by_part(found, program):
    parts = {"own": 0, "openssl": 0, "libc": 0}
    for (path, _), count in found.items():
        parts[part_of(path, program)] += count
    return parts
