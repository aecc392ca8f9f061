# SPDX-License-Identifier: BSD-2-Clause
"""Reads a long log as it grows; of its lines only those that are wanted are parsed."""

import os
from datetime import datetime

import logfmt


def seconds_of(line):
    """When it was written, as time.time() counts."""
    return datetime.fromisoformat(line["ts"].replace("Z", "+00:00")).timestamp()


class Follower:
    """`wanted` maps an event to what is called with the fields of its lines."""

    def __init__(self, path, wanted):
        self._path = path
        self._wanted = {f" event={event} ".encode(): take for event, take in wanted.items()}
        self._at = 0
        self._rest = b""

    def _take(self, line):
        for word, take in self._wanted.items():
            if word in line:
                take(logfmt.parse(line.decode(errors="replace")))

    def read(self):
        if not os.path.exists(self._path):
            return
        with open(self._path, "rb") as file:
            file.seek(self._at)
            data = file.read()
        self._at += len(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
