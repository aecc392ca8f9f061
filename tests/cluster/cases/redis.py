# SPDX-License-Identifier: BSD-2-Clause
"""One server: what is kept there, by whom, and how it is reached."""

from lab import case, check_all_there, expect, same
from resp import Client, Refused
from servers import RULES
from wait import until


@case
def records_come_back(lab):
    server = lab.server().start()
    one = lab.node(server.address)
    one.claim()
    one.say("put 0 3000 700")
    same(one.settle().writes, 3000, "writes")
    check_all_there(one, 3000)
    one.say("put 0 500 700")
    one.say("erase 1000 500")
    one.settle()
    check_all_there(one, 2500)
    one.kill()
    two = lab.node(server.address, name="two")
    same(two.load().records, 2500, "records that another node reads")


@case
def what_waits_is_written_at_the_end(lab):
    server = lab.server().start()
    one = lab.node(server.address)
    one.claim()
    one.say("put 0 3000 700")
    one.say("release")
    one.quit()
    two = lab.node(server.address, name="two")
    same(two.load().records, 3000, "records")
    same(two.claim().result, "done", "claim of what was released")


@case
def long_records(lab):
    server = lab.server().start()
    one = lab.node(server.address)
    one.claim()
    one.say("put 0 700 60000")
    one.settle()
    check_all_there(one, 700)


@case
def what_is_not_wanted_any_more_goes(lab):
    """The server forgets a partition that nobody writes, but not at once."""
    server = lab.server().start()
    one = lab.node(server.address)
    one.claim()
    one.say("put 0 64 100")
    one.settle()
    for partition in range(64):
        life = server("TTL", f"ikehub:{{estate.{partition}}}")
        expect(86000 < life <= 86400, f"partition {partition} lives for {life} s")


@case
def unix_socket(lab):
    server = lab.server()
    server.start("--unixsocket", f"{server.directory}/socket")
    one = lab.node(f"{server.directory}/socket")
    one.claim()
    one.say("put 0 300 700")
    one.settle()
    check_all_there(one, 300)


@case
def ipv6(lab):
    server = lab.server().start("--bind", "127.0.0.1", "::1")
    one = lab.node(f"[::1]:{server.port}")
    one.claim()
    one.say("put 0 300 700")
    one.settle()
    check_all_there(one, 300)


@case
def scripts_that_the_server_forgot(lab):
    server = lab.server().start()
    one = lab.node(server.address)
    one.claim()
    for _ in range(5):
        server("SCRIPT", "FLUSH")
        one.say("put 0 200 100")
        one.settle()
    same(one.stats().away, 0, "batches that the store was away for")
    check_all_there(one, 200)


# ------------------------------------------------------------------ who may


def make_user(server, rules=RULES):
    server("ACL", "SETUSER", "ikehub", "reset", "on", ">secret", *rules.split())


@case
def user_with_few_permissions(lab):
    server = lab.server().start()
    make_user(server)
    server("ACL", "SETUSER", "default", "off")
    one = lab.node("--user", "ikehub", "--password", "secret", server.address)
    one.claim()
    one.say("put 0 300 700")
    one.say("erase 0 100")
    one.settle()
    same(one.ask("renew").result, "done", "renewal")
    check_all_there(one, 200)
    one.say("release")
    same(one.hear("no release").result, "done", "release")
    one.quit()
    with Client(("127.0.0.1", server.port)) as client:
        client("AUTH", "ikehub", "secret")
        for words in (("FLUSHALL",), ("GET", "ikehub:x"), ("HGET", "other", "x"), ("CONFIG", "GET", "*")):
            try:
                client(*words)
            except Refused as refused:
                expect(str(refused).startswith("NOPERM"), str(refused))
            else:
                expect(False, f"the user may {words}")


@case
def every_permission_is_needed(lab):
    """Without one of them something does not work: the list in the documents has none too many."""
    server = lab.server().start()
    rules = RULES.split()
    for rule in rules:
        if not rule.startswith("+") or rule in ("+select", "+role", "+cluster|slots", "+ping", "+del"):
            continue  # what only Sentinels, clusters, databases, long pauses and losses need
        make_user(server, " ".join(each for each in rules if each != rule))
        server("CONFIG", "RESETSTAT")
        server("ACL", "LOG", "RESET")
        node = lab.node("--user", "ikehub", "--password", "secret", server.address, name=f"no{rule[1:3]}{rules.index(rule)}")
        for words in ("claim estate", "put 0 100 50", "erase 0 10", "load estate"):
            node.say(words)
        if rule == "+client|kill":
            until(lambda: server("CLIENT", "KILL", "USER", "ikehub"), 10, "it did not connect")
        until(lambda: server("ACL", "LOG"), 10, f"nobody misses {rule}")
        node.kill()
        server("FLUSHALL")


@case
def wrong_password(lab):
    server = lab.server().start()
    make_user(server)
    one = lab.node("--user", "ikehub", "--password", "changed", server.address)
    same(one.ask("claim estate").result, "away", "claim")
    expect(one.ask("trouble").startswith("WRONGPASS "), one.ask("trouble"))
    server("ACL", "SETUSER", "ikehub", ">changed")
    one.claim()
    one.say("put 0 100 100")
    one.settle()
    check_all_there(one, 100)


@case
def permissions_that_are_taken_away(lab):
    server = lab.server().start()
    make_user(server)
    one = lab.node("--user", "ikehub", "--password", "secret", server.address)
    one.claim()
    server("ACL", "SETUSER", "ikehub", "-hset")
    one.say("put 0 100 100")
    until(lambda: one.stats().away, 10, "nobody misses the permission")
    server("ACL", "SETUSER", "ikehub", "+hset")
    one.settle()
    check_all_there(one, 100)
