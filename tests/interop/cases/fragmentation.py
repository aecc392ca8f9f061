# SPDX-License-Identifier: BSD-2-Clause
"""Messages in fragments: made and put together on either side."""

from dataclasses import replace
from functools import partial

from case import both_directions
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site

# The public values of the larger groups do not fit into one.
SITE = Site(
    proposals="aes256-sha256-modp4096", children=(Child(esp="aes256-sha256-modp3072"),)
)
SIZE = "400"


# What each side is told, and whether what it gets comes in parts.
CASES = {
    "both": ("yes", True, "yes", True),
    "only-strongswan-sends": ("accept", True, "yes", False),
    "only-ikehubd-sends": ("yes", False, "accept", True),
    "switched-off": ("no", False, "yes", False),
    "forced-upon-strongswan": ("force", False, "accept", True),
    "forced-by-both": ("force", True, "force", True),
    "forced-by-strongswan": ("accept", True, "force", False),
}


def check(gateway, what, expected):
    if expected:
        gateway.report(what)
    else:
        gateway.deny(what)


def fragmented(lab, by, site, ours, ours_gets, peers, peer_gets):
    lab.ours.daemon = {"fragment_size": SIZE}
    lab.peer.extra = {"fragment_size": SIZE}
    site = replace(site, options={"fragmentation": ours})
    lab.up(site, by, replace(site, options={"fragmentation": peers}))
    check(lab.ours, "put fragments together", ours_gets)
    check(lab.peer, "received a fragment", peer_gets)


for name, (ours, ours_gets, peers, peer_gets) in CASES.items():
    both_directions(f"fragmentation/{name}")(
        partial(
            fragmented,
            site=SITE,
            ours=ours,
            ours_gets=ours_gets,
            peers=peers,
            peer_gets=peer_gets,
        )
    )


@both_directions("fragmentation/over-ipv6")
def over_ipv6(lab, by):
    """The headers are longer, the parts shorter."""
    addresses = {"ours_addr": HOSTS[OURS].outside6, "peer_addr": HOSTS[PEER].outside6}
    fragmented(lab, by, replace(SITE, **addresses), "yes", True, "yes", True)
