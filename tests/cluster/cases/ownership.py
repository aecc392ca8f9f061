# SPDX-License-Identifier: BSD-2-Clause
"""An estate has one owner at a time."""

from lab import case, check_all_there, expect, same
from wait import until


def two_nodes(lab, server, *arguments):
    return [lab.node(*arguments, server.address, name=name) for name in ("one", "two")]


def all_partitions(server):
    return [server.hash(f"ikehub:{{estate.{partition}}}") for partition in range(64)]


@case
def held(lab):
    one, two = two_nodes(lab, lab.server().start())
    one.claim()
    same(two.ask("claim estate")[2:], ("one", "fenced"), "holder and result of a second claim")
    same(one.ask("renew").result, "done", "renewal")


@case
def runs_out(lab):
    one, two = two_nodes(lab, lab.server().start(), "--lease", 700)
    first = one.claim()
    taken = until(lambda: (lambda owned: owned if owned.result == "done" else None)(two.ask("claim estate")), 10, "it did not run out")
    expect(taken.token > first.token, "the token did not grow")
    same(one.ask("renew")[2:], ("two", "fenced"), "renewal by the former owner")


@case
def renewed(lab):
    """As long as it is renewed nobody else gets it."""
    one, two = two_nodes(lab, lab.server().start(), "--lease", 2000)
    one.claim()
    for _ in range(60):
        same(one.ask("renew").result, "done", "renewal")
        same(two.ask("claim estate").result, "fenced", "claim by another node")


@case
def released(lab):
    one, two = two_nodes(lab, lab.server().start())
    first = one.claim()
    one.say("put 0 500 100")
    one.settle()
    one.say("release")
    one.hear("no release")
    second = two.claim()
    expect(second.token > first.token, "the token did not grow")
    same(two.load().records, 500, "records")
    same(one.ask("release").result, "fenced", "release by the former owner")


@case
def split_brain(lab):
    """Both live, and the estate was moved by force: what the former owner writes is refused."""
    server = lab.server().start()
    one, two = two_nodes(lab, server)
    one.claim()
    one.say("put 0 1000 100")
    one.settle()
    two.claim(word="force")
    before = all_partitions(server)
    one.say("put 0 1000 100")
    one.say("erase 0 500")
    expect(one.settle().fenced > 0, "nobody told the former owner")
    expect(all_partitions(server) == before, "the former owner wrote")
    two.say("put 500 1000 100")
    same(two.settle().writes, 1000, "writes of the new owner")


@case
def forced_under_load(lab):
    """A claim in the middle of writes: each partition is the one's or the other's."""
    server = lab.server().start()
    one, two = two_nodes(lab, server)
    one.claim()
    one.say("put 0 20000 200")
    token = two.claim(word="force").token
    one.settle()
    for partition in range(64):
        same(int(server.hash(f"ikehub:{{estate.{partition}}}")[b"fence"]), token, "fence")
    before = all_partitions(server)
    one.say("put 0 20000 200")
    one.settle()
    expect(all_partitions(server) == before, "the former owner wrote")


@case
def back_and_forth(lab):
    server = lab.server().start()
    nodes = two_nodes(lab, server)
    last = 0
    for i in range(6):
        node = nodes[i % 2]
        token = node.claim(word="force").token
        expect(token > last, "the token did not grow")
        last = token
        node.say("put 0 200 100")
        node.settle()
        check_all_there(node, 200)


@case
def token_grows_though_the_server_forgot(lab):
    server = lab.server().start()
    one, two = two_nodes(lab, server)
    first = one.claim()
    server("FLUSHALL")
    second = two.claim()
    expect(second.token > first.token, "the token did not grow")
    same(one.ask("renew").result, "fenced", "renewal by the former owner")
    one.say("put 0 100 100")
    expect(one.settle().fenced > 0, "nobody told the former owner")


@case
def server_that_has_not_heard_of_the_claim(lab):
    """A replica that took over knows the former owner; the one with the greater token is the owner."""
    server = lab.server().start()
    one, two = two_nodes(lab, server)
    token = one.claim().token
    one.say("put 0 1000 100")
    one.settle()
    two.claim(word="force")
    server("HSET", "ikehub:{estate}", "owner", "one", "token", token)
    for partition in range(64):
        server("HSET", f"ikehub:{{estate.{partition}}}", "fence", token)
    two.say("put 0 500 100")
    same(two.ask("renew").result, "done", "renewal by the owner")
    until(lambda: two.stats().again, 20, "the owner did not write everything again")
    two.settle()
    same(one.ask("renew")[2:], ("two", "fenced"), "renewal by the former owner")
    one.say("put 0 1000 100")
    expect(one.settle().fenced > 0, "nobody told the former owner")
    check_all_there(two, 500)


@case
def former_owner_writes_to_an_empty_server(lab):
    """It does not know better; the owner does away with what it left."""
    server = lab.server().start()
    one, two = two_nodes(lab, server)
    one.claim()
    one.say("put 0 1000 100")
    one.settle()
    two.claim(word="force")
    two.say("put 0 500 100")
    two.settle()
    server("FLUSHALL")
    one.say("put 500 1500 100")
    one.settle()
    two.say("put 0 500 100")
    until(lambda: two.stats().again, 20, "the owner did not notice")
    two.settle()
    check_all_there(two, 500)
