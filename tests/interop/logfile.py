# SPDX-License-Identifier: BSD-2-Clause
"""Reading a log that another process is still writing."""

import os


class LogFile:
    """Whole lines of a growing file. A mark is a line count: what came before is not searched."""

    def __init__(self, path):
        self.path = path

    def lines(self, mark=0):
        if not os.path.exists(self.path):
            return []
        with open(self.path, errors="replace") as file:
            text = file.read()
        complete, _, _ = text.rpartition("\n")
        return complete.split("\n")[mark:] if complete else []

    def mark(self):
        return len(self.lines())

    def find(self, pattern, mark=0):
        """First match of a compiled pattern in a line after `mark`, or None."""
        return next(filter(None, map(pattern.search, self.lines(mark))), None)
