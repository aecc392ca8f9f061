# SPDX-License-Identifier: BSD-2-Clause
"""Nodes that all serve take over from each other, and hand over and back, one estate at a time."""

import os
import signal
import subprocess

from estates import ESTATES, SECONDS, Nodes, counter, order, served, settled
from lab import case, expect, same
from servers import DIE_WITH_PARENT
from wait import until


def revived(hub, estate, count=1):
    line = hub.wait(event="revived", estate=estate, count=count, seconds=SECONDS)
    return tuple(int(line[name]) for name in ("isakmp_sas", "children", "refused"))


def works(hub, spoke, whose="spoke"):
    """A Delete from the peer's side and a quick mode from it, under the ISAKMP SA that there was."""
    before = {daemon.name: len(daemon.find(event="ph2-up")) for daemon in (hub, spoke)}
    down = len(hub.find(event="ph2-down"))
    order(spoke, "terminate", "--child", "net")
    hub.wait(event="ph2-down", count=down + 1)
    order(spoke, "initiate", "--child", "net")
    for daemon in (hub, spoke):
        daemon.wait(event="ph2-up", count=before[daemon.name] + 1)
    same(len(spoke.find(event="ph1-up")), 1, f"ISAKMP SAs of the {whose}")
    same(spoke.find(event="ph1-down"), [], f"ISAKMP SAs that the {whose} lost")


@case
def both_serve(lab):
    nodes = Nodes(lab).start()
    works(nodes.a, nodes.spoke_a)
    works(nodes.b, nodes.spoke_b)
    told = nodes.b.control("status").stdout.splitlines()
    same([line for line in told if line.startswith("estate ")], ["estate hub-a: away", "estate hub-b: served"], "status")


@case
def adopted(lab):
    """A node is gone, and keepalived has the other one adopt its estate."""
    nodes = Nodes(lab).start()
    nodes.a.kill()
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    same(revived(nodes.b, "hub-a"), (1, 1, 0), "ISAKMP SAs, children, refused")
    works(nodes.b, nodes.spoke_a)
    works(nodes.b, nodes.spoke_b)


@case
def taken_over_by_itself(lab):
    nodes = Nodes(lab, takeover="auto").start()
    nodes.a.kill()
    nodes.network.give("hub-a", "hub-b")
    same(revived(nodes.b, "hub-a"), (1, 1, 0), "ISAKMP SAs, children, refused")
    nodes.b.wait(event="estate-served", estate="hub-a")
    works(nodes.b, nodes.spoke_a)


@case
def handed_over_and_back(lab):
    nodes = Nodes(lab, takeover="auto").start()
    order(nodes.a, "handover", "hub-a")
    nodes.network.give("hub-a", "hub-b")
    nodes.b.wait(event="estate-served", estate="hub-a", seconds=SECONDS)
    same(revived(nodes.b, "hub-a"), (1, 1, 0), "ISAKMP SAs, children, refused")
    works(nodes.b, nodes.spoke_a)
    order(nodes.b, "handover", "hub-a")
    nodes.network.give("hub-a", "hub-a")
    nodes.a.wait(event="estate-served", estate="hub-a", count=2, seconds=SECONDS)
    same(revived(nodes.a, "hub-a", count=2), (1, 1, 0), "ISAKMP SAs, children, refused")
    works(nodes.a, nodes.spoke_a)
    works(nodes.b, nodes.spoke_b)


@case
def comes_back_after_a_crash(lab):
    """The node that crashed waits until its estate is handed back, and then serves it."""
    nodes = Nodes(lab).start()
    nodes.a.kill()
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    works(nodes.b, nodes.spoke_a)
    nodes.a.start()
    nodes.a.wait(event="estate-elsewhere", estate="hub-a")
    order(nodes.b, "handover", "hub-a")
    nodes.network.give("hub-a", "hub-a")
    nodes.a.wait(event="estate-served", estate="hub-a", count=2, seconds=SECONDS)
    works(nodes.a, nodes.spoke_a)


@case
def restarted_in_place(lab):
    """Within a lease nobody else takes what a node has, and it goes on with it."""
    nodes = Nodes(lab, takeover="auto", lease=5).start()
    nodes.a.stop()
    nodes.a.start()
    nodes.a.wait(event="estate-served", estate="hub-a", count=2, seconds=SECONDS)
    same(served(nodes.b, "hub-a"), 0, "times that the other node had it")
    works(nodes.a, nodes.spoke_a)


def silent(hub, spoke):
    """What comes for an estate that is another node's is dropped."""
    dropped = counter(hub, "store_foreign")
    before = len(hub.find(event="ph2-up"))
    spoke.control("terminate", "--child", "net")
    until(lambda: counter(hub, "store_foreign") > dropped, SECONDS, f"nothing reached {hub.name}")
    same(len(hub.find(event="ph2-up")), before, f"children that {hub.name} negotiated")


@case
def split_brain(lab):
    """Both live, and keep their addresses; who lost the estate falls silent, and the other one's goes on."""
    nodes = Nodes(lab).start()
    order(nodes.b, "adopt", "hub-a")
    nodes.a.wait(event="estate-lost", estate="hub-a", seconds=SECONDS)
    nodes.a.wait(event="estate-left", estate="hub-a", seconds=SECONDS)
    silent(nodes.a, nodes.spoke_a)
    nodes.spoke_a.kill()
    nodes.network.give("hub-a", "hub-b")
    nodes.spoke_a.start()
    nodes.b.wait(event="ph2-up", count=2, seconds=SECONDS)
    works(nodes.b, nodes.spoke_b)


@case
def told_by_a_write(lab):
    """The lease would be renewed much later."""
    nodes = Nodes(lab, lease=300).start()
    order(nodes.b, "adopt", "hub-a")
    nodes.spoke_a.control("terminate", "--child", "net")
    nodes.a.wait(event="estate-lost", estate="hub-a", seconds=SECONDS)
    nodes.a.wait(event="estate-left", estate="hub-a", seconds=SECONDS)


@case
def isolated_stops(lab):
    """Without the store for a lease a node falls silent; when it is back all SAs go on."""
    nodes = Nodes(lab, isolated="stop").start()
    nodes.store.send(signal.SIGSTOP)
    nodes.a.wait(event="estate-left", estate="hub-a", seconds=SECONDS)
    silent(nodes.a, nodes.spoke_a)
    nodes.store.send(signal.SIGCONT)
    nodes.a.wait(event="estate-served", estate="hub-a", count=2, seconds=SECONDS)
    same(revived(nodes.a, "hub-a", count=2), (1, 1, 0), "ISAKMP SAs, children, refused")


@case
def isolated_serves(lab):
    """By default it goes on, and negotiates; the store has it when it is back."""
    nodes = Nodes(lab).start()
    nodes.store.send(signal.SIGSTOP)
    nodes.a.wait(event="estate-isolated", estate="hub-a", seconds=SECONDS)
    works(nodes.a, nodes.spoke_a)
    nodes.store.send(signal.SIGCONT)
    nodes.a.wait(event="estate-reached", estate="hub-a", seconds=SECONDS)
    settled(nodes.a)
    nodes.a.kill()
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    same(revived(nodes.b, "hub-a"), (1, 1, 0), "ISAKMP SAs, children, refused")


@case
def handover_without_the_store(lab):
    """What cannot be written is not given up."""
    nodes = Nodes(lab, lease=20).start()
    nodes.store.send(signal.SIGSTOP)
    order(nodes.spoke_a, "terminate", "--child", "net")
    nodes.a.wait(event="ph2-down")
    expect(nodes.a.control("handover", "hub-a").returncode, "it was handed over")
    nodes.store.send(signal.SIGCONT)
    order(nodes.spoke_a, "initiate", "--child", "net")
    nodes.a.wait(event="ph2-up", count=2)


@case
def orders_that_make_no_sense(lab):
    nodes = Nodes(lab).start()
    for words in (("adopt", "hub-b"), ("handover", "hub-a"), ("adopt", "hub-c"), ("handover", "")):
        expect(nodes.b.control(*words).returncode, f"{words} was done")
    works(nodes.b, nodes.spoke_b)


@case
def wrong_cluster_key(lab):
    """Nothing of the other node opens; its records stay, and it goes on with them."""
    nodes = Nodes(lab, keys=("6f" * 32, "70" * 32)).start()
    nodes.a.kill()
    order(nodes.b, "adopt", "hub-a")
    same(revived(nodes.b, "hub-a"), (0, 0, 2), "ISAKMP SAs, children, refused")
    same(counter(nodes.b, "store_refused_unknown_key"), 2, "records of an unknown key")
    works(nodes.b, nodes.spoke_b)
    nodes.a.start()
    nodes.a.wait(event="estate-elsewhere", estate="hub-a")
    order(nodes.b, "handover", "hub-a")
    same(revived(nodes.a, "hub-a", count=2), (1, 1, 0), "ISAKMP SAs, children, refused")
    nodes.a.wait(event="estate-served", estate="hub-a", count=2, seconds=SECONDS)
    works(nodes.a, nodes.spoke_a)


@case
def key_rotation(lab):
    """A new key last on both nodes, then first on both, one restart after the other; no tunnel is lost."""
    old, new = "6f" * 32, "70" * 32
    nodes = Nodes(lab, lease=5).start()
    restarts = 1
    for keys in ((old, new), (new, old)):
        restarts += 1
        for name, hub in nodes.hubs.items():
            nodes.write_keys(hub, *keys)
            hub.stop()
            hub.start()
            hub.wait(event="estate-served", estate=name, count=restarts, seconds=SECONDS)
    works(nodes.a, nodes.spoke_a)
    settled(nodes.a)
    nodes.a.kill()
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    same(revived(nodes.b, "hub-a"), (1, 1, 0), "ISAKMP SAs, children, refused")
    works(nodes.b, nodes.spoke_a)


@case
def junk(lab):
    """Whatever else lies among the records is counted, and stops nothing."""
    nodes = Nodes(lab).start()
    nodes.a.kill()
    for partition in nodes.store.partitions("hub-a"):
        for number in range(20):
            nodes.store("HSET", partition, f"junk-{number}", "x" * number)
            nodes.store("HSET", partition, f"\\x02{number:04d}", "y" * 300)
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    found = revived(nodes.b, "hub-a")
    same(found[:2], (1, 1), "ISAKMP SAs and children")
    works(nodes.b, nodes.spoke_a)


class Load:
    """ikeload makes tunnels with the address of an estate until it is ended; the peers say nothing then."""

    name = "load"

    def __init__(self, nodes, estate):
        binary = os.path.join(os.path.dirname(nodes.lab.binary), "..", "..", "bench", "load", "ikeload")
        self.log = os.path.join(nodes.lab.directory, "load.log")
        command = [binary, "--target", ESTATES[estate], "--psk", "a shared secret", "--count", "100000"]
        command += ["--rate", "150", "--proposal", "aes128-sha256-ecp256", "--esp", "aes128gcm16-ecp256"]
        command += ["--remote-ts", "10.0.0.0/8", "--local-ts", "172.16.0.0/12+32", "--no-delete"]
        with open(self.log, "ab") as sink:
            self.child = subprocess.Popen(
                DIE_WITH_PARENT + nodes.network.machines["peers"].prefix + command, stdout=sink, stderr=sink
            )

    def kill(self):
        self.child.kill()
        self.child.wait()

    def tail(self):
        with open(self.log, errors="replace") as file:
            return file.read().splitlines()[-5:]


def more_tunnels(hub, count=150):
    """It negotiates."""
    before = len(hub.find(event="ph2-up"))
    hub.wait(event="ph2-up", count=before + count, seconds=SECONDS)


@case
def under_load(lab):
    """An estate goes there and back, by order and by force, while tunnels begin; no SPI is used twice."""
    nodes = Nodes(lab, shards=(2, 2), takeover="auto").start()
    lab.keep(Load(nodes, "hub-a"))
    for giver, taker in ((nodes.a, nodes.b), (nodes.b, nodes.a)):
        more_tunnels(giver)
        before = served(taker, "hub-a")
        order(giver, "handover", "hub-a")
        written = nodes.records("hub-a")
        nodes.network.give("hub-a", taker.name)
        taker.wait(event="estate-served", estate="hub-a", count=before + 1, seconds=SECONDS)
        line = taker.find(event="revived", estate="hub-a")[-1]
        found = int(line["isakmp_sas"]) + int(line["children"]) + int(line["refused"])
        expect(found == written, f"{taker.name} read {line}, of {written} records")
        same(line["refused"], "0", "records that were refused")
    more_tunnels(nodes.a)
    nodes.network.give("hub-a", "hub-b")
    order(nodes.b, "adopt", "hub-a")
    nodes.a.wait(event="estate-lost", estate="hub-a", seconds=SECONDS)
    more_tunnels(nodes.b)
    spis = [line["spi_in"] for hub in (nodes.a, nodes.b) for line in hub.find(event="ph2-up")]
    same(len(spis), len(set(spis)), "different SPIs")
    works(nodes.b, nodes.spoke_b)
