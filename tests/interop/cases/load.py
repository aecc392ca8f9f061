# SPDX-License-Identifier: BSD-2-Clause
"""The load generator: ikeload in our namespace, and strongSwan that answers it."""

import json
import os
import subprocess
from dataclasses import replace

from authority import Authority
from case import case
from cases.certificates import equip, place
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site
from wait import Failed, until

SECRET = "a secret of a fleet"
SECONDS = 40
TUNNELS = 20
FLEET = Site(
    proposals="aes128-sha256-ecp256, aes128-sha256-modp2048",
    ours_addr="%any",
    ours_id="*.example",
    peer_id="hub.example",
    secret=SECRET,
    children=(Child(ours_ts="10.0.0.0/8", peer_ts="192.168.0.0/16"),),
    options={"unique": "never"},
)
PROPOSAL = ("--proposal", "aes128-sha256-ecp256")


def serve(lab, site):
    """strongSwan alone. The one secret is everybody's."""
    lab.peer.start(replace(site, secrets={"ike-all": {"secret": f'"{SECRET}"'}}))


def load(lab, *options, count=TUNNELS):
    """All tunnels have to come up; returns what ikeload tells."""
    command = [
        os.path.join(lab.ours.build, "bench", "load", "ikeload"),
        "--target",
        HOSTS[PEER].outside4,
        "--count",
        str(count),
        "--timeout",
        str(SECONDS - 10),
        "--json",
        *options,
    ]
    done = subprocess.run(
        lab.ours.namespace.prefix + command, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        raise Failed(f"ikeload ended with {done.returncode}: {done.stdout}{done.stderr}")
    told = json.loads(done.stdout)
    if told["up"] != count:
        raise Failed(f"{told['up']} of {count} tunnels came up: {done.stdout}")
    return told


def expect_none_left(lab):
    """What was made has been deleted, which takes some time to arrive."""
    until(lambda: not lab.peer.isakmp_sas(), 8, "strongSwan still has ISAKMP SAs")


@case("load/main-mode")
def main_mode(lab):
    serve(lab, FLEET)
    load(lab, "--psk", SECRET, *PROPOSAL, "--source-ports", "4")
    load(lab, "--psk", SECRET, "--proposal", "aes128-sha256-modp2048", "--strong")
    load(lab, "--psk", SECRET, "--rate", "100", "--arrival", "poisson", "--ramp", "1")
    load(lab, "--psk", SECRET, "--nat-t", "4500", "--source-ports", "2")
    expect_none_left(lab)


@case("load/aggressive-mode")
def aggressive_mode(lab):
    serve(lab, replace(FLEET, options={"unique": "never", "aggressive": "yes"}))
    load(lab, "--psk", SECRET, *PROPOSAL, "--aggressive")
    expect_none_left(lab)


@case("load/children-and-pfs")
def children(lab):
    child = Child(ours_ts="10.0.0.0/8", peer_ts="192.168.0.0/16", esp="aes128-sha256-ecp256")
    serve(lab, replace(FLEET, children=(child,)))
    told = load(
        lab, "--psk", SECRET, *PROPOSAL, "--children", "3", "--esp", "aes128-sha256-ecp256", count=5
    )
    if told["children"] != 15:
        raise Failed(f"not three children each: {told}")
    expect_none_left(lab)


@case("load/upkeep")
def upkeep(lab):
    """Rekeying and reauthentication; as many SAs as before are left, and none in the end."""
    serve(lab, FLEET)
    options = ("--hold=3", "--rekey-rate", "20", "--reauth-rate", "5", "--churn-rate", "5")
    told = load(lab, "--psk", SECRET, *PROPOSAL, *options, "--dpd", "1")
    for work, least in (("rekeys", 30), ("reauthentications", 5), ("reconnects", 5)):
        if told[work]["done"] < least or told[work]["failed"]:
            raise Failed(f"{work}: {told[work]}")
    if told["lost"]:
        raise Failed(f"tunnels were lost: {told}")
    expect_none_left(lab)


@case("load/storm")
def storm(lab):
    serve(lab, FLEET)
    told = load(lab, "--psk", SECRET, *PROPOSAL, "--hold=3", "--storm", "--initial-contact")
    if told["reconnects"]["done"] != TUNNELS:
        raise Failed(f"not all were back: {told['reconnects']}")


@case("load/bad-network")
def bad_network(lab):
    """A tenth of all datagrams is lost; what comes comes late and in another order."""
    serve(lab, FLEET)
    told = load(
        lab, "--psk", SECRET, *PROPOSAL, "--loss", "10", "--delay", "5", "--jitter", "20", count=10
    )
    if told["latency_us"]["p50"] < 4 * 2 * 5000:
        raise Failed(f"faster than the delay allows: {told['latency_us']}")


def certified(lab, kind="rsa"):
    """An authority that strongSwan believes, and its own certificate."""
    root = Authority(lab.directory, "root", kind=kind)
    equip(lab, PEER, root.issue("hub", kind=kind, alternative="DNS:hub.example"))
    place(lab, PEER, "x509ca", root.own.path)
    return root, replace(FLEET, auth="pubkey", local={PEER: {"certs": "hub.pem"}})


@case("load/rsa")
def rsa(lab):
    """Each peer has a certificate of its own."""
    root, site = certified(lab)
    serve(lab, site)
    load(lab, "--auth", "rsa", *PROPOSAL, "--ca", root.own.path, "--ca-key", root.own.key)
    expect_none_left(lab)


@case("load/ecdsa")
def ecdsa(lab):
    root, site = certified(lab, "ecdsa256")
    peer = root.issue("fleet", kind="ecdsa256", alternative="DNS:fleet.example")
    serve(lab, replace(site, ours_id=f'"{peer.subject}"'))
    load(lab, "--auth", "ecdsa256", *PROPOSAL, "--cert", peer.path, "--key", peer.key)
    expect_none_left(lab)


def users(method):
    """The users of the fleet, and an address from a pool for each."""
    site = FLEET if method != "rsa" else replace(FLEET, auth="pubkey")
    secrets = {f"xauth-{n}": {"id": f"user-{n}", "secret": '"a password"'} for n in range(TUNNELS)}
    return replace(
        site,
        children=(Child(ours_ts="dynamic", peer_ts="192.168.0.0/16"),),
        options={"unique": "never", "pools": "inside"},
        more={"pools": {"inside": {"addrs": "10.3.0.0/24"}}},
        secrets=secrets,
    )


USER = ("--user", "user-%", "--password", "a password", "--mode-config")


@case("load/xauth-psk")
def xauth_psk(lab):
    site = replace(users("psk"), rounds={"remote-user": {"auth": "xauth"}})
    lab.peer.start(replace(site, secrets={**site.secrets, "ike-all": {"secret": f'"{SECRET}"'}}))
    load(lab, "--auth", "xauth-psk", "--psk", SECRET, *PROPOSAL, *USER)
    expect_none_left(lab)


@case("load/xauth-rsa")
def xauth_rsa(lab):
    root, site = certified(lab)
    site = replace(
        users("rsa"), local=site.local, rounds={"remote-user": {"auth": "xauth"}}
    )
    lab.peer.start(site)
    authority = ("--ca", root.own.path, "--ca-key", root.own.key)
    load(lab, "--auth", "xauth-rsa", *authority, *PROPOSAL, *USER)
    expect_none_left(lab)


@case("load/hybrid")
def hybrid(lab):
    """Only strongSwan has a certificate."""
    root, site = certified(lab)
    lab.peer.start(
        replace(users("rsa"), local=site.local, remote={PEER: {"auth": "xauth"}})
    )
    load(lab, "--auth", "hybrid", "--ca", root.own.path, *PROPOSAL, *USER)
    expect_none_left(lab)
