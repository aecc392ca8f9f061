# SPDX-License-Identifier: BSD-2-Clause
"""Identities of phase 1 other than the outside IPv4 address."""

from case import agreement
from netns import HOSTS, OURS, PEER
from tunnel import Site

IDENTITIES = {
    "fqdn": ("gate.ours.example.org", "gate.peer.example.org"),
    "email": ("gate@ours.example.org", "gate@peer.example.org"),
    "key-id": ("keyid:site-one", "keyid:site-two"),
    "ipv4-address": (HOSTS[OURS].inside4, HOSTS[PEER].inside4),
    "ipv6-address": (HOSTS[OURS].inside6, HOSTS[PEER].inside6),
    "mixed": ("keyid:site-one", "gate@peer.example.org"),
}

for kind, (ours, peer) in IDENTITIES.items():
    agreement(f"identity/{kind}", Site(ours_id=ours, peer_id=peer))
