# SPDX-License-Identifier: BSD-2-Clause
"""Daemons whose records are in Redis: which of them serves, and what becomes of the tunnels."""

import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The daemon as a process, and a peer for it, are those of the shard suite.
sys.path.append(os.path.join(HERE, "..", "..", "shard"))

from daemon import Daemon
from lab import case, expect, same
from pair import Pair
from wait import Failed, until

LEASE_SECONDS = 1
KEY = "6f" * 32


class Hubs:
    """Two daemons `one` and `two` of one address and estate, and a spoke that has tunnels with them."""

    def __init__(self, lab, server, store=None, **options):
        self.store = store or {}
        shard = os.path.join(os.path.dirname(lab.binary), "..", "..", "shard")
        binaries = os.path.join(shard, "ikehubd"), os.path.join(shard, "ctl", "ikehubctl")
        self.pair = Pair(*binaries, lab.directory)
        self.keys = os.path.join(lab.directory, "keys")
        with open(os.open(self.keys, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(KEY + "\n")
        self.one = self.pair.hub
        self.two = Daemon(*binaries, lab.directory, "two", self.one.address)
        self.two.port, self.two.port_nat_t = self.one.port, self.one.port_nat_t
        self.spoke = self.pair.spoke
        self._configure(self.two, server, "two", options)
        with open(self.one.conf) as file:
            text = file.read()
        self.two.write(text)
        self._configure(self.one, server, "one", options)
        lab.keep(self)

    def _configure(self, daemon, server, node, options):
        written = {
            "backend": "redis",
            "servers": f"127.0.0.1:{server.port}",
            "estate": "hubs",
            "node": node,
            "key_file": self.keys,
            "lease": LEASE_SECONDS,
            **self.store,
        }
        lines = "".join(f"{name} = {value}\n" for name, value in written.items())
        self.pair.configure_hub(daemon="store {\n" + lines + "}\n", **options)

    def kill(self):
        for daemon in (self.one, self.two, self.spoke):
            daemon.kill()

    def tail(self):
        return [line for daemon in (self.one, self.two, self.spoke) for line in daemon.tail(8)]

    name = "hubs"


def revived(daemon):
    line = daemon.wait(event="revived")
    return tuple(int(line[name]) for name in ("isakmp_sas", "children", "refused"))


def settled(daemon):
    """All that was to be written is."""

    def empty():
        before = len(daemon.find(event="statistics"))
        daemon.send(signal.SIGUSR1)
        return "store_queue" not in daemon.wait(event="statistics", count=before + 1)

    until(empty, 15, f"{daemon.name} has records that are not written")


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


def standby(lab, **options):
    """`one` has a tunnel, `two` waits."""
    hubs = Hubs(lab, lab.server().start(), **options)
    hubs.one.start()
    hubs.one.wait(event="revived")
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    hubs.spoke.wait(event="ph2-up")
    hubs.two.launch()
    hubs.two.wait(event="standby")
    settled(hubs.one)
    return hubs


@case
def killed(lab):
    hubs = standby(lab)
    hubs.one.kill()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)


@case
def killed_acked(lab):
    hubs = standby(lab, connection="durability = acked")
    hubs.one.kill()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)


@case
def handed_over_and_back(lab):
    hubs = standby(lab)
    hubs.one.stop()
    same(revived(hubs.two), (1, 1, 0), "ISAKMP SAs, children, refused")
    tunnel_works(hubs.two, hubs.spoke)
    settled(hubs.two)
    before = len(hubs.one.find(event="revived"))
    hubs.one.launch()
    hubs.one.wait(event="standby")
    hubs.two.stop()
    same(int(hubs.one.wait(event="revived", count=before + 1)["children"]), 1, "children")
    same(hubs.spoke.find(event="ph1-down"), [], "ISAKMP SAs that the spoke lost")


@case
def restarted_in_place(lab):
    hubs = Hubs(lab, lab.server().start())
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    hubs.one.kill()
    hubs.one.start()
    line = hubs.one.wait(event="revived", count=2)
    same((line["isakmp_sas"], line["children"]), ("1", "1"), "ISAKMP SAs and children")
    tunnel_works(hubs.one, hubs.spoke)


@case
def fenced(lab):
    """Somebody else has the estate: who had it falls silent within a lease, and ends."""
    server = lab.server().start()
    hubs = Hubs(lab, server)
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    other = lab.node(server.address, name="other")
    other.claim("hubs", "force")
    until(lambda: hubs.one.process.poll() is not None, 15, "one did not end")
    expect(hubs.one.find(event="estate-lost"), "one did not say why")
    same(hubs.spoke.find(event="ph2-down"), [], "children that the spoke lost")


@case
def fenced_by_a_write(lab):
    """The lease would be renewed much later: what is written tells it before."""
    server = lab.server().start()
    hubs = Hubs(lab, server, {"lease": 300})
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    lab.node(server.address, name="other").claim("hubs", "force")
    same(hubs.spoke.control("terminate", "--child", "net").returncode, 0, "terminate")
    until(lambda: hubs.one.process.poll() is not None, 15, "one did not end")
    expect(hubs.one.find(event="estate-lost"), "one did not say why")


def all_is_written_again(lab, **store):
    server = lab.server().start()
    hubs = Hubs(lab, server, store)
    hubs.one.start()
    hubs.spoke.start()
    hubs.one.wait(event="ph2-up")
    settled(hubs.one)
    server.kill()
    server.start()
    until(lambda: server("KEYS", "ikehub:{hubs.*") and records(server) == 2, 30, "not all was written again")
    settled(hubs.one)
    hubs.one.kill()
    hubs.one.start()
    line = hubs.one.wait(event="revived", count=2)
    same((line["isakmp_sas"], line["children"]), ("1", "1"), "ISAKMP SAs and children")
    tunnel_works(hubs.one, hubs.spoke)


@case
def redis_comes_back_empty(lab):
    """All is written again, and goes on after a crash."""
    all_is_written_again(lab)


@case
def more_to_write_again_than_the_queue_holds(lab):
    all_is_written_again(lab, queue=1)


def records(server):
    return sum(len(server.records(key)) for key in server("KEYS", "ikehub:{hubs.*"))
