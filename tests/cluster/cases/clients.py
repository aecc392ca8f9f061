# SPDX-License-Identifier: BSD-2-Clause
"""
strongSwan with a tunnel, while its peer is restarted, is killed, or has another node take its place: it notices nothing
but that a question whether the peer is there was asked more than once, and all goes on from either side.
"""

from contextlib import contextmanager, nullcontext
from dataclasses import replace

from agreement import agree
from freeradius import DAE_PORT, DAE_SECRET, SECRET, FreeRadius
from lab import case, expect, register, same
from nat import Nat
from nodes import CLIENT, HOSTS, SECONDS, SERVICE, Estate
from tunnel import Child, Site, connection_section
from netns import PEER
from wait import until

NAMED = Site(
    ours_addr=SERVICE,
    peer_addr=CLIENT,
    ours_id="gate.ours.example.org",
    peer_id="gate.peer.example.org",
)
# Longer than it takes until another node serves.
ASKS = {"dpd_delay": "1s", "dpd_timeout": "60s"}
# What the node that goes on has: it rekeys a child soon after the client did.
SOON = {"rekey_time": "2s", "rand_time": "0s", "life_time": "60s"}

POOL = {"inside": {"addrs": "10.3.0.0/24"}}
USERS = {"carol": "10.3.0.1", "dave": "10.3.0.2"}
INSIDE = Child(ours_ts="10.1.0.0/24", peer_ts="dynamic")


def with_options(site, **options):
    return replace(site, options={**site.options, **options})


def passwords():
    return {f"xauth-{user}": {"id": user, "secret": '"a password"'} for user in USERS}


class Plain:
    """(our site, the client's), and what both sides agree on afterwards."""

    ours = NAMED
    peers = with_options(NAMED, **ASKS)
    agreed = NAMED

    def prepare(self, estate):
        """What the nodes have besides."""

    def way(self, estate):
        """What the client's packets go through, or what else is there while the case lasts."""
        return nullcontext()

    def further(self, estate):
        """What there is to be seen besides, once all goes on."""

    def ended(self):
        """And when all has ended."""


class Aggressive(Plain):
    ours = with_options(NAMED, aggressive="yes")
    peers = with_options(ours, **ASKS)


class Acked(Plain):
    ours = with_options(NAMED, durability="acked")


class BehindNat(Plain):
    ours = replace(NAMED, peer_addr="%any")
    peers = replace(Plain.peers, peer_addr="%any")

    def way(self, estate):
        return Nat(estate.client, forget_seconds=60)


class User(Plain):
    """Extended authentication, and an address of a pool."""

    ours = replace(
        NAMED,
        children=(INSIDE,),
        more={"pools": POOL},
        secrets=passwords(),
        options={"pools": "inside"},
        rounds={"remote-user": {"auth": "xauth"}},
    )
    agreed = replace(NAMED, children=(replace(INSIDE, peer_ts=f"{USERS['carol']}/32"),))

    @staticmethod
    def _of(user, name, child):
        return replace(
            NAMED,
            name=name,
            children=(replace(INSIDE, name=child),),
            secrets=passwords(),
            options={"vips": "0.0.0.0", **ASKS},
            rounds={"local-user": {"auth": "xauth", "xauth_id": user}},
        )

    @property
    def peers(self):
        carol, dave = self._of("carol", "site", "net"), self._of("dave", "other", "other-net")
        sections = {site.name: connection_section(site, PEER, False, {"policies": "no"}) for site in (carol, dave)}
        return replace(carol, more={"connections": sections})

    def further(self, estate):
        """Who comes later does not get the address of who is there."""
        estate.client.initiate("other-net")
        vips = [sa["local-vips"] for sa in estate.client.isakmp_sas()]
        same(sorted(vips), [[address] for address in USERS.values()], "addresses of the clients")
        estate.client.terminate(ike="other")


class BothAddresses(User):
    """The same with an address of each kind."""

    ours = replace(
        User.ours,
        more={"pools": {**POOL, "inside6": {"addrs": "fd03::1-fd03::ff"}}},
        options={"pools": "inside, inside6"},
    )

    @staticmethod
    def _of(user, name, child):
        return with_options(User._of(user, name, child), vips="0.0.0.0, ::")

    def further(self, estate):
        estate.client.initiate("other-net")
        vips = [sa["local-vips"] for sa in estate.client.isakmp_sas()]
        wanted = [[address, f"fd03::{number}"] for number, address in enumerate(USERS.values(), 1)]
        same(sorted(vips), wanted, "addresses of the clients")


class Served(User):
    """The user is a RADIUS server's, which is told of one session, whoever has it."""

    ours = replace(User.ours, secrets={}, rounds={"remote-user": {"auth": "xauth-radius"}})

    def prepare(self, estate):
        # The server is on the client's host: whichever node serves reaches it.
        for node, address in ((estate.one, HOSTS["one"]), (estate.two, HOSTS["two"])):
            node.daemon["radius"] = {
                "accounting": "yes",
                "accounting_interval": "1s",
                "servers": {"one": {"address": CLIENT, "secret": f'"{SECRET}"'}},
                "dae": {"enable": "yes", "listen": address, "port": str(DAE_PORT), "secret": f'"{DAE_SECRET}"'},
            }

    def way(self, estate):
        users = {user: ("a password", {"Class": '"people"'}) for user in USERS}
        network = CLIENT.rsplit(".", 1)[0] + ".0/24"
        client = estate.client
        self.radius = FreeRadius(client.namespace, client.directory, users, CLIENT, network)
        return self.radius

    def _records(self, status):
        return [
            record
            for record in self.radius.records()
            if record["User-Name"] == "carol" and record["Acct-Status-Type"] == status
        ]

    def further(self, estate):
        begun = len(self._records("Interim-Update"))
        until(lambda: len(self._records("Interim-Update")) > begun, SECONDS, "who goes on tells nothing")
        same(self._records("Stop"), [], "sessions that ended")

    def ended(self):
        until(lambda: self._records("Stop"), SECONDS, "the end was not told of")
        same([len(self._records("Start")), len(self._records("Stop"))], [1, 1], "beginnings and ends")
        (begin,), (end,) = self._records("Start"), self._records("Stop")
        for name in ("Acct-Session-Id", "NAS-Port", "NAS-IP-Address", "Framed-IP-Address", "Class"):
            same({r[name] for r in self.radius.records()}, {begin[name]}, name)
        same(end["Acct-Terminate-Cause"], "Admin-Reset", "why it ended")


KINDS = {
    "plain": Plain,
    "aggressive": Aggressive,
    "acked": Acked,
    "behind-nat": BehindNat,
    "user": User,
    "both": BothAddresses,
    "served": Served,
}


def survivor(site):
    """The configuration of who goes on."""
    children = tuple(replace(child, options={**child.options, **SOON}) for child in site.children)
    return replace(site, children=children)


# What becomes of node one; each returns who goes on, and leaves the client's address where that is.


def restarted(estate, kind):
    estate.one.stop()
    same(estate.one.serve(survivor(kind.ours)), (1, 1, 0), "ISAKMP SAs, children, refused")
    return estate.one


def killed(estate, kind):
    estate.one.settled()
    estate.one.crash()
    same(estate.one.serve(survivor(kind.ours)), (1, 1, 0), "ISAKMP SAs, children, refused")
    return estate.one


def taken_over(estate, kind):
    estate.two.stand_by(survivor(kind.ours))
    estate.one.settled()
    estate.one.crash()
    estate.move_address()
    same(estate.two.goes_on(), (1, 1, 0), "ISAKMP SAs, children, refused")
    return estate.two


def handed_over(estate, kind):
    estate.two.stand_by(survivor(kind.ours))
    estate.one.stop()
    estate.move_address()
    same(estate.two.goes_on(), (1, 1, 0), "ISAKMP SAs, children, refused")
    return estate.two


EVENTS = {"restarted": restarted, "killed": killed, "taken-over": taken_over, "handed-over": handed_over}
EMBEDDED = ("restarted", "killed")


def goes_on(estate, kind, node, first, identity, mark):
    client = estate.client
    client.is_answered(client.log.mark())
    same(client.identity(), identity, "ISAKMP SAs of the client")
    same(client.newest_child("net").spi_in, first["net"][1].spi_in, "child of the client")
    client.rekey("net")
    second = agree(node, client, kind.agreed, after=first)
    third = agree(node, client, kind.agreed, after=second)
    node.report("began a quick mode")
    client.noticed_nothing(mark)
    same(client.identity(), identity, "ISAKMP SAs of the client afterwards")
    client.terminate(child="net")
    node.wait_child_names()
    client.initiate("net")
    agree(node, client, kind.agreed, after=third)
    same(client.identity(), identity, "ISAKMP SAs of the client at the end")
    kind.further(estate)
    mark = client.log.mark()
    node.control("terminate", "--ike", "site")
    client.report("received Delete of the ISAKMP SA", mark)


def run(lab, event, kind):
    estate = Estate(lab, embedded=event in EMBEDDED)
    kind.prepare(estate)
    estate.one.serve(kind.ours)
    with kind.way(estate):
        estate.client.start(kind.peers)
        estate.client.initiate("net")
        first = agree(estate.one, estate.client, kind.agreed)
        identity, mark = estate.client.identity(), estate.client.log.mark()
        node = EVENTS[event](estate, kind)
        goes_on(estate, kind, node, first, identity, mark)
        kind.ended()


for _event in EVENTS:
    for _kind in KINDS:
        register(__name__, f"{_event}-{_kind}", lambda lab, event=_event, kind=_kind: run(lab, event, KINDS[kind]()))


@contextmanager
def session(lab):
    """One of a server's user, at node one: its kind, the estate, the server and what that was told when it began."""
    kind, estate = Served(), Estate(lab)
    kind.prepare(estate)
    estate.one.serve(kind.ours)
    with kind.way(estate) as radius:
        estate.client.start(kind.peers)
        estate.client.initiate("net")
        yield kind, estate, radius, radius.wait_record("Start")


@case
def served_for_a_time(lab):
    """A Session-Timeout that the server has changed ends the session at the node that goes on."""
    with session(lab) as (kind, estate, radius, begin):
        estate.two.stand_by(survivor(kind.ours))
        asked = {"Acct-Session-Id": begin["Acct-Session-Id"], "Session-Timeout": "10"}
        shown = radius.ask("coa", asked, gateway=HOSTS["one"])
        expect("CoA-ACK" in shown, shown)
        estate.one.settled()
        estate.one.crash()
        estate.move_address()
        same(estate.two.goes_on(), (1, 1, 0), "ISAKMP SAs, children, refused")
        end = radius.wait_record("Stop")
        same(end["Acct-Session-Id"], begin["Acct-Session-Id"], "session")
        same(end["Acct-Terminate-Cause"], "Session-Timeout", "why it ended")
        estate.client.report("received Delete of the ISAKMP SA")


@case
def served_and_disconnected(lab):
    """A server names the session by the ID that the node of before gave it."""
    with session(lab) as (kind, estate, radius, begin):
        handed_over(estate, kind)
        shown = radius.ask("disconnect", {"Acct-Session-Id": begin["Acct-Session-Id"]}, gateway=HOSTS["two"])
        expect("Disconnect-ACK" in shown, shown)
        kind.ended()
