# SPDX-License-Identifier: BSD-2-Clause
"""A Redis Cluster of three primaries."""

from lab import case, check_all_there, expect, same, wait_until_again, wait_until_away
from resp import Refused
from servers import RULES
from wait import Failed, until

SLOTS = 16384
SECONDS = 40


class Cluster:
    def __init__(self, lab, replicas=0, spare=0):
        self.lab = lab
        self.nodes = [lab.server(f"node{i}").start_node() for i in range(3 + spare)]
        self.primaries = self.nodes[:3]
        self.replicas = [lab.server(f"replica{i}").start_node() for i in range(replicas)]
        for i, node in enumerate(self.primaries):
            node("CLUSTER", "ADDSLOTSRANGE", SLOTS * i // 3, SLOTS * (i + 1) // 3 - 1)
            node("CLUSTER", "SET-CONFIG-EPOCH", i + 1)
        first, *others = self.nodes + self.replicas
        for node in others:
            first("CLUSTER", "MEET", "127.0.0.1", node.port, self.bus(node))
        for node in self.nodes + self.replicas:
            until(lambda: self.complete(node), SECONDS, f"{node.name} does not know the others")
        for primary, replica in zip(self.primaries, self.replicas):
            replica("CLUSTER", "REPLICATE", self.id(primary))
        for replica in self.replicas:
            until(lambda: b"master_link_status:up" in replica("INFO", "replication"), SECONDS, "no replica")

    @staticmethod
    def bus(node):
        return int(node("CONFIG", "GET", "cluster-port")[1])

    @staticmethod
    def id(node):
        return node("CLUSTER", "MYID")

    def complete(self, node):
        info = node("CLUSTER", "INFO").decode()
        count = len(self.nodes) + len(self.replicas)
        return "cluster_state:ok" in info and f"cluster_known_nodes:{count}\r" in info

    def node(self, *arguments, name="one"):
        return self.lab.node("--mode", "cluster", *arguments, self.nodes[0].address, self.nodes[1].address, name=name)

    def slot(self, partition):
        return self.nodes[0]("CLUSTER", "KEYSLOT", f"ikehub:{{estate.{partition}}}")

    def owner(self, slot):
        for first, last, (_, port, *_), *_ in self.nodes[0]("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == port)
        return None

    def begin_move(self, slot, source, target):
        target("CLUSTER", "SETSLOT", slot, "IMPORTING", self.id(source))
        source("CLUSTER", "SETSLOT", slot, "MIGRATING", self.id(target))

    def move_keys(self, slot, source, target):
        for key in source("CLUSTER", "GETKEYSINSLOT", slot, 100):
            source("MIGRATE", "127.0.0.1", target.port, key, 0, 5000)

    def end_move(self, slot, target):
        for node in [target, *(node for node in self.nodes if node is not target)]:
            try:
                node("CLUSTER", "SETSLOT", slot, "NODE", self.id(target))
            except Refused as refused:
                expect("master" in str(refused), str(refused))


def with_records(cluster, *arguments):
    one = cluster.node(*arguments)
    one.claim()
    one.say("put 0 3000 300")
    one.settle()
    return one


@case
def spread(lab):
    cluster = Cluster(lab)
    one = with_records(cluster)
    check_all_there(one, 3000)
    sizes = [node("DBSIZE") for node in cluster.primaries]
    same(sum(sizes), 65, "keys")
    expect(min(sizes) > 5, f"keys of the nodes: {sizes}")
    same(one.ask("renew").result, "done", "renewal")


@case
def user_with_few_permissions(lab):
    cluster = Cluster(lab)
    for node in cluster.nodes:
        node("ACL", "SETUSER", "ikehub", "on", ">secret", *RULES.split())
    one = with_records(cluster, "--user", "ikehub", "--password", "secret")
    check_all_there(one, 3000)


@case
def resharded_under_load(lab):
    """All partitions move to a node that had nothing, while they are written and read."""
    cluster = Cluster(lab, spare=1)
    one = with_records(cluster)
    target = cluster.nodes[3]
    for partition in range(64):
        slot = cluster.slot(partition)
        source = cluster.owner(slot)
        one.say(f"put {partition * 40} 80 300")
        cluster.begin_move(slot, source, target)
        one.say("put 0 200 300")
        cluster.move_keys(slot, source, target)
        one.say("put 0 200 300")
        if partition % 16 == 0:
            one.settle()
            same(one.load().wrong, 0, "wrong records in the middle of a move")
        cluster.end_move(slot, target)
    one.settle()
    check_all_there(one, 3000)
    expect(target("DBSIZE") >= 64, "the partitions did not move")


@case
def asked_for_one_time(lab):
    """A slot that is on its way for a while: ASK for as long."""
    cluster = Cluster(lab)
    one = with_records(cluster)
    slot = cluster.slot(5)
    source = cluster.owner(slot)
    target = next(node for node in cluster.nodes if node is not source)
    cluster.begin_move(slot, source, target)
    cluster.move_keys(slot, source, target)
    for _ in range(5):
        one.say("put 0 640 300")
        one.settle()
    same(one.stats().away, 0, "batches that the store was away for")
    check_all_there(one, 3000)
    cluster.end_move(slot, target)
    one.say("put 0 640 300")
    one.settle()
    check_all_there(one, 3000)


@case
def primary_killed(lab):
    cluster = Cluster(lab, replicas=3)
    one = with_records(cluster)
    cluster.primaries[0].kill()
    one.say("put 0 3500 300")
    one.settle(SECONDS)
    wait_until_again(one, 1)
    one.settle(SECONDS)
    check_all_there(one, 3500)


@case
def primary_killed_while_nothing_is_written(lab):
    cluster = Cluster(lab, replicas=3)
    one = with_records(cluster)
    cluster.primaries[1].kill()
    wait_until_again(one, 1)
    one.settle(SECONDS)
    check_all_there(one, 3000)


def switch_to(replica):
    """Redis gives up after 5 s, and has to be told again."""
    for _ in range(5):
        try:
            replica("CLUSTER", "FAILOVER")
            until(lambda: replica("ROLE")[0] == b"master", 7, "no failover")
            return
        except (Failed, Refused):
            continue  # or it became the primary a moment ago
    same(replica("ROLE")[0], b"master", "role after several failovers")


@case
def switched_on_purpose(lab):
    cluster = Cluster(lab, replicas=3)
    one = with_records(cluster)
    switch_to(cluster.replicas[2])
    one.say("put 0 3000 300")
    one.settle(SECONDS)
    check_all_there(one, 3000)


@case
def node_gone_for_a_while(lab):
    """Without replicas the cluster is down; it comes back without the node's records."""
    cluster = Cluster(lab)
    one = with_records(cluster)
    lost = cluster.primaries[2]
    bus = cluster.bus(lost)
    lost.kill()
    one.say("put 0 3500 300")
    wait_until_away(one)
    until(lambda: b"cluster_state:fail" in cluster.nodes[0]("CLUSTER", "INFO"), SECONDS, "the cluster goes on")
    one.say("put 0 3500 300")
    lost.start("--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", 1000)
    one.settle(SECONDS)
    wait_until_again(one, 1)
    one.settle(SECONDS)
    check_all_there(one, 3500)


@case
def asks_nodes_that_are_left(lab):
    """The configured ones may all be gone by then."""
    cluster = Cluster(lab, replicas=3)
    one = with_records(cluster)
    for i in (0, 1):
        cluster.primaries[i].kill()
        until(lambda: cluster.replicas[i]("ROLE")[0] == b"master", SECONDS, "no failover")
        one.say("put 0 3000 300")
        one.settle(SECONDS)
    wait_until_again(one, 1)
    one.settle(SECONDS)
    check_all_there(one, 3000)


@case
def fenced(lab):
    cluster = Cluster(lab)
    one = with_records(cluster)
    two = cluster.node(name="two")
    two.claim(word="force")
    one.say("put 0 3000 300")
    expect(one.settle().fenced > 0, "nobody told the former owner")
    same(one.ask("renew")[2:], ("two", "fenced"), "renewal")
    same(two.load().records, 3000, "records")
