# SPDX-License-Identifier: BSD-2-Clause
"""strongSwan's own IKEv1 scenarios by their names: their set-up, with ikehubd as the gateway moon (or, where both
are gateways, in either part). ../scenarios.py says which scenarios are which cases."""

import os
from dataclasses import replace

from authority import Authority
from case import DIRECTIONS, case, register
from cases.certificates import believe, equip, place, site_of
from cases.remote_access import client, come_up, server
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site
from wait import Failed

MOON, SUN = "moon.strongswan.org", "sun.strongswan.org"
CAROL = "carol@strongswan.org"
NETS = ("10.1.0.0/16", "10.2.0.0/16")
NETS6 = ("fec1::/16", "fec2::/16")
HOSTS4 = tuple(f"{HOSTS[side].outside4}/32" for side in (OURS, PEER))
HOSTS6 = tuple(f"{HOSTS[side].outside6}/128" for side in (OURS, PEER))
IKE = "aes128-sha256-ecp256"
TIMES = {"rekey_time": "10m"}


def net2net(**changes):
    child = Child("net-net", *NETS, esp="aes128gcm16-ecp256", options=TIMES)
    site = Site("gw-gw", IKE, ours_id=MOON, peer_id=SUN, children=(child,))
    return replace(site, **changes)


def host2host(hosts=HOSTS4, **options):
    child = Child("host-host", *hosts, esp="aes128-sha256-ecp256", options={**TIMES, **options})
    return net2net(name="host-host", children=(child,))


def with_child(site, **changes):
    return replace(site, children=tuple(replace(child, **changes) for child in site.children))


def scenario(name, site, prepare=None, directions=DIRECTIONS):
    """`prepare(lab, site)` gives both sides certificates and returns the site with them."""
    for suffix, by in directions.items():

        def run(lab, by=by):
            lab.up(prepare(lab, site) if prepare else site, by)

        register(f"scenario/{name}/{suffix}", run)


def certified(kind="rsa"):
    def prepare(lab, site):
        root = Authority(lab.directory, "root", kind=kind)
        certificates = {side: root.issue(side, kind=kind) for side in (OURS, PEER)}
        for side, certificate in certificates.items():
            equip(lab, side, certificate)
        believe(lab, root)
        pair = site_of(certificates)
        return replace(
            site, auth="pubkey", ours_id=pair.ours_id, peer_id=pair.peer_id, local=pair.local
        )

    return prepare


# -------------------------------------------------------------------------- ikev1: sites and hosts

scenario("ikev1/net2net-psk", net2net())
scenario("ikev1/net2net-cert", net2net(), certified())
scenario("ikev1/host2host-cert", host2host(), certified())
scenario("ikev1/host2host-transport", host2host(mode="transport"), certified())
scenario("ikev1/ecdsa-certs", net2net(proposals="aes256-sha384-ecp384"), certified("ecdsa384"))
scenario(
    "ikev1/net2net-esn", with_child(net2net(), esp="aes128gcm16-esn-ecp256"), certified()
)
scenario("ikev1/compress", with_child(net2net(), options={**TIMES, "ipcomp": "yes"}), certified())
scenario("ikev1/rw-psk-ipv4", net2net(name="rw", ours_id="", peer_id=""))
scenario(
    "ikev1/rw-psk-fqdn",
    replace(net2net(name="rw", peer_id=CAROL), peer_addr=HOSTS[PEER].outside4),
)
scenario("ikev1/rw-cert", replace(net2net(name="rw")), certified())
scenario(
    "ikev1/rw-cert-aggressive", net2net(name="rw", options={"aggressive": "yes"}), certified()
)
scenario(
    "ikev1/protoport-dual",
    net2net(
        children=(
            Child("icmp", "10.1.0.0/16[icmp]", "10.2.0.1/32[icmp]", esp="aes128-sha256"),
            Child("ssh", "10.1.0.0/16[tcp/22]", "10.2.0.1/32[tcp]", esp="aes128-sha256"),
        )
    ),
)

# -------------------------------------------------------------------------- ikev1-algs

ALGORITHMS = {
    "alg-3des-md5": ("3des-md5-modp1024", "3des-md5-modp1024"),
    "alg-camellia": ("camellia256-sha512-modp3072", "camellia192-sha1-modp3072"),
    "alg-sha256": ("aes128-sha256-x25519", "aes128-sha256-x25519"),
    "alg-sha384": ("aes192-sha384-modp3072", "aes192-sha384-modp3072"),
    "alg-sha512": ("aes256-sha512-modp4096", "aes256-sha512-modp4096"),
    "alg-ecp-high": ("aes256-sha512-ecp521", "aes256-sha512-ecp521"),
    "alg-ecp-low": ("aes128-sha256-ecp192", "aes128-sha256-ecp224"),
    "alg-modp-subgroup": ("aes128-sha256-modp2048s256", "aes128-sha256-modp1024s160"),
    "esp-alg-aes-ccm": ("aes128-sha256-modp2048", "aes128ccm12-modp2048"),
    "esp-alg-aes-ctr": ("aes128-sha256-modp2048", "aes128ctr-aesxcbc-modp2048"),
    "esp-alg-aes-gcm": ("aes256-sha512-modp2048", "aes256gcm16-modp2048"),
    "esp-alg-aes-gmac": ("aes256-sha512-modp2048", "aes256gmac-modp2048"),
    "esp-alg-aes-xcbc": ("aes128-sha256-modp2048", "aes128-aesxcbc-modp2048"),
    "esp-alg-null": ("aes128-sha1-modp2048", "null-sha256-modp2048"),
}
for name, (ike, esp) in ALGORITHMS.items():
    site = with_child(net2net(proposals=ike), esp=esp)
    scenario(f"ikev1-algs/{name}", site, directions={"by-strongswan": PEER})

# -------------------------------------------------------------------------- ike, ipv6

OUTSIDE6 = {"ours_addr": HOSTS[OURS].outside6, "peer_addr": HOSTS[PEER].outside6}
IN6 = {"ours_ts": NETS6[0], "peer_ts": NETS6[1]}
FRAGMENTS = {"fragmentation": "yes"}


def small_fragments(lab, site):
    lab.ours.daemon = {"fragment_size": "500"}
    lab.peer.extra = {"fragment_size": "500"}
    return certified()(lab, site)


scenario("ike/frags-ipv4", net2net(options=FRAGMENTS), small_fragments)
scenario("ike/frags-ipv6", net2net(options=FRAGMENTS, **OUTSIDE6), small_fragments)
scenario("ipv6/net2net-ikev1", with_child(net2net(**OUTSIDE6), **IN6), certified())
scenario("ipv6/net2net-ip4-in-ip6-ikev1", net2net(**OUTSIDE6), certified())
scenario("ipv6/net2net-ip6-in-ip4-ikev1", with_child(net2net(), **IN6), certified())
scenario("ipv6/host2host-ikev1", replace(host2host(HOSTS6), **OUTSIDE6), certified())
scenario(
    "ipv6/transport-ikev1", replace(host2host(HOSTS6, mode="transport"), **OUTSIDE6), certified()
)
scenario("ipv6/rw-psk-ikev1", with_child(net2net(ours_id="", peer_id="", **OUTSIDE6), **IN6))
scenario("ipv6/rw-ikev1", with_child(net2net(name="rw", **OUTSIDE6), **IN6), certified())


@case("scenario/ike/rw_v1-net_v2")
def beside_ikev2(lab):
    """The gateway's file has a connection for IKEv2 as well, which is left out."""
    site = net2net()
    lab.ours.extra_connections = {
        "net-net-v2": {
            "version": 2,
            "remote_addrs": "10.9.0.77",
            "proposals": "aes128gcm16-prfsha256-x25519",
            "mobike": "no",
        }
    }
    lab.up(site, PEER)
    if not any("the connection is left out" in line for line in lab.ours.log.lines()):
        raise Failed("nothing is told of the connection for IKEv2")


# -------------------------------------------------------------------------- ikev1: clients

DNS = {"dns": "10.1.0.53"}


@case("scenario/ikev1/config-payload")
def config_payload(lab):
    """Pulled, with servers of names."""
    come_up(lab, server(OURS), client())


@case("scenario/ikev1/rw-psk-ip-ranges")
def ip_ranges(lab):
    """Of the secrets by address, subnet and range the narrowest counts."""
    site = net2net(name="rw", ours_id="", peer_id="")
    ranges = {
        "ike-any": {"secret": '"of everybody"'},
        "ike-subnet": {"id": "10.9.0.0/16", "secret": '"of a subnet"'},
        "ike-address": {"id": HOSTS[PEER].outside4, "secret": f'"{site.secret}"'},
    }
    lab.up(replace(site, secrets=ranges), PEER, site)


@case("scenario/ikev1/rw-psk-aggressive")
def psk_aggressive(lab):
    lab.up(net2net(name="rw", peer_id=CAROL, options={"aggressive": "yes"}), PEER)


@case("scenario/ikev1/rw-multi-ciphers")
def multi_ciphers(lab):
    """The connection is chosen by what is proposed; the peers' addresses are unknown."""
    site = net2net(name="rw-2", peer_id=CAROL, proposals="aes256-sha384-modp3072")
    ours = replace(site, peer_addr="%any")
    lab.ours.extra_connections = {
        "rw-1": {
            "version": 1,
            "local_addrs": HOSTS[OURS].outside4,
            "remote_addrs": "%any",
            "proposals": "3des-sha1-modp2048",
            "local": {"auth": "psk", "id": MOON},
            "remote": {"auth": "psk", "id": CAROL},
        }
    }
    lab.up(ours, PEER, site)


@case("scenario/ikev1/net2net-psk-fail")
def psk_fail(lab):
    """Another key on the one side: nothing comes up, and both go on."""
    site = net2net()
    lab.start(site, PEER, replace(site, secret="another one"))
    lab.peer.initiate_in_vain("net-net")
    lab.ours.report("message does not decrypt")
    lab.ours.deny("ISAKMP SA up")


@case("scenario/ikev1/xauth-psk")
def xauth_psk(lab):
    """A user, and no address."""
    site = server(OURS, options={}, more={}, children=(Child(),))
    peers = client(options={}, children=(Child(),))
    lab.start(site, PEER, peers)
    lab.peer.initiate("net")
    lab.agree(site)
    lab.ours.report("let the user in")


@case("scenario/ipv6/rw-ip6-in-ip4-ikev1")
def ip6_in_ip4(lab):
    """The address inside is IPv6, the tunnel's ends are IPv4."""
    child = Child(ours_ts="fd01::/64", peer_ts="dynamic")
    pools = {"pools": {"inside": {"addrs": "fd03::/120"}}}
    site = net2net(name="rw", children=(child,), options={"pools": "inside"}, more=pools)
    peers = replace(site, options={"vips": "::"}, more={})
    lab.start(site, PEER, peers)
    lab.peer.initiate("net")
    lab.agree(replace(site, children=(replace(child, peer_ts="fd03::/128"),)))
    lab.ours.report("gave an address")
