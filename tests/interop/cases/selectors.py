# SPDX-License-Identifier: BSD-2-Clause
"""Traffic selectors, several children under one ISAKMP SA, transport mode, IPv6."""

from dataclasses import replace

from case import agreement
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site


def site(ours_ts, peer_ts, **options):
    return Site(children=(Child(ours_ts=ours_ts, peer_ts=peer_ts, options=options),))


OURS_HOST, PEER_HOST = HOSTS[OURS], HOSTS[PEER]
SUBNET6 = ("fd01::/64", "fd02::/64")

agreement("selector/host", site("10.1.0.1/32", "10.2.0.1/32"))
agreement("selector/host-to-subnet", site("10.1.0.1/32", "10.2.0.0/16"))
agreement("selector/everything-behind-peer", site("10.1.0.0/24", "0.0.0.0/0"))
agreement("selector/ipv6-subnet", site(*SUBNET6))
agreement("selector/ipv6-host", site("fd01::1/128", "fd02::1/128"))
agreement("selector/range", site("10.1.0.10-10.1.0.99", "10.2.0.7-10.2.0.8"))
agreement("selector/ipv6-range", site("fd01::10-fd01::99", "fd02::7-fd02::8"))
agreement("selector/tcp-port-of-ours", site("10.1.0.0/24[tcp/80]", "10.2.0.0/24[tcp]"))
agreement("selector/udp-port-of-peer", site("10.1.0.0/24[udp]", "10.2.0.0/24[udp/53]"))
agreement("selector/protocol", site("10.1.0.0/24[icmp]", "10.2.0.0/24[icmp]"))

HOSTS4 = (f"{OURS_HOST.outside4}/32", f"{PEER_HOST.outside4}/32")
L2TP = tuple(f"{host}[udp/1701]" for host in HOSTS4)
agreement("selector/transport-mode", site(*HOSTS4, mode="transport"))
agreement("selector/transport-mode-l2tp", site(*L2TP, mode="transport"))

OUTSIDE6 = Site(ours_addr=OURS_HOST.outside6, peer_addr=PEER_HOST.outside6)
INSIDE6 = (Child(ours_ts=SUBNET6[0], peer_ts=SUBNET6[1]),)
agreement("outside-ipv6/ipv6-inside", replace(OUTSIDE6, children=INSIDE6))
agreement("outside-ipv6/ipv4-inside", OUTSIDE6)

agreement(
    "children/three-quick-modes",
    Site(
        children=(
            Child("lan"),
            Child("voice", "10.1.1.0/24", "10.2.1.0/24", esp="aes256gcm16-modp2048"),
            Child("lan6", *SUBNET6, esp="aes256-sha512"),
        )
    ),
)
