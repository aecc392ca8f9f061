# SPDX-License-Identifier: BSD-2-Clause
"""Lines of `key=value key="quoted value"`."""

import re

FIELD = re.compile(r'(?P<key>[^\s=]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>\S*))')
ESCAPE = re.compile(r"\\(.)")


def parse(line):
    """The fields of a line; of a key given twice the last value counts."""
    return {
        match["key"]: match["plain"] or ESCAPE.sub(r"\1", match["quoted"] or "")
        for match in FIELD.finditer(line)
    }


def pattern(**fields):
    """A regular expression for lines that hold all these fields, in any order."""
    ahead = (rf'(?=.*\b{key}="?{re.escape(value)}"?(?:\s|$))' for key, value in fields.items())
    return re.compile("^" + "".join(ahead))
