# SPDX-License-Identifier: BSD-2-Clause
"""One server, and what may happen to it: nothing is lost that the node still has."""

import os

from lab import case, check_all_there, expect, same, wait_until_again, wait_until_away
from wait import until


def node_with_records(lab, address, count=2000):
    one = lab.node(address)
    one.claim()
    one.say(f"put 0 {count} 300")
    one.settle()
    return one


@case
def killed_and_back_empty(lab):
    server = lab.server().start()
    one = node_with_records(lab, server.address)
    server.kill()
    one.say("put 1000 2000 300")
    wait_until_away(one)
    server.start()
    one.settle()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 3000)


@case
def back_empty_while_nothing_is_written(lab):
    server = lab.server().start()
    one = node_with_records(lab, server.address)
    server.kill()
    server.start()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 2000)


@case
def back_with_what_was_on_disk(lab):
    """It may have less than it said it had, so all is written again."""
    disk = ("--appendonly", "yes", "--appendfsync", "always")
    server = lab.server().start(*disk)
    one = node_with_records(lab, server.address)
    server.kill()
    server.start(*disk)
    same(len(server.records("ikehub:{estate.0}")), 32, "records of a partition that are back")
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 2000)


@case
def more_than_the_queue_holds(lab):
    """All of it is written in the end, and written again."""
    server = lab.server().start()
    one = lab.node("--queue", 1000, server.address)
    one.claim()
    one.say("put 0 8000 300")
    one.settle()
    check_all_there(one, 8000)
    times = one.stats().again
    server.kill()
    server.start()
    wait_until_again(one, times + 1)
    one.settle()
    check_all_there(one, 8000)


@case
def emptied_while_connected(lab):
    server = lab.server().start()
    one = node_with_records(lab, server.address)
    server("FLUSHALL")
    one.say("put 0 1 300")
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 2000)
    same(one.ask("renew").result, "done", "renewal of an estate that the server forgot")
    one.settle()
    same(int(server.hash("ikehub:{estate}")[b"token"]), one.ask("renew").token, "token")


@case
def paused(lab):
    """The node goes on meanwhile; a version that was under way does not come after the next."""
    server = lab.server().start()
    one = node_with_records(lab, server.address)
    for _ in range(3):
        one.say("put 0 20000 900")
        server.pause()
        one.say("put 0 20000 900")
        wait_until_away(one)
        one.say("put 0 20000 900")
        one.stats()
        server.resume()
        one.settle()
        check_all_there(one, 20000)


@case
def what_was_on_its_way_comes_late(lab):
    """Sent over a connection that was given up, and passed on after what came over the next one."""
    server = lab.server().start()
    proxy = lab.proxy(server)
    one = node_with_records(lab, proxy.address, 128)
    proxy.hold()
    one.say("put 0 128 300")
    one.settle()
    one.say("erase 0 128")
    one.settle()
    proxy.let_go()
    check_all_there(one, 0)
    same(one.load().records, 0, "records")


@case
def partitioned(lab):
    server = lab.server().start()
    proxy = lab.proxy(server)
    one = node_with_records(lab, proxy.address)
    proxy.silent = True
    one.say("put 0 3000 300")
    wait_until_away(one)
    proxy.silent = False
    one.settle()
    check_all_there(one, 3000)


@case
def partitioned_while_nothing_is_written(lab):
    """It is noticed all the same: the connection is another one afterwards."""
    server = lab.server().start()
    proxy = lab.proxy(server)
    one = node_with_records(lab, proxy.address)
    proxy.silent = True
    before = proxy.connections
    until(lambda: proxy.connections > before, 15, "the node did not notice")
    proxy.silent = False
    one.say("put 0 3000 300")
    one.settle()
    check_all_there(one, 3000)


@case
def replies_that_are_cut(lab):
    server = lab.server().start()
    proxy = lab.proxy(server)
    one = node_with_records(lab, proxy.address)
    for cut in (*range(0, 120, 7), 500, 4000, 40000):
        proxy.cut_after = cut
        before = proxy.connections
        one.say("put 0 300 300")
        one.say("load estate")
        until(lambda: proxy.connections > before + 2, 20, f"no new connections, cut after {cut}")
        proxy.cut_after = None
        one.hear("the load has no end")
        one.settle()
    check_all_there(one, 2000)


@case
def replies_that_are_spoilt(lab):
    """The node may believe wrong replies, but it goes on, and what it can check it checks."""
    server = lab.server().start()
    proxy = lab.proxy(server)
    one = node_with_records(lab, proxy.address)
    proxy.spoil = True
    for _ in range(20):
        one.say("put 0 300 300")
        one.ask("stats")
    before = proxy.connections
    until(lambda: one.ask("renew") and proxy.connections > before + 5, 30, "no connection was given up")
    proxy.spoil = False
    one.claim(word="force")
    one.say("put 0 2000 300")
    one.settle()
    check_all_there(one, 2000)


@case
def nobody_answers(lab):
    server = lab.server().start()
    proxy = lab.proxy(server)
    proxy.silent = True
    one = lab.node(proxy.address)
    same(one.ask("claim estate").result, "away", "claim")
    same(one.ask("load estate").result, "away", "load")
    proxy.silent = False
    one.claim()


@case
def nobody_there(lab):
    server = lab.server()
    one = lab.node(server.address)
    same(one.ask("claim estate").result, "away", "claim")
    same(one.ask("trouble"), "Connection refused", "trouble")
    # It tried again and again, and did nothing but wait in between.
    turns = one.stats().turns
    expect(turns < 300, f"{turns} turns until the claim was given up")
    server.start()
    one.claim()


@case
def out_of_memory(lab):
    server = lab.server().start()
    one = node_with_records(lab, server.address, 100)
    used = int(server("INFO", "memory").split(b"used_memory:")[1].split(b"\r")[0])
    server("CONFIG", "SET", "maxmemory", used)
    one.say("put 0 5000 900")
    wait_until_away(one)
    expect(one.ask("trouble").startswith("OOM "), one.ask("trouble"))
    server("CONFIG", "SET", "maxmemory", 0)
    one.settle()
    check_all_there(one, 5000)


@case
def disk_is_full(lab):
    """Redis refuses writes when it could not save."""
    server = lab.server().start("--save", "3600 1000000")
    one = node_with_records(lab, server.address, 100)
    # A directory in place of the file that it wants to write.
    os.makedirs(os.path.join(server.directory, "dump.rdb", "in the way"))
    server("BGSAVE")
    until(lambda: b"rdb_last_bgsave_status:err" in server("INFO", "persistence"), 10, "it could save")
    one.say("put 0 1000 900")
    wait_until_away(one)
    server("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")
    one.settle()
    check_all_there(one, 1000)


@case
def read_only_replica(lab):
    primary = lab.server("primary").start()
    server = lab.server().start("--replicaof", "127.0.0.1", primary.port)
    one = lab.node(server.address)
    same(one.ask("claim estate").result, "away", "claim at a replica")
    server("REPLICAOF", "NO", "ONE")
    one.claim()
    one.say("put 0 100 100")
    one.settle()
    server("REPLICAOF", "127.0.0.1", primary.port)
    until(lambda: not server("EXISTS", "ikehub:{estate}"), 15, "it did not become a replica")
    one.say("put 0 200 100")
    wait_until_away(one)
    server("REPLICAOF", "NO", "ONE")
    one.settle()
    wait_until_again(one, 1)
    one.settle()
    check_all_there(one, 200)


@case
def no_longer_than_a_moment(lab):
    """While the server does not answer the node answers at once, with much to write."""
    server = lab.server().start()
    one = node_with_records(lab, server.address)
    server.pause()
    for _ in range(50):
        one.say("put 0 2000 300")
        one.ask("stats", seconds=5)
    server.resume()
    one.settle()
    expect(one.stats().longest_us < 20000, "a call of the store took 20 ms of CPU time")
    check_all_there(one, 2000)
