# SPDX-License-Identifier: BSD-2-Clause
"""What happens to Redis while a daemon is busy: no handshake fails, and all is written again."""

from cases.redis_cluster import Cluster
from cases.sentinel import Group
from hubs import Hubs, all_is_written, listed, settled, statistics, written
from lab import case, expect, same
from load import HUB, Load, wait_up
from wait import until

COUNT, RATE = 800, 200
SECONDS = 30


class Busy:
    """One daemon with the store `store`, and ikeload."""

    def __init__(self, lab, servers, store=None, **options):
        self.hubs = Hubs(lab, servers, store, **HUB, **options)
        self.hub = self.hubs.one
        self.hub.start("--shards", "2")
        self.load = Load(lab, self.hub, COUNT, RATE)

    def at(self, part):
        """When this part of all tunnels is up."""
        wait_up(self.hub, int(COUNT * part))

    def notices(self):
        until(lambda: self.hub.find(event="store-trouble"), SECONDS, "the daemon does not notice")

    def goes_on(self, *servers):
        """All came up, and all is written at these primaries; then all end."""
        self.load.all_up()
        all_is_written(self.hub, *servers)
        expect({"store_away", "store_again"} & set(statistics(self.hub)), "it has not noticed anything")
        same(self.hub.find(event="shard-stalled"), [], "shards that stalled")
        self.load.end()
        self.hub.wait(event="ph2-down", count=COUNT, seconds=SECONDS)
        all_is_written(self.hub, *servers)


@case
def server_killed(lab):
    """It comes back empty, after a while without any."""
    server = lab.server().start()
    busy = Busy(lab, server.address)
    busy.at(0.2)
    server.kill()
    busy.at(0.6)
    server.start()
    busy.goes_on(server)


@case
def server_restarted_empty(lab):
    server = lab.server().start()
    busy = Busy(lab, server.address)
    for part in (0.2, 0.5, 0.8):
        busy.at(part)
        server.kill()
        server.start()
    busy.goes_on(server)


@case
def server_paused(lab):
    server = lab.server().start()
    busy = Busy(lab, server.address)
    busy.at(0.2)
    server.pause()
    busy.notices()
    server.resume()
    busy.goes_on(server)


@case
def server_paused_acked(lab):
    """Handshakes wait for the store, and come up when it is back."""
    server = lab.server().start()
    busy = Busy(lab, server.address, connection="durability = acked")
    busy.at(0.2)
    server.pause()
    busy.notices()
    server.resume()
    busy.goes_on(server)


@case
def partitioned(lab):
    """It has less of a queue than it would need, too, and counts what has no room in it as not written."""
    server = lab.server().start()
    proxy = lab.proxy(server)
    busy = Busy(lab, proxy.address, {"queue": 100})
    busy.at(0.2)
    proxy.silent = True
    busy.at(0.8)
    proxy.silent = False
    busy.load.all_up()
    settled(busy.hub)
    same(listed(busy.hub) - written([server]), set(), "what is not written though nothing waits")
    busy.goes_on(server)


def behind_sentinels(lab):
    group = Group(lab).wait()
    servers = ", ".join(sentinel.address for sentinel in group.sentinels)
    return group, Busy(lab, servers, {"master": "ike"})


@case
def primary_killed(lab):
    group, busy = behind_sentinels(lab)
    busy.at(0.2)
    old = group.primary()
    old.kill()
    group.wait_for_another(old)
    busy.goes_on(group.primary())


@case
def primary_paused(lab):
    """Another takes its place; what it still does when it goes on is of no effect."""
    group, busy = behind_sentinels(lab)
    busy.at(0.2)
    old = group.primary()
    old.pause()
    group.wait_for_another(old)
    busy.at(0.6)
    old.resume()
    until(lambda: old("ROLE")[0] == b"slave", SECONDS, "the former primary is still one")
    busy.goes_on(group.primary())


@case
def node_of_a_cluster_killed(lab):
    cluster = Cluster(lab, replicas=3)
    addresses = ", ".join(node.address for node in cluster.nodes)
    busy = Busy(lab, addresses, {"cluster": "yes"})
    busy.at(0.2)
    cluster.primaries[0].kill()
    until(lambda: cluster.replicas[0]("ROLE")[0] == b"master", SECONDS, "no failover")
    busy.goes_on(cluster.replicas[0], *cluster.primaries[1:])
