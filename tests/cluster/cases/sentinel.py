# SPDX-License-Identifier: BSD-2-Clause
"""A primary with replicas, behind three Sentinels."""

from lab import case, check_all_there, same, wait_until_again, wait_until_away
from servers import RULES, SENTINEL_RULES
from wait import until

FAILOVER_SECONDS = 30


class Group:
    """`lines` are of the configuration of each Sentinel."""

    def __init__(self, lab, replicas=2, lines=()):
        self.lab = lab
        self.servers = [lab.server(f"server{i}") for i in range(replicas + 1)]
        first, *others = self.servers
        first.start()
        for server in others:
            server.start("--replicaof", "127.0.0.1", first.port)
        self.sentinels = [lab.sentinel(f"sentinel{i}").start(first, 2, *lines) for i in range(3)]

    def wait(self):
        """Until all know each other: before that nobody is elected."""
        for sentinel in self.sentinels:
            until(lambda: self.known(sentinel), FAILOVER_SECONDS, f"{sentinel.name} does not know the others")
        return self

    def known(self, sentinel):
        flat = sentinel("SENTINEL", "MASTER", "ike")
        fields = dict(zip(flat[::2], flat[1::2]))
        return (
            int(fields[b"num-slaves"]) == len(self.servers) - 1
            and int(fields[b"num-other-sentinels"]) == 2
            and fields[b"flags"] == b"master"
            and all(self.in_sync(server) for server in self.servers[1:])
        )

    @staticmethod
    def in_sync(server):
        return b"master_link_status:up" in server("INFO", "replication")

    def primary(self):
        """As the Sentinels have it."""
        for sentinel in self.sentinels:
            try:
                _, port = sentinel("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "ike")
            except OSError:
                continue  # this one was killed
            return next(server for server in self.servers if server.port == int(port))
        return None

    def wait_for_another(self, old):
        until(lambda: self.primary() not in (old, None), FAILOVER_SECONDS, "no failover")

    def node(self, *arguments, name="one"):
        addresses = [sentinel.address for sentinel in self.sentinels]
        return self.lab.node("--mode", "sentinel", "--master", "ike", *arguments, *addresses, name=name)


def with_records(group, *arguments):
    one = group.node(*arguments)
    one.claim()
    one.say("put 0 2000 300")
    one.settle()
    return one


@case
def finds_the_primary(lab):
    one = with_records(Group(lab, replicas=0))
    check_all_there(one, 2000)


@case
def primary_killed(lab):
    group = Group(lab).wait()
    one = with_records(group)
    old = group.primary()
    old.kill()
    one.say("put 1000 2000 300")
    one.settle()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 3000)
    same(one.ask("renew").result, "done", "renewal")


@case
def primary_killed_while_nothing_is_written(lab):
    group = Group(lab).wait()
    one = with_records(group)
    group.primary().kill()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 2000)


@case
def primary_paused_and_back(lab):
    """What it had not read when it was stopped is not done by it later: it is a replica then."""
    group = Group(lab).wait()
    one = with_records(group)
    old = group.primary()
    old.pause()
    one.say("put 1000 2000 300")
    group.wait_for_another(old)
    one.say("put 0 500 300")
    one.settle()
    old.resume()
    until(lambda: old("ROLE")[0] == b"slave", FAILOVER_SECONDS, "the former primary is still one")
    wait_until_again(one, 1)
    one.say("put 0 500 300")
    one.settle()
    check_all_there(one, 3000)


@case
def switched_on_purpose(lab):
    """Sentinels do not ask the former primary to wait: what it still takes is gone, and written again."""
    group = Group(lab).wait()
    one = with_records(group)
    old = group.primary()
    group.sentinels[0]("SENTINEL", "FAILOVER", "ike")
    group.wait_for_another(old)
    one.say("put 0 3000 300")
    one.settle()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 3000)


@case
def sentinels_killed_one_by_one(lab):
    group = Group(lab).wait()
    one = with_records(group)
    for sentinel in group.sentinels[:2]:
        sentinel.kill()
        one.say("put 0 500 300")
        one.settle()
    check_all_there(one, 2000)
    late = group.node(name="late")
    same(late.load().records, 2000, "records that a node reads that starts later")


@case
def no_sentinel_at_first(lab):
    server = lab.server().start()
    sentinels = [lab.sentinel(f"sentinel{i}") for i in range(2)]
    one = lab.node("--mode", "sentinel", "--master", "ike", *(each.address for each in sentinels))
    same(one.ask("claim estate").result, "away", "claim")
    sentinels[1].start(server, 1)
    one.claim()


@case
def unknown_name(lab):
    server = lab.server().start()
    sentinel = lab.sentinel("sentinel").start(server, 1)
    one = lab.node("--mode", "sentinel", "--master", "other", sentinel.address)
    same(one.ask("claim estate").result, "away", "claim")
    same(one.ask("trouble"), "the Sentinel knows no primary of that name", "trouble")


@case
def passwords_everywhere(lab):
    """Of the servers, and others of the Sentinels, each for a user of its own."""
    group = Group(lab, replicas=1, lines=(f"user watcher on >other {SENTINEL_RULES}",)).wait()
    for server in group.servers:
        server("ACL", "SETUSER", "ikehub", "on", ">secret", *RULES.split())
    credentials = ("--user", "ikehub", "--password", "secret", "--sentinel-user", "watcher", "--sentinel-password", "other")
    one = with_records(group, *credentials)
    group.primary().kill()
    one.say("put 0 3000 300")
    one.settle()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 3000)


@case
def wrong_password_of_the_sentinels(lab):
    server = lab.server().start()
    sentinel = lab.sentinel("sentinel").start(server, 1, "requirepass other")
    arguments = ("--mode", "sentinel", "--master", "ike", sentinel.address)
    one = lab.node("--sentinel-password", "wrong", *arguments)
    same(one.ask("claim estate").result, "away", "claim")
    lab.node("--sentinel-password", "other", *arguments, name="two").claim()


@case
def all_replicas_gone(lab):
    """A primary that wants a replica takes no writes without one; the node waits for it."""
    group = Group(lab, replicas=1).wait()
    one = with_records(group)
    group.primary()("CONFIG", "SET", "min-replicas-to-write", 1)
    group.primary()("CONFIG", "SET", "min-replicas-max-lag", 1)
    group.servers[1].pause()
    until(lambda: (one.say("put 0 100 300"), one.stats().away)[1], 20, "it writes without a replica")
    group.servers[1].resume()
    one.settle()
    check_all_there(one, 2000)
    wait_until_away(one)
