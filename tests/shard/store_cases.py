# SPDX-License-Identifier: BSD-2-Clause
"""What a daemon with a store has to do: SAs outlive the process."""

import os
import signal

from registry import case, expect, same
from wait import until


def store(pair, **options):
    """The section of a store of its own, as text; `options` are written into it."""
    folder = os.path.join(os.path.dirname(pair.hub.conf), "store")
    written = {"directory": folder, "node": "hub", **options}
    return "store {\n" + "".join(f"{name} = {value}\n" for name, value in written.items()) + "}\n"


def statistics(daemon):
    """The counters of all shards."""
    before = len(daemon.find(event="statistics"))
    daemon.send(signal.SIGUSR1)
    return daemon.wait(event="statistics", count=before + 1)


def settled(daemon):
    """All that was to be written is."""
    def empty():
        return "store_queue" not in statistics(daemon)

    until(empty, 15, f"{daemon.name} has records that are not written")


def start(daemon, *arguments):
    """Start it; its line about what it made again."""
    before = len(daemon.find(event="revived")) if os.path.exists(daemon.log) else 0
    daemon.start(*arguments)
    return daemon.wait(event="revived", count=before + 1)


def is_revived(line, isakmp_sas, children, refused):
    found = tuple(int(line[name]) for name in ("isakmp_sas", "children", "refused"))
    same(found, (isakmp_sas, children, refused), "made again: ISAKMP SAs, children, refused")


def tunnel_works(pair, initiator):
    """A Delete and a quick mode from one side, under the ISAKMP SA that there was."""
    both = (pair.hub, pair.spoke)
    kinds = ("ph1-up", "ph2-up", "ph2-down")
    seen = {daemon.name: {kind: len(daemon.find(event=kind)) for kind in kinds} for daemon in both}
    same(initiator.control("terminate", "--child", "net").returncode, 0, "terminate")
    for daemon in both:
        daemon.wait(event="ph2-down", count=seen[daemon.name]["ph2-down"] + 1)
    same(initiator.control("initiate", "--child", "net").returncode, 0, "initiate")
    for daemon in both:
        daemon.wait(event="ph2-up", count=seen[daemon.name]["ph2-up"] + 1)
        same(len(daemon.find(event="ph1-up")), seen[daemon.name]["ph1-up"], "phase 1")


def goes_on(pair, before, after, kill=True, **options):
    pair.configure_hub(daemon=store(pair), **options)
    is_revived(start(pair.hub, "--shards", str(before)), 0, 0, 0)
    pair.spoke.start()
    hub = pair.hub.wait(event="ph2-up")
    pair.spoke.wait(event="ph2-up")
    if kill:
        settled(pair.hub)
        pair.hub.kill()
    else:
        pair.hub.stop()
    is_revived(start(pair.hub, "--shards", str(after)), 1, 1, 0)
    same(pair.hub.wait(event="ph2-resumed")["spi_in"], hub["spi_in"], "SPI")
    tunnel_works(pair, pair.spoke)
    tunnel_works(pair, pair.hub)
    expect(not pair.spoke.find(event="ph1-down"), "the peer lost its ISAKMP SA")


@case
def store_survives_kill(pair):
    goes_on(pair, 1, 1)


@case
def store_survives_kill_with_other_shards(pair):
    goes_on(pair, 4, 2)


@case
def store_survives_kill_acked(pair):
    goes_on(pair, 1, 4, connection="durability = acked")


@case
def store_survives_stop(pair):
    goes_on(pair, 2, 2, kill=False)


@case
def store_farewell(pair):
    pair.configure_hub(daemon=store(pair, stop="farewell"))
    pair.up()
    pair.hub.stop()
    pair.spoke.wait(event="ph1-down")
    is_revived(start(pair.hub), 0, 0, 0)


@case
def store_keeps_orphans(pair):
    """A child outlives its ISAKMP SA, and then the process too; another ISAKMP SA replaces it."""
    short = "reauth_time = 1s\nover_time = 1s\nrand_time = 0s"
    pair.configure_hub(daemon=store(pair), connection=short)
    is_revived(start(pair.hub, "--shards", "2"), 0, 0, 0)
    pair.spoke.start()
    old = pair.hub.wait(event="ph2-up")
    pair.spoke.wait(event="ph2-up")
    pair.spoke.send(signal.SIGSTOP)
    pair.hub.wait(event="ph1-down", reason="expired")
    settled(pair.hub)
    pair.hub.kill()
    is_revived(start(pair.hub, "--shards", "2"), 0, 1, 0)
    same(pair.hub.wait(event="ph2-resumed")["spi_in"], old["spi_in"], "SPI")
    same(statistics(pair.hub).get("store_orphaned"), "1", "children without ISAKMP SA")
    pair.spoke.send(signal.SIGCONT)
    ups = len(pair.hub.find(event="ph2-up"))
    downs = len(pair.hub.find(event="ph2-down"))
    same(pair.hub.control("rekey", "--child", "net").returncode, 0, "rekey")
    pair.hub.wait(event="ph2-up", count=ups + 1)
    same(pair.hub.wait(event="ph2-down", count=downs + 1)["spi_in"], old["spi_in"], "SPI that is replaced")


@case
def store_ends_what_was_replaced(pair):
    """A peer that comes back has two ISAKMP SAs for a while; so it has after a restart."""
    pair.configure_hub(daemon=store(pair), connection="unique = replace")
    pair.configure_spoke(connection="unique = no")
    is_revived(start(pair.hub, "--shards", "4"), 0, 0, 0)
    pair.spoke.start()
    old = pair.hub.wait(event="ph1-up")
    pair.hub.wait(event="ph2-up")
    pair.spoke.kill()
    pair.spoke.start()
    pair.hub.wait(event="ph2-up", count=2)
    settled(pair.hub)
    pair.hub.kill()
    same(start(pair.hub, "--shards", "4")["isakmp_sas"], "2", "ISAKMP SAs")
    down = pair.hub.wait(event="ph1-down", reason="replaced")
    same(down["cookie_i"], old["cookie_i"], "cookie of what ended")


@case
def store_without_connection(pair):
    pair.configure_hub(daemon=store(pair))
    pair.up()
    settled(pair.hub)
    pair.hub.kill()
    pair.configure_hub(daemon=store(pair), remote_id="another.example.org")
    is_revived(start(pair.hub), 0, 0, 2)
    counters = statistics(pair.hub)
    same(counters.get("store_no_connection"), "2", "records of another identity")
    settled(pair.hub)
    pair.hub.kill()
    pair.configure_hub(daemon=store(pair))
    is_revived(start(pair.hub), 0, 0, 0)


@case
def store_with_other_key(pair):
    pair.configure_hub(daemon=store(pair))
    pair.up()
    settled(pair.hub)
    pair.hub.kill()
    keys = os.path.join(os.path.dirname(pair.hub.conf), "store", "keys")
    mine = os.path.join(os.path.dirname(keys), "old")
    os.rename(keys, mine)
    is_revived(start(pair.hub), 0, 0, 2)
    same(statistics(pair.hub).get("store_refused_unknown_key"), "2", "records of another key")
    pair.hub.kill()
    with open(keys) as file:
        text = file.read()
    with open(mine) as file, open(keys, "w") as both:
        both.write(text + file.read())
    is_revived(start(pair.hub), 1, 1, 0)
    tunnel_works(pair, pair.spoke)


@case
def store_forgets_what_ended(pair):
    pair.configure_hub(daemon=store(pair))
    pair.up()
    pair.spoke.stop()
    pair.hub.wait(event="ph1-down")
    settled(pair.hub)
    pair.hub.kill()
    is_revived(start(pair.hub), 0, 0, 0)
