# SPDX-License-Identifier: BSD-2-Clause
"""One store_driver: a node without tunnels, which keeps numbered records in a store."""

import os
import subprocess
from collections import namedtuple

from servers import DIE_WITH_PARENT
from wait import Failed, until

SECONDS = 40

Owned = namedtuple("Owned", "estate token holder result")
Settled = namedtuple("Settled", "writes erases away fenced again")
Stats = namedtuple("Stats", "length writes away fenced again longest_us turns")
Loaded = namedtuple("Loaded", "records wrong double result")
KINDS = {"owned": Owned, "settled": Settled, "stats": Stats, "loaded": Loaded}


def parse(line):
    word, *fields = line.split()
    if word == "trouble":
        return " ".join(fields)
    return KINDS[word](*(int(field) if field.isdigit() else field for field in fields))


class Driver:
    """The node has the name `node`; `prefix` is of a namespace."""

    def __init__(self, binary, directory, node, arguments, prefix=()):
        self.node = node
        self.log = os.path.join(directory, f"{node}.out")
        self.errors = os.path.join(directory, f"{node}.err")
        self._seen = 0
        with open(self.log, "wb") as out, open(self.errors, "wb") as errors:
            self._child = subprocess.Popen(
                DIE_WITH_PARENT + [*prefix, binary, "--node", node, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=errors,
            )

    def say(self, *words):
        self._child.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self._child.stdin.flush()

    def _next(self):
        if self._child.poll() is not None:
            raise Failed(f"{self.node} ended with {self._child.poll()}: {self.tail()}")
        with open(self.log) as file:
            lines = file.read().split("\n")[:-1]
        if len(lines) <= self._seen:
            return None
        self._seen += 1
        return lines[self._seen - 1]

    def ask(self, *words, seconds=SECONDS):
        """Says it and returns the next line of the answer."""
        self.say(*words)
        return self.hear(f"no answer to {' '.join(map(str, words))}", seconds)

    def hear(self, what, seconds=SECONDS):
        return parse(until(self._next, seconds, f"{self.node}: {what}"))

    def claim(self, estate="estate", word="claim", seconds=SECONDS):
        """Claims until it gets an answer from the store."""

        def claimed():
            owned = self.ask(word, estate)
            return owned if owned.result != "away" else None

        return until(claimed, seconds, f"{self.node} gets no answer to its claim")

    def settle(self, seconds=SECONDS):
        return self.ask("settle", seconds=seconds)

    def stats(self):
        return self.ask("stats")

    def load(self, estate="estate", seconds=SECONDS):
        """Loads until all came."""

        def loaded():
            answer = self.ask("load", estate)
            return answer if answer.result == "done" else None

        return until(loaded, seconds, f"{self.node} cannot load")

    def quit(self):
        """A planned end; what it has is written before."""
        self.say("quit")
        status = self._child.wait(SECONDS)
        if status:
            raise Failed(f"{self.node} ended with {status}: {self.tail()}")

    def kill(self):
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._child.stdin.close()

    def tail(self):
        with open(self.errors, errors="replace") as file:
            return file.read().splitlines()[-20:]
