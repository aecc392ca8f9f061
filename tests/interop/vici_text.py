# SPDX-License-Identifier: BSD-2-Clause
"""swanctl's --raw output: `name reply {key=value section {...} list=[a b]}`, as nested dicts."""

import re

TOKEN = re.compile(
    r"""\s*(?:
        (?P<close>\})
      | (?P<section>[^\s{}=]+)[ ]?\{
      | (?P<key>[^\s{}=]+)=(?P<value>\[(?:[^\[\]]|\[[^\]]*\])*\]|[^\s{}]*)
    )""",
    re.VERBOSE,
)


def parse_section(text, position):
    """The section whose `{` ends at `position`; returns it and the position behind its `}`."""
    section = {}
    while True:
        token = TOKEN.match(text, position)
        position = token.end()
        if token["close"]:
            return section, position
        if token["section"]:
            section[token["section"]], position = parse_section(text, position)
        elif token["value"].startswith("["):
            section[token["key"]] = token["value"][1:-1].split()
        else:
            section[token["key"]] = token["value"]


def parse_events(text, name):
    """All messages that `text` holds under the header `name`."""
    starts = re.finditer(re.escape(name) + r" \{", text)
    return [parse_section(text, start.end())[0] for start in starts]
