#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Says where docs/operations.md has other events, levels or reasons than the sources. What its tables say about them is
for people to keep right.

    docs/operations.py           prints the differences; status 1 if there are any
    docs/operations.py --list    prints each event of the sources, its levels, and the files that log it

An event is found where its name is given to a function that begins a line, or to one that hands its parameter on to
such a function: as a literal, or as a variable or a table that is set in the same file."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs/operations.md"
FOLDERS = ("shard", "store", "ioring", "core")

# Functions that begin a line: which argument is the event's name, and which its level.
BEGINNINGS = {"hub_log_begin": (2, 1), "hub_log_begin_limited": (2, 1), "control_log_begin": (2, 1), "x4_event": (2, 1)}
# There the name comes out of a structure: libike's events have x4_event, and surveys are read by `surveys`.
THROUGH = {("shard/log.c", "event->name"), ("shard/survey.c", "survey->name"), ("shard/survey.c", "event")}

NAME = re.compile(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"')
LEVEL = re.compile(r"\bx4c_trace_(\w+)")
TYPES = re.compile(r"(?:const|struct|enum|void|bool|uint32_t|x4[se]_\w+)\b")
FUNCTION = re.compile(r"^(static )?(?:[\w*]+ )+\*?(\w+)\(([^;{}]*)\)\n\{", re.M)
ROW = re.compile(r"^\| ((?:`[a-z0-9-]+`(?:, )?)+) \| ([a-z, ]+) \| \S", re.M)
REASONS = ("core/x4/ike/reasons.h", "shard/end.h")
REASON = re.compile(r"^ *X\((\w+), ", re.M)
REASON_ROW = re.compile(r"^\| ((?:`\w+`(?:, )?)+) \| \S", re.M)


def read(path):
    return re.sub(r"/\*.*?\*/", " ", path.read_text(), flags=re.S)


def arguments_at(text, start):
    """Those of the call whose bracket opens before `start`."""
    arguments, depth, begin, quoted = [], 0, start, False
    for place in range(start, len(text)):
        letter = text[place]
        if letter == '"' and text[place - 1] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif letter in "([{":
            depth += 1
        elif letter in ")]}" and depth:
            depth -= 1
        elif letter == ")" or (letter == "," and not depth):
            arguments.append(text[begin:place].strip())
            begin = place + 1
            if letter == ")":
                break
    return arguments


def calls(text, name):
    """The arguments of each call, and where it is. What has types among them is a declaration."""
    for match in re.finditer(rf"(?<!\w){name}\(", text):
        arguments = arguments_at(text, match.end())
        if not TYPES.match(arguments[0]):
            yield arguments, match.start()


def value_of(text, expression, before):
    """What the variable, or the table that the expression takes an element of, was last set to before that place."""
    name = re.match(r"(\w+)(\[)?", expression)
    if not name:
        return expression
    brackets = r"\[\]" if name.group(2) else ""
    values = re.findall(rf"\b{name.group(1)}{brackets}\s*=\s(.*?);", text[:before], re.S)
    return values[-1] if values else expression


def enclosing(text, place):
    """The function that this place is in: whether it is the file's own, its name, its parameters."""
    last = [match for match in FUNCTION.finditer(text) if match.start() < place][-1]
    return bool(last.group(1)), last.group(2), re.findall(r"(\w+)(?:\[[^]]*\])?(?:,|$)", last.group(3))


class Reader:
    def __init__(self):
        self.events = {}  # by name: (levels, files)
        self.problems = []
        paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.c"))]
        self.sources = {str(path.relative_to(ROOT)): read(path) for path in paths}

    def note(self, names, levels, file):
        for name in names:
            known = self.events.setdefault(name, (set(), set()))
            known[0].update(levels)
            known[1].add(file)

    def read_call(self, file, arguments, place, where):
        """Notes what is logged there. If the function hands its own parameter on: its name, its file, and where."""
        text = self.sources[file]
        name, level = (arguments[each] for each in where)
        own, function, parameters = enclosing(text, place)
        if name in parameters:
            levels = parameters.index(level) if level in parameters else parameters.index(name)
            return function, file if own else None, (parameters.index(name), levels)
        found = NAME.findall(name) or NAME.findall(value_of(text, name, place))
        if not found and (file, name) not in THROUGH:
            self.problems.append(f"{file}: cannot tell which event {name} is")
        self.note(found, LEVEL.findall(level) or LEVEL.findall(value_of(text, level, place)), file)
        return None

    def functions(self):
        waiting = [(name, None, where) for name, where in BEGINNINGS.items()]
        seen = set(BEGINNINGS)
        while waiting:
            name, only, where = waiting.pop()
            for file in [only] if only else self.sources:
                for arguments, place in calls(self.sources[file], name):
                    on = self.read_call(file, arguments, place, where)
                    if on and on[:2] not in seen:
                        seen.add(on[:2])
                        waiting.append(on)

    def surveys(self):
        """A line of that name, and one for each shard."""
        for file, text in self.sources.items():
            for arguments, _ in calls(text, "hub_survey"):
                for name in NAME.findall(arguments[1]):
                    self.note([name, f"shard-{name}"], ["notice"], file)


def section(title):
    """The text of the page from this heading to the next one of its kind."""
    return re.search(rf"^## {title}\n(.*?)^## ", PAGE.read_text(), re.S | re.M).group(1)


def names_of(cell):
    return re.findall(r"`([^`]+)`", cell)


def event_differences(events):
    found = ROW.findall(section("Every line of the log"))
    rows = {name: set(levels.split(", ")) for names, levels in found for name in names_of(names)}
    for name in sorted(events.keys() - rows.keys()):
        yield f"docs/operations.md does not have the event {name} of {min(events[name][1])}"
    for name in sorted(rows.keys() - events.keys()):
        yield f"docs/operations.md has the event {name}, which nothing logs"
    for name in sorted(rows.keys() & events.keys()):
        levels = events[name][0]
        if levels and not rows[name] <= levels:
            yield f"docs/operations.md: the event {name} is of level {' or '.join(sorted(levels))}"


def reason_differences():
    known = {name for file in REASONS for name in REASON.findall((ROOT / file).read_text())}
    rows = [name for names in REASON_ROW.findall(section("One peer fails")) for name in names_of(names)]
    for name in sorted(known - set(rows)):
        yield f"docs/operations.md does not have the reason {name}"
    for name in sorted(set(rows) - known):
        yield f"docs/operations.md has the reason {name}, which there is not"
    for name in sorted({name for name in rows if rows.count(name) > 1}):
        yield f"docs/operations.md has the reason {name} twice"


def main():
    reader = Reader()
    reader.functions()
    reader.surveys()
    if "--list" in sys.argv:
        for name, (levels, files) in sorted(reader.events.items()):
            print(f"{name:22} {', '.join(sorted(levels)):20} {' '.join(sorted(files))}")
        return 0
    complaints = [*reader.problems, *event_differences(reader.events), *reason_differences()]
    print("\n".join(complaints), end="\n" if complaints else "")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
