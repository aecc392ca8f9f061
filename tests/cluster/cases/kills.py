# SPDX-License-Identifier: BSD-2-Clause
"""
A daemon under load is killed at instants that a seed decides, and goes on, or another node does. With `acked` nothing is
lost that a peer believes in; with `async` nothing that is older than the lag that was reported.

KILLS in the environment says how often, for each case.
"""

import os
import random
import time
from ipaddress import ip_address

from follower import Follower, seconds_of
from hubs import Hubs, written
from lab import expect, register, same
from load import HUB, Load
from sniffer import Sniffer
from vici import Client
from wait import until

KILLS = int(os.environ.get("KILLS", "25"))
# As many tunnels in a long run as in a short one: all of them are asked each second whether they are there.
RATE = max(5, 60 * 25 // KILLS)
# More than there is time for.
COUNT = RATE * 6 * (KILLS + 20)
# Who lives has to renew it also where there is little time for that.
LEASE_SECONDS = 2
FIRST_PEER = ip_address("10.0.0.0")
PAUSE_SECONDS = (0.05, 0.8)
SECONDS = 40
# What a log's time may be before that of the record.
ROUND_SECONDS = 0.25


def cookies_of(line):
    return line["cookie_i"] + line["cookie_r"]


class Watched:
    """A daemon, and what its log has said, of all its starts."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.peers = {}  # cookies: number of the peer
        self.begun = {}  # number of the peer: when its child came up
        self.spis = {}  # our SPI: selectors that it was for
        self.there = set()  # initiators' cookies: the peer has answered that it is there
        self.ended = set()  # cookies: deleted by the peer
        self.count = {"revived": 0, "standby": 0}
        self._log = Follower(
            daemon.log,
            {
                "ph1-up": self._up1,
                "ph2-up": self._up2,
                "ph1-down": self._down1,
                "dpd-received": self._dpd,
                "revived": self._revived,
                "standby": self._standby,
            },
        )

    def _up1(self, line):
        self.peers[cookies_of(line)] = int(line["remote_id"].split("-")[1].split(".")[0])

    def _up2(self, line):
        number = int(ip_address(line["remote_ts"])) - int(FIRST_PEER)
        self.begun[number] = seconds_of(line)
        self.spis.setdefault(line["spi_in"], set()).add(number)

    def _down1(self, line):
        if line["reason"] == "deleted":
            self.ended.add(cookies_of(line))

    def _dpd(self, line):
        if line["type"] == "R-U-THERE-ACK":
            self.there.add(line["icookie"])

    def _revived(self, _):
        self.count["revived"] += 1

    def _standby(self, _):
        self.count["standby"] += 1

    def read(self):
        self._log.read()
        return self

    def wait(self, event, count):
        until(lambda: self.read().count[event] >= count, SECONDS, f"{self.daemon.name}: {event} for the {count}th time")
        same(self.count[event], count, f"times that {self.daemon.name} logged {event}: it did that unasked")

    def lag(self):
        """The instant before which all is written."""
        asked = time.time()
        with Client(self.daemon.socket) as client:
            total = client.ask("stats")["ikehub"]["total"]
        return asked - int(total.get("store_lag_ms", 0)) / 1000

    def tunnels(self):
        """Cookies of its ISAKMP SAs that are up, each with the SPIs of its children that are."""
        with Client(self.daemon.socket) as client:
            return {
                sa["initiator-spi"] + sa["responder-spi"]: [
                    child["spi-in"] for child in sa["child-sas"].values() if child["state"] == "INSTALLED"
                ]
                for _, sa in client.list_sas()
                if sa["state"] == "ESTABLISHED"
            }


class Alone:
    """One daemon with a database, started again each time."""

    def __init__(self, lab, connection):
        hubs = Hubs(lab, None, connection=connection, **HUB)
        self.nodes = [Watched(hubs.one)]
        self.servers = []
        self.starts = 0
        self.go_on()

    def go_on(self, *arguments):
        """Who serves from now on."""
        (node,) = self.nodes
        self.starts += 1
        node.daemon.launch("--shards", "2", *arguments)
        node.wait("revived", self.starts)
        return node


class Pair:
    """Two daemons with Redis between them, which take turns."""

    def __init__(self, lab, connection):
        self.servers = [lab.server().start()]
        hubs = Hubs(lab, self.servers[0].address, {"lease": LEASE_SECONDS}, connection=connection, **HUB)
        self.nodes = [Watched(hubs.one), Watched(hubs.two)]
        self.turn = 0
        self.nodes[0].daemon.launch("--shards", "2")
        self.nodes[0].wait("revived", 1)
        self._stand_by()

    def _stand_by(self, *arguments):
        other = self.nodes[(self.turn + 1) % 2]
        other.daemon.launch("--shards", "3", *arguments)
        other.wait("standby", self.turn // 2 + 1)

    def go_on(self, *arguments):
        self.turn += 1
        node = self.nodes[self.turn % 2]
        node.wait("revived", self.turn // 2 + 1)
        self._stand_by(*arguments)
        return node


def check_spis(nodes):
    spis = {}
    for node in nodes:
        for spi, numbers in node.read().spis.items():
            spis.setdefault(spi, set()).update(numbers)
    same({spi: numbers for spi, numbers in spis.items() if len(numbers) > 1}, {}, "SPIs that were used twice")


def age_at(nodes, cookies):
    """When the hub had the tunnel as being up, or None: its quick mode was on its way."""
    times = []
    for node in nodes:
        number = node.peers.get(cookies)
        times += [each.begun[number] for each in nodes if number in each.begun]
    return max(times, default=None)


def ended(nodes):
    """What peers gave up, because their quick mode came to no end: nobody answered each time it was tried."""
    return set().union(*(node.read().ended for node in nodes))


def check_lost(nodes, lost, written_before):
    """Each was younger than the lag at the kill that ended it."""
    for cookies in lost:
        up_at = age_at(nodes, cookies)
        if up_at is None:
            continue
        instant = next((instant for killed, instant in written_before if killed >= up_at), None)
        expect(instant is not None, f"{cookies} was lost after the last kill")
        expect(up_at >= instant - ROUND_SECONDS, f"{cookies} came up {instant - up_at:.3f} s before all was written")


def run(lab, place, durability):
    instants = random.Random(f"{place.__name__} {durability} {KILLS}")
    crew = place(lab, f"durability = {durability}\ndpd_delay = 1s")
    node = crew.nodes[0]
    sniffer = Sniffer(lab, node.daemon.port)
    load = Load(lab, node.daemon, COUNT, RATE, "--timeout", 0, "--concurrency", 1000)
    written_before = []
    for i in range(KILLS):
        # These pauses are what is tested.
        time.sleep(instants.uniform(*PAUSE_SECONDS))
        instant = node.lag()
        node.daemon.kill()
        written_before.append((time.time(), instant))
        # The last two tell of each message.
        node = crew.go_on(*(["--log-level", "debug"] if i >= KILLS - 2 else []))

    asking = sniffer.asking()
    believed = sniffer.believed()
    tunnels = node.tunnels()
    lost = {cookies for cookies in believed if not tunnels.get(cookies)}
    print(f"    {KILLS} kills: {len(believed)} tunnels, {len(lost)} lost")
    expect(len(believed) > KILLS, f"only {len(believed)} tunnels came up")
    if durability == "acked":
        same(sorted(lost), [], "tunnels that are lost")
        same(sorted(asking - set(tunnels) - ended(crew.nodes)), [], "ISAKMP SAs that are lost")
    check_lost(crew.nodes, lost, written_before)

    kept = believed - lost
    answered = {cookies[:16] for cookies in kept}
    until(lambda: answered <= node.read().there, SECONDS, "not all of them answer dead peer detection")
    check_spis(crew.nodes)
    expect(sniffer.check_message_ids() > 0, "the hub has begun no exchange")
    names = {f"01{cookies}" for cookies in kept} | {f"02{spi}" for cookies in kept for spi in tunnels[cookies]}
    until(lambda: not crew.servers or names <= written(crew.servers), SECONDS, "not all of them is written")
    load.end()
    until(lambda: kept <= node.read().ended, SECONDS, "not all of them were deleted by who has their keys")
    sniffer.check_complete()
    until(lambda: not names & written(crew.servers), SECONDS, "records of what was deleted are left")


for _place, _name in ((Alone, "embedded"), (Pair, "redis")):
    for _durability in ("acked", "async"):
        register(
            __name__,
            f"{_name}-{_durability}",
            lambda lab, place=_place, durability=_durability: run(lab, place, durability),
        )
