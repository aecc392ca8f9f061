# SPDX-License-Identifier: BSD-2-Clause
"""A child is replaced by a new one before its life ends."""

from dataclasses import replace

from case import both_directions
from netns import OURS, PEER
from tunnel import Child, Site

SOON = {"rekey_time": "2s", "rand_time": "0s", "life_time": "20s"}


def with_child_options(site, options):
    return replace(site, children=tuple(replace(child, options=options) for child in site.children))


@both_directions("rekey/asked-for-by-strongswan")
def by_strongswan(lab, by):
    site = Site()
    first = lab.up(site, by)
    lab.peer.rekey("net")
    lab.agree(site, after=first)


@both_directions("rekey/asked-for-by-strongswan-with-pfs")
def by_strongswan_with_pfs(lab, by):
    site = Site(children=(Child(esp="aes256-sha256-ecp256"),))
    first = lab.up(site, by)
    lab.peer.rekey("net")
    lab.agree(site, after=first)


@both_directions("rekey/rekey-time-of-ikehubd")
def by_ikehubd(lab, by):
    site = Site()
    first = lab.up(with_child_options(site, SOON), by, site)
    lab.agree(site, after=first)


@both_directions("rekey/rekey-time-of-strongswan")
def by_strongswan_timer(lab, by):
    site = Site()
    first = lab.up(site, by, with_child_options(site, SOON))
    lab.agree(site, after=first)


@both_directions("rekey/unused-child-expires")
def expires(lab, by):
    """A child that nobody rekeys is gone on both sides when its life ends."""
    site = with_child_options(Site(), {"life_time": "3s", "rekey_time": "0s"})
    lab.up(site, by)
    for side in (OURS, PEER):
        lab.side(side).wait_child_names()
