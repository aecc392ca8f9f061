# SPDX-License-Identifier: BSD-2-Clause
"""NAT traversal: forced, and with a router between that rewrites addresses and ports."""

from dataclasses import replace

from case import both_directions, case
from nat import INSIDE, Nat
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site
from wait import Failed

NAMED = Site(ours_id="gate.ours.example.org", peer_id="gate.peer.example.org")
ANY = "%any"


def peer_port(line):
    (field,) = (word for word in line.split() if word.startswith("peer="))
    return int(field.rsplit(":", 1)[1])


def is_encapsulated(lab):
    """Both speak over the port of NAT traversal."""
    match = lab.ours.report("ISAKMP SA up")
    if peer_port(match.string) != 4500:
        raise Failed(f"not over port 4500: {match.string}")


@both_directions("nat/encap-of-strongswan")
def encap_of_strongswan(lab, by):
    lab.up(NAMED, by, replace(NAMED, options={"encap": "yes"}))
    is_encapsulated(lab)


@both_directions("nat/encap-of-ikehubd")
def encap_of_ikehubd(lab, by):
    lab.up(replace(NAMED, options={"encap": "yes"}), by, NAMED)
    is_encapsulated(lab)


@both_directions("nat/encap-aggressive")
def encap_aggressive(lab, by):
    lab.up(replace(NAMED, options={"encap": "yes", "aggressive": "yes"}), by)
    is_encapsulated(lab)


@both_directions("nat/encap-with-pfs-and-rekeying")
def encap_rekeying(lab, by):
    site = replace(
        NAMED, options={"encap": "yes"}, children=(Child(esp="aes256-sha256-ecp256"),)
    )
    first = lab.up(site, by)
    lab.peer.rekey("net")
    lab.agree(site, after=first)


def strongswan_inside(options=None):
    """(our site, the peer's): strongSwan is the one behind the NAT."""
    options = options or {}
    ours = replace(NAMED, peer_addr=ANY, options=options)
    return ours, replace(NAMED, peer_addr=INSIDE, options=options)


def ikehubd_inside(options=None):
    options = options or {}
    peers = replace(NAMED, ours_addr=ANY, options=options)
    return replace(NAMED, ours_addr=INSIDE, options=options), peers


# req 3947-4-2 3947-4-3 3947-4-4
# req 3947-4-2 3947-4-3 3947-4-4
@case("nat/strongswan-inside")
def inside(lab):
    site, peers = strongswan_inside()
    with Nat(lab.peer):
        lab.up(site, PEER, peers)
        is_encapsulated_from(lab, Nat.PORTS)


@case("nat/strongswan-inside-aggressive")
def inside_aggressive(lab):
    site, peers = strongswan_inside({"aggressive": "yes"})
    with Nat(lab.peer):
        lab.up(site, PEER, peers)


# req 3947-4-7
# req 3947-4-7
@case("nat/strongswan-inside-rekeying")
def inside_rekeying(lab):
    """Both kinds of exchange go on through the mapping, from either side."""
    site, peers = strongswan_inside()
    with Nat(lab.peer):
        first = lab.up(site, PEER, peers)
        lab.peer.rekey("net")
        lab.agree(site, after=first)
        lab.peer.terminate(child="net")
        lab.ours.wait_child_names()


# req 3948-2.3-1 3948-4-2
# req 3948-2.3-1 3948-4-2
# req 3947-3.2-1 3948-2.3-1 3948-4-2
# req 3947-3.2-1 3948-2.3-1 3948-4-2
@case("nat/ikehubd-inside")
def ours_inside(lab):
    lab.ours.daemon = {"keep_alive": "1s"}
    site, peers = ikehubd_inside()
    with Nat(lab.ours):
        lab.up(site, OURS, peers)
        lab.ours.report("sent a keepalive")


def between(ours, peer):
    """Transport mode of two hosts, as one of them knows both addresses."""
    return (Child(ours_ts=f"{ours}/32", peer_ts=f"{peer}/32", options={"mode": "transport"}),)


def agree_in_transport_mode(lab, by, ours, peers):
    """Each has the address of the other that it sees, for the one inside knows itself by another."""
    lab.start(ours, by, peers)
    lab.initiate(peers, by)
    lab.agree(ours, peer_site=peers)


# req 3947-5.2-2 3947-5.2-3
@case("nat/strongswan-inside-transport-mode")
def inside_transport(lab):
    site, peers = strongswan_inside()
    addr = HOSTS[OURS].outside4, HOSTS[PEER].outside4
    with Nat(lab.peer):
        agree_in_transport_mode(
            lab,
            PEER,
            replace(site, children=between(*addr)),
            replace(peers, children=between(addr[0], INSIDE)),
        )
        is_encapsulated_from(lab, Nat.PORTS)


# req 3947-5.2-2 3947-5.2-4
@case("nat/ikehubd-inside-transport-mode")
def ours_inside_transport(lab):
    site, peers = ikehubd_inside()
    addr = HOSTS[OURS].outside4, HOSTS[PEER].outside4
    with Nat(lab.ours):
        agree_in_transport_mode(
            lab,
            OURS,
            replace(site, children=between(INSIDE, addr[1])),
            replace(peers, children=between(*addr)),
        )


def is_encapsulated_from(lab, ports):
    match = lab.ours.report("ISAKMP SA up")
    port = peer_port(match.string)
    if not ports[0] <= port <= ports[1]:
        raise Failed(f"the peer's port is {port}, not one of the NAT's {ports}")


# req 3947-8-2
# req 3947-8-2
@case("nat/rebinding")
def rebinding(lab):
    """The NAT forgets the mapping; the peer's next authenticated message comes from another port,
    and from then on we answer there: dead peer detection and rekeying go on."""
    site, peers = strongswan_inside()
    peers = replace(peers, options={"dpd_delay": "3s"})
    with Nat(lab.peer) as nat:
        first = lab.up(site, PEER, peers)
        mark = lab.ours.log.mark()
        nat.forget()
        match = lab.ours.report("followed the peer", mark, seconds=12)
        port = peer_port(match.string)
        if not Nat.OTHER_PORTS[0] <= port <= Nat.OTHER_PORTS[1]:
            raise Failed(f"followed to port {port}")
        lab.peer.rekey("net")
        lab.agree(site, after=first)
        lab.ours.deny("peer is dead")
