# SPDX-License-Identifier: BSD-2-Clause
"""Whole daemons that share an estate in Redis, and what of them and of their records can be seen."""

import os
import signal

from daemon import Daemon
from lab import same
from pair import Pair
from resp import Refused
from vici import Client
from wait import Failed, until

LEASE_SECONDS = 1
KEY = "6f" * 32
PARTITIONS = 64


def write_keys(path, *keys):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("".join(f"{key}\n" for key in keys))


def section(**options):
    """The section of a store, as text."""
    return "store {\n" + "".join(f"{name} = {value}\n" for name, value in options.items()) + "}\n"


class Hubs:
    """
    Two daemons `one` and `two` of one address and estate, and a spoke that can have tunnels with them. `servers` are
    those of Redis, or None: then each has a database of its own. `store` are options of their stores, `options` what
    Pair.hub_text() takes.
    """

    name = "hubs"

    def __init__(self, lab, servers, store=None, **options):
        self.servers = servers
        self.store = store or {}
        self.options = options
        self.pair = Pair(lab.daemon, lab.ctl, lab.directory)
        self.keys = os.path.join(lab.directory, "keys")
        write_keys(self.keys, KEY)
        self.one = self.pair.hub
        self.one.name = "one"
        self.two = Daemon(lab.daemon, lab.ctl, lab.directory, "two", self.one.address)
        self.two.port, self.two.port_nat_t = self.one.port, self.one.port_nat_t
        self.spoke = self.pair.spoke
        for daemon in (self.one, self.two):
            self.configure(daemon)
        lab.keep(self)

    def _place(self, daemon):
        if not self.servers:
            return {"directory": f"{daemon.conf}.store"}
        return {"backend": "redis", "servers": self.servers, "estate": "hubs", "lease": LEASE_SECONDS}

    def configure(self, daemon, **store):
        """As its next start finds it."""
        written = {**self._place(daemon), "node": daemon.name, "key_file": self.keys, **self.store, **store}
        daemon.write(self.pair.hub_text(daemon=section(**written), **self.options))

    def kill(self):
        for daemon in (self.one, self.two, self.spoke):
            daemon.kill()

    def tail(self):
        return [line for daemon in (self.one, self.two, self.spoke) for line in daemon.tail(8)]


def revived(daemon, count=1):
    """What the `count`th start of it has made again: ISAKMP SAs, children, and what it refused."""
    line = daemon.wait(event="revived", count=count)
    return tuple(int(line[name]) for name in ("isakmp_sas", "children", "refused"))


def statistics(daemon):
    before = len(daemon.find(event="statistics"))
    daemon.send(signal.SIGUSR1)
    return daemon.wait(event="statistics", count=before + 1)


def settled(daemon):
    """All that was to be written is."""
    until(lambda: "store_queue" not in statistics(daemon), 30, f"{daemon.name} has records that are not written")


def tunnel_works(hub, spoke):
    """A Delete and a quick mode under the ISAKMP SA that there was."""
    before = {daemon.name: len(daemon.find(event="ph2-up")) for daemon in (hub, spoke)}
    same(spoke.control("terminate", "--child", "net").returncode, 0, "terminate")
    hub.wait(event="ph2-down")
    same(spoke.control("initiate", "--child", "net").returncode, 0, "initiate")
    for daemon in (hub, spoke):
        daemon.wait(event="ph2-up", count=before[daemon.name] + 1)
    same(len(spoke.find(event="ph1-up")), 1, "ISAKMP SAs of the spoke")
    same(spoke.find(event="ph1-down"), [], "ISAKMP SAs that the spoke lost")


def _records(server, key):
    try:
        return server.records(key)
    except Refused as refused:
        # Another node of the cluster has it, or it is of another type.
        if not str(refused).startswith(("MOVED ", "WRONGTYPE ")):
            raise
        return {}


def written(servers, estate="hubs"):
    """The names of all records, as hexadecimal digits. `servers` are all primaries."""
    keys = [f"ikehub:{{{estate}.{partition}}}" for partition in range(PARTITIONS)]
    return {name.hex() for server in servers for key in keys for name in _records(server, key)}


def listed(daemon):
    """The names that the records of the daemon's SAs that are up have to have."""
    with Client(daemon.socket) as client:
        sas = [sa for _, sa in client.list_sas() if sa["state"] == "ESTABLISHED"]
    children = [child for sa in sas for child in sa["child-sas"].values() if child["state"] == "INSTALLED"]
    names = {f"01{sa['initiator-spi']}{sa['responder-spi']}" for sa in sas}
    return names | {f"02{child['spi-in']}" for child in children}


def all_is_written(daemon, *servers):
    """The store has the records of the daemon's SAs, and no others."""
    difference = [set(), set()]

    def same_names():
        mine, theirs = listed(daemon), written(servers)
        difference[:] = theirs - mine, mine - theirs
        return mine == theirs

    try:
        until(same_names, 30, "the store has other records than the daemon has SAs")
    except Failed as failure:
        many, few = (f"{len(names)} {sorted(names)[:3]}" for names in difference)
        raise Failed(f"{failure}: too many {many}, too few {few}") from None
