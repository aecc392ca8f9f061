# SPDX-License-Identifier: BSD-2-Clause
"""The cases of a program, by name, and what they say when they fail."""

from wait import Failed

CASES = {}


def register(name, function):
    """A case that is made; `case` is for those that are written."""
    CASES[name.replace("_", "-")] = function


def case(function):
    register(function.__name__, function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def same(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r}, expected {wanted!r}")
