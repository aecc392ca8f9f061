# SPDX-License-Identifier: BSD-2-Clause
"""
strongSwan with a tunnel, while its peer is restarted, is killed, or has another node take its place: it notices nothing
but that a question whether the peer is there was asked more than once, and all goes on from either side.
"""

from contextlib import nullcontext
from dataclasses import replace

from agreement import agree
from lab import register, same
from nat import Nat
from nodes import CLIENT, SERVICE, Estate
from tunnel import Child, Site, connection_section
from netns import PEER

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

    def way(self, _):
        """What the client's packets go through."""
        return nullcontext()

    def further(self, _):
        """What there is to be seen besides, once all goes on."""


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


KINDS = {"plain": Plain, "aggressive": Aggressive, "acked": Acked, "behind-nat": BehindNat, "user": User}


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
    estate.one.serve(kind.ours)
    with kind.way(estate):
        estate.client.start(kind.peers)
        estate.client.initiate("net")
        first = agree(estate.one, estate.client, kind.agreed)
        identity, mark = estate.client.identity(), estate.client.log.mark()
        node = EVENTS[event](estate, kind)
        goes_on(estate, kind, node, first, identity, mark)


for _event in EVENTS:
    for _kind in KINDS:
        register(__name__, f"{_event}-{_kind}", lambda lab, event=_event, kind=_kind: run(lab, event, KINDS[kind]()))
