# SPDX-License-Identifier: BSD-2-Clause
"""A gateway changes from strongSwan to ikehubd, as docs/migrating-from-strongswan.md has it: the file and the peers stay
as they are; or both serve on one machine, strongSwan IKEv2 and ikehubd IKEv1."""

import os
import subprocess
from dataclasses import replace

from authority import Authority
from case import case
from netns import HOSTS, OURS, PEER, Namespace, ip
from tunnel import Child, Site, connection_section
from wait import Failed

SECONDS = 20
# What the daemon is told by its command line, so that the file is strongSwan's alone.
ARGUMENTS = ("--kernel", "null", "--socket", "none", "--log-keys", "--log-level", "debug")

GATE, BRANCH, USER = "gate.ours.example.org", "gate.peer.example.org", "carol"
INSIDE = Child("office", ours_ts="10.1.0.0/24", peer_ts="dynamic")
PASSWORDS = {"xauth-carol": {"id": USER, "secret": '"a password"'}}
# As gateways have it that were not set up yesterday.
OLD_OPTIONS = {
    "dpd_delay": "30s",
    "dpd_timeout": "150s",
    "mobike": "no",
    "fragmentation": "yes",
    "rekey_time": "4h",
    "unique": "replace",
}
OLD_CHILD_OPTIONS = {
    "updown": "/usr/lib/ipsec/_updown iptables",
    "hostaccess": "yes",
    "dpd_action": "clear",
    "rekey_time": "1h",
    "life_time": "70m",
    "inactivity": "0",
}
BRANCHES = Site(
    ours_id=GATE,
    peer_id=BRANCH,
    children=(Child(options=OLD_CHILD_OPTIONS),),
    options=OLD_OPTIONS,
)


def certified(name):
    return {"certs": f"{name}.pem"}


def users(side):
    """Road warriors: certificates, a user's password, and an address inside."""
    gateway = side == OURS
    asked = {"auth": "xauth"} if gateway else {"auth": "xauth", "xauth_id": USER}
    return Site(
        name="users",
        auth="pubkey",
        ours_id=f"{GATE}",
        peer_id="phone.example.org",
        local={OURS: certified("gate"), PEER: certified("phone")},
        children=(INSIDE,),
        options={"pools": "inside"} if gateway else {"vips": "0.0.0.0"},
        rounds={"remote-user" if gateway else "local-user": asked},
    )


def section(site, side):
    return {site.name: connection_section(site, side, False, {"policies": "no"})}


def modern(side, **options):
    """Of IKEv2, which ikehubd leaves alone."""
    site = replace(BRANCHES, name="modern", children=(Child("modern"),))
    return {"modern": {**section(site, side)["modern"], **options, "version": 2}}


def with_sections(site, side, sections, **more):
    """The site's own connection, and others."""
    return replace(site, more={"connections": {**section(site, side), **sections}, **more})


def old_file():
    pools = {"inside": {"addrs": "10.3.0.0/24", "dns": "10.1.0.53"}}
    site = replace(BRANCHES, secrets=PASSWORDS)
    return with_sections(site, OURS, {**section(users(OURS), OURS), **modern(OURS)}, pools=pools)


def client_file():
    """It comes back by itself when its gateway goes."""
    back = {"close_action": "start", "dpd_action": "restart"}
    branch = replace(BRANCHES, options={"keyingtries": "0"}, children=(Child(options=back),), secrets=PASSWORDS)
    return with_sections(branch, PEER, section(users(PEER), PEER))


def old_gateway(lab, namespace=None):
    """strongSwan in the place of ikehubd."""
    return lab.peer.beside(namespace or lab.ours.namespace, os.path.join(lab.directory, "old"), OURS)


def equip(lab, old):
    root = Authority(lab.directory, "root")
    for gateway, name, alternative in ((old, "gate", GATE), (lab.peer, "phone", "phone.example.org")):
        certificate = root.issue(name, alternative=f"DNS:{alternative}")
        for folder, path in (("x509", certificate.path), ("private", certificate.key), ("x509ca", root.own.path)):
            where = os.path.join(gateway.credentials, folder)
            os.makedirs(where, exist_ok=True)
            subprocess.run(["cp", path, where], check=True)


def configuration(old):
    return os.path.join(old.credentials, "swanctl.conf")


def contents(folder):
    """Of all files below it."""
    found = {}
    for where, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(where, name), "rb") as file:
                found[os.path.join(where, name)] = file.read()
    return found


@case("migration/file-and-clients-unchanged")
def file_and_clients_unchanged(lab):
    """The client comes back by itself when strongSwan ends and ikehubd has its place; a user's client connects as before."""
    old = old_gateway(lab)
    equip(lab, old)
    try:
        old.start(old_file())
        lab.peer.start(client_file())
        lab.peer.initiate("net")
        lab.peer.initiate("office")
        old.wait_child_names("net", "office")
        files = contents(old.credentials)
        mark = lab.peer.log.mark()
        old.stop()
        lab.ours.start_with(configuration(old), *ARGUMENTS)
        lab.ours.wait_child_names("net", seconds=SECONDS)
        lab.peer.report("ISAKMP SA up", mark)
        lab.agree(BRANCHES)
        lab.peer.initiate("office")
        lab.agree(replace(users(OURS), children=(replace(INSIDE, peer_ts="10.3.0.1/32"),)))
        lab.ours.report("let the user in")
        if contents(old.credentials) != files:
            raise Failed("files were changed")
    finally:
        old.crash()


@case("migration/back-to-strongswan")
def back(lab):
    """And the other way: ikehubd ends, and strongSwan has its place again."""
    old = old_gateway(lab)
    equip(lab, old)
    try:
        old.write_configuration(old_file(), False)
        lab.ours.start_with(configuration(old), *ARGUMENTS)
        lab.peer.start(client_file())
        lab.peer.initiate("net")
        lab.agree(BRANCHES)
        lab.ours.stop()
        old.start(old_file())
        old.wait_child_names("net", seconds=SECONDS)
    finally:
        old.crash()


# --------------------------------------------------------------------------- side by side

BY_VERSION = os.path.join(os.path.dirname(__file__), "../../../deploy/beside-strongswan/by-version.nft")
MODERN_ADDRESS = "10.9.0.12"
HUB_ADDRESS = "10.9.0.9"


def both_come_up(lab, old, site):
    lab.peer.initiate("net")
    lab.agree(site)
    lab.peer.initiate("modern")
    versions = {sa["version"] for sa in lab.peer.isakmp_sas()}
    if versions != {"1", "2"}:
        raise Failed(f"versions of the client's SAs: {versions}")
    old.wait_child_names("modern")
    lab.ours.wait_child_names("net")


def client_of_both(lab, site, **options):
    """Two branches on one machine: they have addresses of their own."""
    ip("-n", lab.peer.namespace.name, "address", "replace", f"{MODERN_ADDRESS}/24", "dev", "wan")
    lab.peer.start(with_sections(site, PEER, modern(PEER, local_addrs=MODERN_ADDRESS, **options)))


@case("migration/beside-strongswan-by-version")
def by_version(lab):
    """One address: nftables gives ikehubd what is of IKEv1."""
    old = old_gateway(lab)
    nft = [*lab.ours.namespace.prefix, "nft"]
    site = replace(BRANCHES, peer_addr="%any")
    try:
        subprocess.run([*nft, "-f", BY_VERSION], check=True)
        old.start(with_sections(site, OURS, modern(OURS, remote_addrs="%any")))
        lab.ours.start_with(configuration(old), *ARGUMENTS, "--port", "1500", "--port-nat-t", "14500")
        client_of_both(lab, replace(BRANCHES, options={}, children=(Child(),)))
        both_come_up(lab, old, site)
    finally:
        old.crash()
        subprocess.run([*nft, "delete", "table", "ip", "ikehub"], check=True)


@case("migration/beside-strongswan-two-addresses")
def two_addresses(lab):
    """ikehubd in a network namespace with an address of its own, on the same network card."""
    host = lab.ours.namespace
    old = old_gateway(lab, host)
    hub = Namespace(f"ike-hub-{os.getpid()}")
    try:
        ip("-n", host.name, "link", "add", "hub", "link", "wan", "type", "macvlan", "mode", "bridge")
        ip("-n", host.name, "link", "set", "hub", "netns", hub.name)
        ip("-n", hub.name, "address", "add", f"{HUB_ADDRESS}/24", "dev", "hub")
        ip("-n", hub.name, "link", "set", "hub", "up")
        lab.ours.namespace = hub
        site = replace(BRANCHES, ours_addr=HUB_ADDRESS)
        old_address = {"local_addrs": HOSTS[OURS].outside4, "remote_addrs": "%any"}
        old.start(with_sections(site, OURS, modern(OURS, **old_address)))
        lab.ours.start_with(configuration(old), *ARGUMENTS)
        client_of_both(lab, replace(site, options={}, children=(Child(),)), remote_addrs=HOSTS[OURS].outside4)
        both_come_up(lab, old, site)
    finally:
        lab.ours.crash()
        old.crash()
        hub.remove()
        lab.ours.namespace = host
