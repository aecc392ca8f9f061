# SPDX-License-Identifier: BSD-2-Clause
"""vpnc as a client: its own ESP against the kernel's."""

from dataclasses import replace

from case import case
from freeradius import SECRET, FreeRadius
from gateways import SLOW, settles
from netns import HOSTS, OURS, PEER
from plane import INSIDE, PASSWORD, PING_BYTES, USER, carried, expect, gateway, kernels
from tunnel import Child
from vpnc import Vpnc, group
from wait import Failed

OPTIONS = group(HOSTS[OURS].outside4, "sales", "a shared secret of some length", USER, PASSWORD)
SITE = gateway(
    proposals="aes256-sha1-modp1024, aes128-sha1-modp1024, 3des-sha1-modp1024",
    peer_addr="%any",
    peer_id="keyid:sales",
    children=(Child(ours_ts="0.0.0.0/0", peer_ts="dynamic", esp="aes256-sha1, aes128-sha1"),),
    options={"aggressive": "yes", "pools": "inside"},
)
RADIUS = {
    "accounting": "yes",
    "accounting_interval": "2",
    "servers": {"one": {"address": "127.0.0.1", "secret": f'"{SECRET}"'}},
}


class SlowVpnc(Vpnc):
    UP_SECONDS = SLOW


class SlowRadius(FreeRadius):
    START_SECONDS = SLOW
    RECORD_SECONDS = SLOW


def client(lab, mode):
    """Its interface has no IPv6, which would ask for routers."""
    kernels(lab)[1].run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6")
    return SlowVpnc(lab.peer.namespace, lab.peer.directory, {**OPTIONS, "NAT Traversal Mode": mode})


def pings(lab, vpnc):
    """Three from the client, and three from us."""
    our, their = kernels(lab)
    our.ip("route", "add", "10.3.0.0/24", "via", HOSTS[PEER].outside4)
    vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
    their.ip("address", "add", "10.3.0.1/32", "dev", "vpn0")
    their.ip("link", "set", "vpn0", "mtu", "1400", "up")
    their.ip("route", "replace", "10.1.0.0/24", "dev", "vpn0", "src", "10.3.0.1")
    expect(their.ping("10.3.0.1", INSIDE[OURS]), 3, "answers from us")
    expect(our.ping(INSIDE[OURS], "10.3.0.1"), 3, "answers from the client")
    carried(lab)


@case("dataplane/vpnc")
def vpnc_natt(lab):
    """ESP in UDP, as most clients have it."""
    lab.ours.start(SITE)
    with client(lab, "force-natt") as vpnc:
        pings(lab, vpnc)


@case("dataplane/vpnc-without-udp")
def vpnc_none(lab):
    lab.ours.start(SITE)
    with client(lab, "none") as vpnc:
        pings(lab, vpnc)


def expect_octets(record, packets):
    for key in ("Acct-Input", "Acct-Output"):
        expect(record.get(f"{key}-Packets"), str(packets), f"{key}-Packets")
        expect(record.get(f"{key}-Octets"), str(packets * PING_BYTES), f"{key}-Octets")


def interim_packets(radius):
    """As the last interim record has it."""
    records = [record for record in radius.records() if record["Acct-Status-Type"] == "Interim-Update"]
    return int(records[-1]["Acct-Input-Packets"]) if records else -1


@case("dataplane/vpnc-radius")
def vpnc_radius(lab):
    """The user is FreeRADIUS's, the address our pool's, and the server hears of each packet."""
    site = replace(SITE, secrets={}, rounds={"remote-user": {"auth": "xauth-radius"}})
    users = {USER: (PASSWORD, {"Class": '"sales-people"'})}
    lab.ours.daemon["radius"] = RADIUS
    with SlowRadius(lab.ours.namespace, lab.directory, users) as radius:
        lab.ours.start(site)
        with client(lab, "natt") as vpnc:
            pings(lab, vpnc)
            begin = radius.wait_record("Start")
            if "Acct-Input-Octets" in begin:
                raise Failed(f"octets at the beginning: {begin}")
            settles("no interim record of all packets", lambda: interim_packets(radius) == 6)
            our, _ = kernels(lab)
            expect(our.ping(INSIDE[OURS], "10.3.0.1", 2), 2, "answers from the client")
            vpnc.leave()
            end = radius.wait_record("Stop")
            expect_octets(end, 8)
            expect(end["Acct-Session-Id"], begin["Acct-Session-Id"], "the session")
