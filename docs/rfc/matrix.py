#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes docs/rfc-matrix.md: what the RFCs demand, the code that meets it, the tests that check it.

    docs/rfc/matrix.py            writes it
    docs/rfc/matrix.py --check    says what is wrong, and whether it is out of date

A requirement is a block in docs/rfc/NUMBER.txt. The first line has its id (RFC, section, running number) and level,
what follows says in our words what is demanded, and, after "not met:", "does not apply:" or "in part:", why:

    2408-2.5.2-2 SHOULD
        Discards a message with a reserved field that is not zero.
        not met: some peers do not send zero.

A line of code that meets it, or a test that checks it, has a comment: /* req 2408-2.5.2-1 */, with several ids where
one line meets them all. The table names the function, table or definition that the comment is in, or stands before.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "rfc"
MATRIX = ROOT / "docs" / "rfc-matrix.md"
CODE = ("core", "ioring", "shard")

LEVELS = ("MUST", "MUST NOT", "SHOULD", "SHOULD NOT")
REASONS = ("not met", "does not apply", "in part")
ID = r"\d{4}-[0-9A-Z][0-9.]*-\d+"
COMMENT = re.compile(r"(?:/\*|//|\*|#)\s*req ((?:[0-9A-Z][-.0-9A-Z]*\s*)+)(?:\*/|$)")
ALMOST = re.compile(r"\breq \d{4}\b")

HEAD = """# What the RFCs demand

Every MUST and SHOULD of the RFCs that libike and ikehubd implement, where it is met, and what checks it; or why it is
not met, or does not apply. `docs/rfc/matrix.py` writes this file from the requirements in `docs/rfc/*.txt` and the
comments `req` in code and tests; do not edit it.

REQUIRED and SHALL are listed as MUST, RECOMMENDED as SHOULD. The texts are ours and short; the RFC's words decide.
What an RFC demands of its own successors, of registries or of other documents is left out.
"""


class Requirement:
    def __init__(self, name, level):
        self.name, self.level = name, level
        self.text, self.kind, self.reason = "", "", ""
        self.code, self.tests = [], []

    def add(self, line):
        for kind in REASONS:
            if line.startswith(kind + ": "):
                self.kind, self.reason = kind, line[len(kind) + 2:]
                return
        if self.kind:
            self.reason += " " + line
        else:
            self.text = (self.text + " " + line).strip()

    def mistakes(self):
        if self.level not in LEVELS:
            yield f"{self.name}: unknown level {self.level}"
        if not self.text:
            yield f"{self.name}: says nothing"
        if self.kind in ("", "in part") and not self.code:
            yield f"{self.name}: neither code nor reason"
        if self.kind in ("not met", "does not apply") and self.code:
            yield f"{self.name}: has a reason why not, and code: {', '.join(self.code)}"

    def met(self):
        places = "<br>".join(f"`{place}`" for place in self.code)
        reason = f"{self.kind}: {self.reason}" if self.kind else ""
        return "<br>".join(part for part in (places, reason) if part)

    def row(self):
        tests = "<br>".join(f"`{place}`" for place in self.tests)
        section = self.name.split("-", 1)[1]
        cells = (section, self.level, self.text, self.met(), tests)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def read_requirements(path, mistakes):
    """The title and the requirements of one file, in its order."""
    lines = path.read_text().splitlines()
    found = {}
    current = None
    for number, line in enumerate(lines[1:], 2):
        head = re.fullmatch(rf"({ID}) ([A-Z ]+)", line)
        if head:
            current = Requirement(*head.groups())
            if current.name in found or not current.name.startswith(path.stem + "-"):
                mistakes.append(f"{path.name}:{number}: {current.name} twice, or in the wrong file")
            found[current.name] = current
        elif line.startswith("    ") and current:
            current.add(line.strip())
        elif line and not line.startswith("#"):
            mistakes.append(f"{path.name}:{number}: neither a requirement nor its text")
    return lines[0].lstrip("# "), found


# ---------------------------------------------------------------------- where a comment is

def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text):
    """C with comments, strings and characters blanked, so that braces count; lines stay where they are."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text, flags=re.S)


def name_of(text):
    """The name that a definition defines: `static int f(`, `static const struct s name[] =`, `#define NAME`."""
    defined = re.match(r"\s*#\s*define\s+(\w+)", text)
    if defined:
        return defined.group(1)
    before = None
    while before != text:
        before, text = text, re.sub(r"\{[^{}]*\}?", " ", text)
    text = re.split(r"[=;]", text)[0]
    called = re.search(r"(\w+)\s*\(", text)
    words = re.findall(r"\w+", re.sub(r"\[.*?\]", "", text, flags=re.S))
    return called.group(1) if called else words[-1] if words else ""


def definitions(code):
    """(first line, last line, text) of everything at the top level of a C file, lines counted from 0."""
    token = re.compile(r"[ \t]*#(?:[^\n]*\\\n)*[^\n]*|[{};]|[^\s{};#]+|#", re.S)
    depth, begin, end = 0, None, 0
    for match in token.finditer(code):
        word = match.group()
        if word.lstrip().startswith("#"):
            if depth == 0 and begin is None:
                yield code.count("\n", 0, match.start()), code.count("\n", 0, match.end()), word
            continue
        if begin is None:
            if word in (";", "}"):
                continue
            begin = match.start()
        if word == "{" and code[begin:match.start()].strip() == "extern":
            begin = None
            continue
        depth += (word == "{") - (word == "}")
        end = match.end()
        body_ended = word == "}" and not re.match(r"[ \t]*[\w=;,\[]", code[end:])
        if depth == 0 and (word == ";" or body_ended):
            yield code.count("\n", 0, begin), code.count("\n", 0, end), code[begin:end]
            begin = None


def place_in_c(code, number):
    """The definition around line `number`, or the one behind it; of an enumeration without a name, its constant."""
    for first, last, text in definitions(code):
        if number > last:
            continue
        if re.match(r"(typedef )?enum\s*\{", text) and number >= first:
            rest = "\n".join(code.split("\n")[number:])
            return re.search(r"\w+", rest).group()
        return name_of(text)
    return ""


def place_in_python(lines, number):
    """The function that the comment is in, or the one behind it."""
    indented = lines[number].startswith(" ")
    around = range(number, -1, -1) if indented else range(number, len(lines))
    for i in around:
        defined = re.match(r"def (\w+)|class (\w+)|([A-Za-z_]\w*) *=", lines[i])
        if defined:
            return next(name for name in defined.groups() if name)
    return ""


def comments(path, mistakes):
    """Every (id, place) of a file."""
    text = path.read_text()
    if "req " not in text:
        return
    lines = text.split("\n")
    code = without_comments(text) if path.suffix in (".c", ".h") else ""
    for number, line in enumerate(lines):
        comment = COMMENT.search(line)
        if not comment:
            if ALMOST.search(line):
                mistakes.append(f"{path.relative_to(ROOT)}:{number + 1}: a requirement comment of another form")
            continue
        place = place_in_c(code, number) if code else place_in_python(lines, number)
        for name in comment.group(1).split():
            yield name, f"{path.relative_to(ROOT)}: {place}", number + 1


def sources(folder):
    found = (path for path in (ROOT / folder).rglob("*") if path.suffix in (".c", ".h", ".py"))
    return sorted(path for path in found if "corpus" not in path.parts)


def collect(folders, attribute, requirements, mistakes):
    for folder in folders:
        for path in sources(folder):
            for name, place, number in comments(path, mistakes):
                if name not in requirements:
                    mistakes.append(f"{path.relative_to(ROOT)}:{number}: no requirement {name}")
                    continue
                places = getattr(requirements[name], attribute)
                if place not in places:
                    places.append(place)


# ---------------------------------------------------------------------- the document

def count(requirements):
    met = sum(not r.kind for r in requirements)
    kinds = [f"{met} met"] + [f"{n} {kind.replace('does', 'do')}" for kind in REASONS
                              if (n := sum(r.kind == kind for r in requirements))]
    return f"{len(requirements)} requirements: {', '.join(kinds)}."


def chapter(title, requirements):
    return "\n".join([f"\n## {title}\n", count(requirements), "",
                      "| section | level | what | where it is met, or why not | tests |", "|---|---|---|---|---|",
                      *(r.row() for r in requirements)]) + "\n"


def main():
    mistakes, chapters, requirements = [], [], {}
    for path in sorted(DATA.glob("[0-9]*.txt")):
        title, found = read_requirements(path, mistakes)
        chapters.append((title, found))
        requirements.update(found)
    collect(CODE, "code", requirements, mistakes)
    collect(("tests",), "tests", requirements, mistakes)
    for requirement in requirements.values():
        mistakes.extend(requirement.mistakes())
    text = HEAD + "".join(chapter(title, list(found.values())) for title, found in chapters)
    if sys.argv[1:] != ["--check"]:
        MATRIX.write_text(text)
    elif not MATRIX.exists() or MATRIX.read_text() != text:
        mistakes.append("docs/rfc-matrix.md is out of date: docs/rfc/matrix.py writes it anew")
    for mistake in mistakes:
        print(mistake)
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
