# SPDX-License-Identifier: BSD-2-Clause
"""Clients of a remote-access gateway: users with passwords, and addresses from a pool."""

import os
import signal
from dataclasses import replace

from authority import Authority
from case import case, register
from cases.certificates import equip, place
from cases.control import Swanctl
from netns import OURS, PEER
from tunnel import Child, Site, connection_section
from wait import Failed, until

USER, PASSWORD = "carol", "a password"
POOL = {"inside": {"addrs": "10.3.0.0/24", "dns": "10.1.0.53"}}
ADDRESS = "10.3.0.1/32"
CLIENT = Child(ours_ts="10.1.0.0/24", peer_ts="dynamic")


def secrets(password=PASSWORD):
    return {"xauth-user": {"id": USER, "secret": f'"{password}"'}}


def server(side, **changes):
    """The site as a gateway has it that asks for users."""
    site = Site(
        ours_id="gate.ours.example.org",
        peer_id="gate.peer.example.org",
        children=(CLIENT,),
        more={"pools": POOL},
        secrets=secrets(),
        options={"pools": "inside"},
        rounds={"remote-user": {"auth": "xauth"}},
    )
    return replace(site, **changes)


def client(password=PASSWORD, **changes):
    site = server(
        PEER,
        more={},
        secrets=secrets(password),
        options={"vips": "0.0.0.0"},
        rounds={"local-user": {"auth": "xauth", "xauth_id": USER}},
    )
    return replace(site, **changes)


def expect_lease(lab):
    line = lab.ours.report("gave an address").string
    if f"owner=keyid:{USER}" not in line or f"address={ADDRESS.split('/')[0]}" not in line:
        raise Failed(f"another lease: {line}")


def come_up(lab, ours, peers):
    """strongSwan as the client; then both sides agree on the address inside."""
    lab.start(ours, PEER, peers)
    lab.peer.initiate("net")
    inside = replace(CLIENT, peer_ts=ADDRESS)
    lab.agree(replace(ours, children=(inside,)))
    lab.ours.report("let the user in")
    expect_lease(lab)


@case("remote-access/psk")
def psk(lab):
    come_up(lab, server(OURS), client())


@case("remote-access/psk-aggressive")
def psk_aggressive(lab):
    mode = {"aggressive": "yes"}
    ours = server(OURS, options={"pools": "inside", **mode})
    come_up(lab, ours, client(options={"vips": "0.0.0.0", **mode}))


@case("remote-access/pushed")
def pushed(lab):
    """Nobody asks for the address: we tell it, and strongSwan waits for that."""
    ours = server(OURS, options={"pools": "inside", "pull": "no"})
    come_up(lab, ours, client(options={"vips": "0.0.0.0", "pull": "no"}))


@case("remote-access/leases-in-swanctl")
def leases_in_swanctl(lab):
    """Who has the address, and who had it."""
    path = os.path.join(lab.ours.directory, "vici")
    lab.ours.daemon = {"socket": path}
    come_up(lab, server(OURS), client())
    swanctl = Swanctl(path)

    def shown():
        return [line.split() for line in swanctl("--list-pools", "--leases").splitlines()]

    lease = [ADDRESS.split("/")[0], "online", f"'keyid:{USER}'"]
    pool, first = shown()
    if pool[:2] != ["inside", "10.3.0.0"] or first != lease:
        raise Failed(f"another list: {pool} {first}")
    lab.peer.terminate(ike="site")
    until(lambda: shown()[1][1] == "offline", 10, f"the address is still in use: {shown()}")


@case("remote-access/both-addresses")
def both_addresses(lab):
    """An address of each kind at once, of two pools, and a child for each."""
    pools = {"four": {"addrs": "10.3.0.0/24"}, "six": {"addrs": "fd03::1-fd03::9"}}
    inside6 = Child("net6", ours_ts="fd01::/64", peer_ts="dynamic")
    ours = server(OURS, children=(CLIENT, inside6), options={"pools": "four, six"}, more={"pools": pools})
    # Of two addresses strongSwan takes the first for what is dynamic.
    theirs = (CLIENT, replace(inside6, peer_ts="fd03::1/128"))
    peers = client(children=theirs, options={"vips": "0.0.0.0, ::"})
    lab.start(ours, PEER, peers)
    lab.peer.initiate("net")
    lab.peer.initiate("net6")
    agreed = (replace(CLIENT, peer_ts=ADDRESS), theirs[1])
    lab.agree(replace(ours, children=agreed))
    vips = [sa["local-vips"] for sa in lab.peer.isakmp_sas()]
    if vips != [[ADDRESS.split("/")[0], "fd03::1"]]:
        raise Failed(f"other addresses: {vips}")


@case("remote-access/we-ask")
def we_ask(lab):
    """Ours is the client: its user is asked, and it asks for an address, from which its traffic comes."""
    child = Child(ours_ts="dynamic", peer_ts="10.2.0.0/24")
    ours = client(children=(child,))
    lab.start(ours, OURS, server(PEER, children=(child,)))
    lab.agree(replace(ours, children=(replace(child, ours_ts=ADDRESS),)))
    lab.ours.report("was given an address")


@case("remote-access/we-ask-in-vain")
def we_ask_in_vain(lab):
    """The peer has none: nothing begins from an address that is not meant."""
    child = Child(ours_ts="dynamic", peer_ts="10.2.0.0/24")
    lab.start(client(children=(child,)), OURS, server(PEER, children=(child,), options={}, more={}))
    lab.ours.report("was given no address")
    lab.ours.deny("began a quick mode")


def users_client(*names):
    """A client with a connection for each user, of which the first is the site's."""
    sites = [
        client(
            name=f"site-{name}",
            children=(replace(CLIENT, name=f"net-{name}"),),
            secrets={f"xauth-{each}": {"id": each, "secret": f'"{PASSWORD}"'} for each in names},
            rounds={"local-user": {"auth": "xauth", "xauth_id": name}},
        )
        for name in names
    ]
    sections = {each.name: connection_section(each, PEER, False, {}) for each in sites}
    return replace(sites[0], more={"connections": sections})


@case("remote-access/pool-exhausted")
def pool_exhausted(lab):
    """Who comes when no address is left is answered, without one; it is counted and told of."""
    path = os.path.join(lab.ours.directory, "vici")
    lab.ours.daemon = {"socket": path}
    users = ("carol", "dave")
    passwords = {f"xauth-{user}": {"id": user, "secret": f'"{PASSWORD}"'} for user in users}
    pool = {"inside": {"addrs": "10.3.0.1-10.3.0.1"}}
    lab.start(server(OURS, secrets=passwords, more={"pools": pool}), PEER, users_client(*users))
    lab.peer.initiate("net-carol")
    lab.peer.initiate("net-dave")
    lab.ours.report("had no address left")
    (sa,) = [each for each in lab.peer.isakmp_sas() if "local-vips" not in each]
    if "net-dave" not in str(sa):
        raise Failed(f"another client has no address: {sa}")
    counted = Swanctl(path)("--list-pools").split()
    if counted[:3] != ["inside", "10.3.0.1", "1"]:
        raise Failed(f"another pool: {counted}")
    lab.ours.process.send(signal.SIGUSR1)
    until(lambda: any("pool_exhausted=" in line for line in lab.ours.log.lines()), 10, "it is not counted")


@case("remote-access/static-address")
def static_address(lab):
    """The user always has the same address, which is not one of the pool's others."""
    always = {"static": {"carol": {"id": USER, "addr": ADDRESS.split("/")[0]}}}
    pool = {"inside": {**POOL["inside"], "addrs": "10.3.1.0/24", **always}}
    come_up(lab, server(OURS, more={"pools": pool}), client())


@case("remote-access/rsa")
def rsa(lab):
    root = Authority(lab.directory, "root")
    certificates = {side: root.issue(side) for side in (OURS, PEER)}
    local = {}
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
        place(lab, side, "x509ca", root.own.path)
        local[side] = {"certs": f"{side}.pem"}
    changes = {
        "auth": "pubkey",
        "ours_id": f'"{certificates[OURS].subject}"',
        "peer_id": f'"{certificates[PEER].subject}"',
        "local": local,
    }
    come_up(lab, server(OURS, **changes), client(**changes))


@case("remote-access/hybrid")
def hybrid(lab):
    """Only we have a certificate; strongSwan proves its user alone."""
    root = Authority(lab.directory, "root")
    certificate = root.issue(OURS)
    equip(lab, OURS, certificate)
    place(lab, PEER, "x509ca", root.own.path)
    changes = {"auth": "pubkey", "ours_id": f'"{certificate.subject}"', "peer_id": USER}
    ours = server(
        OURS,
        **changes,
        local={OURS: {"certs": f"{OURS}.pem"}},
        remote={OURS: {"auth": "xauth"}},
        rounds={},
    )
    peers = client(
        **changes, local={PEER: {"auth": "xauth", "xauth_id": USER}}, rounds={}
    )
    come_up(lab, ours, peers)


@case("remote-access/wrong-password")
def wrong_password(lab):
    _, responder = lab.attempt(client("a guess"), server(OURS), PEER)
    responder.report("refused the user")
    responder.deny("ISAKMP SA up")


@case("remote-access/long-password")
def long_password(lab):
    phrase = "a phrase of many words " * 8
    come_up(lab, server(OURS, secrets=secrets(phrase)), client(phrase))


@case("remote-access/same-address-again")
def same_address(lab):
    """Who comes back has the address of before."""
    come_up(lab, server(OURS), client())
    mark = lab.ours.log.mark()
    lab.peer.terminate(ike="site")
    lab.ours.wait_child_names()
    lab.peer.initiate("net")
    match = lab.ours.report("gave an address", mark)
    if "address=10.3.0.1" not in match.string:
        raise Failed(match.string)


@case("remote-access/ikehubd-is-the-client")
def we_are_the_client(lab):
    """strongSwan asks for our user."""
    ours = server(
        OURS,
        more={},
        options={},
        children=(Child(),),
        rounds={"local-user": {"auth": "xauth", "xauth_id": USER}},
    )
    peers = replace(ours, rounds={"remote-user": {"auth": "xauth"}})
    lab.up(ours, OURS, peers)


# --------------------------------------------------------------------------- one address for all


def together(*sites):
    """One configuration of ours with the connections of all sites, in this order."""
    connections = {site.name: connection_section(site, OURS, False, {}) for site in sites}
    more = {"connections": connections, "pools": POOL}
    return replace(sites[0], more=more, secrets=secrets())


def three(lab):
    """Sites of one local address and any remote one, by method; ours has them in this order."""
    root = Authority(lab.directory, "root")
    certificates = {side: root.issue(side) for side in (OURS, PEER)}
    local = {}
    for side, certificate in certificates.items():
        equip(lab, side, certificate)
        place(lab, side, "x509ca", root.own.path)
        local[side] = {"certs": f"{side}.pem"}
    psk = Site(ours_id="gate.ours.example.org", peer_id="gate.peer.example.org")
    rsa = Site(
        name="certified",
        auth="pubkey",
        ours_id=f'"{certificates[OURS].subject}"',
        peer_id=f'"{certificates[PEER].subject}"',
        local=local,
        children=(Child(name="certified"),),
    )
    users = replace(server(OURS), name="users", children=(replace(CLIENT, name="users"),))
    return psk, rsa, users


def one_address(method):
    def run(lab):
        psk, rsa, users = three(lab)
        offered = {
            "psk": psk,
            "rsa": rsa,
            "xauth": client(name="users", children=users.children),
        }[method]
        lab.start(together(psk, rsa, users), PEER, offered)
        (child,) = offered.children
        lab.peer.initiate(child.name)
        inside = replace(child, peer_ts=ADDRESS) if method == "xauth" else child
        lab.agree(replace(offered, children=(inside,)))
        up = lab.ours.report("ISAKMP SA up").string
        if f"connection={offered.name} " not in up:
            raise Failed(f"another connection: {up}")

    return run


for method in ("psk", "rsa", "xauth"):
    register(f"remote-access/one-address/{method}", one_address(method))
