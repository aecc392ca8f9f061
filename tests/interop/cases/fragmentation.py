# SPDX-License-Identifier: BSD-2-Clause
"""Messages in fragments: made and put together on either side."""

from dataclasses import replace

from case import both_directions, case
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site

# The public values of the larger groups do not fit into one.
SITE = Site(
    proposals="aes256-sha256-modp4096", children=(Child(esp="aes256-sha256-modp3072"),)
)
SIZE = "400"


def small(lab):
    lab.ours.daemon = {"fragment_size": SIZE}
    lab.peer.extra = {"fragment_size": SIZE}


@both_directions("fragmentation/both")
def both(lab, by):
    small(lab)
    lab.up(replace(SITE, options={"fragmentation": "yes"}), by)
    lab.peer.report("received a fragment")
    lab.ours.report("put fragments together")


@both_directions("fragmentation/only-strongswan-sends")
def only_strongswan(lab, by):
    small(lab)
    site = replace(SITE, options={"fragmentation": "accept"})
    lab.up(site, by, replace(SITE, options={"fragmentation": "yes"}))
    lab.peer.deny("received a fragment")


@both_directions("fragmentation/only-ikehubd-sends")
def only_ikehubd(lab, by):
    small(lab)
    site = replace(SITE, options={"fragmentation": "yes"})
    lab.up(site, by, replace(SITE, options={"fragmentation": "accept"}))
    lab.peer.report("received a fragment")


@both_directions("fragmentation/switched-off")
def switched_off(lab, by):
    small(lab)
    site = replace(SITE, options={"fragmentation": "no"})
    lab.up(site, by, replace(SITE, options={"fragmentation": "yes"}))
    lab.peer.deny("received a fragment")


@case("fragmentation/forced-upon-strongswan")
def forced(lab):
    """A peer that announced nothing may still take them."""
    small(lab)
    site = replace(SITE, options={"fragmentation": "force"})
    lab.up(site, PEER, replace(SITE, options={"fragmentation": "accept"}))
    lab.peer.report("received a fragment")


@both_directions("fragmentation/forced-by-both")
def forced_by_both(lab, by):
    small(lab)
    site = replace(SITE, options={"fragmentation": "force"})
    lab.up(site, by)
    lab.peer.report("received a fragment")
    lab.ours.report("put fragments together")


@both_directions("fragmentation/forced-by-strongswan")
def forced_by_strongswan(lab, by):
    """To whom strongSwan forces them upon, it has to be somebody who takes them."""
    small(lab)
    site = replace(SITE, options={"fragmentation": "accept"})
    lab.up(site, by, replace(SITE, options={"fragmentation": "force"}))
    lab.ours.report("put fragments together")
    lab.peer.deny("received a fragment")


@both_directions("fragmentation/over-ipv6")
def over_ipv6(lab, by):
    """The headers are longer, the parts shorter."""
    small(lab)
    site = replace(
        SITE,
        ours_addr=HOSTS[OURS].outside6,
        peer_addr=HOSTS[PEER].outside6,
        options={"fragmentation": "yes"},
    )
    lab.up(site, by)
    lab.peer.report("received a fragment")
    lab.ours.report("put fragments together")
