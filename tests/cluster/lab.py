# SPDX-License-Identifier: BSD-2-Clause
"""What a case works in: its servers and nodes, all of which end with it."""

import os

from driver import Driver
from proxy import Proxy
from servers import Sentinel, Server
from wait import Failed, until

CASES = {}


def case(function):
    register(function.__module__, function.__name__, function)
    return function


def register(module, name, function):
    """A case that is made; `case` is for those that are written."""
    folder = module.rsplit(".", 1)[-1]
    CASES[f"{folder}.{name}".replace("_", "-")] = function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def same(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r}, expected {wanted!r}")


class Lab:
    """`build` is where CMake built the tree."""

    def __init__(self, build, directory):
        self.build = build
        self.binary = os.path.join(build, "tests", "cluster", "store_driver")
        self.daemon = os.path.join(build, "shard", "ikehubd")
        self.ctl = os.path.join(build, "shard", "ctl", "ikehubctl")
        self.loader = os.path.join(build, "bench", "load", "ikeload")
        self.directory = directory
        self._things = []

    def keep(self, thing):
        """It ends with the case, before what was kept earlier."""
        self._things.append(thing)
        return thing

    def server(self, name="server"):
        """Not started yet."""
        return self.keep(Server(self.directory, name))

    def sentinel(self, name):
        return self.keep(Sentinel(self.directory, name))

    def proxy(self, server):
        return self.keep(Proxy(server.port))

    def node(self, *arguments, name="one"):
        return self.keep(Driver(self.binary, self.directory, name, arguments))

    def end(self):
        for thing in reversed(self._things):
            thing.kill()

    def logs(self):
        """(name, last lines) of everything that has any."""
        for thing in self._things:
            if hasattr(thing, "tail"):
                yield getattr(thing, "name", None) or thing.node, thing.tail()


def check_all_there(node, count, estate="estate"):
    """The store has each record as the node put it last."""
    loaded = node.load(estate)
    same((loaded.records, loaded.wrong), (count, 0), "records, and those that are wrong")


def wait_until_again(node, times):
    """It was asked to write everything again, at least so often in all."""
    until(lambda: node.stats().again >= times, 20, f"{node.node} was not asked to write it again")


def wait_until_away(node):
    """It has noticed that nothing gets through."""
    until(lambda: node.stats().away > 0, 20, f"{node.node} has not noticed that the store is away")
