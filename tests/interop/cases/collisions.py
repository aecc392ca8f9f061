# SPDX-License-Identifier: BSD-2-Clause
"""Both sides begin the same at once: one of both stays, and no child is lost."""

from dataclasses import replace

from case import both_directions, case
from cases.rekeying import with_child_options
from netns import OURS, PEER
from tunnel import Site
from wait import Failed, until

AT_ONCE = {"rekey_time": "3s", "rand_time": "0s", "life_time": "60s"}
REAUTH = {"rekey_time": "3s", "rand_time": "0s", "over_time": "60s"}
# Of two ISAKMP SAs one ends after twenty seconds, or after thirty where the peer has begun it.
SETTLED_SECONDS = 35


def expect_one_of_each(lab, site):
    """In the end there is one ISAKMP SA with one child, the same for both."""
    until(
        lambda: len(lab.peer.isakmp_sas()) == 1,
        SETTLED_SECONDS,
        "strongSwan keeps more than one ISAKMP SA, or none",
    )
    for side in (OURS, PEER):
        lab.side(side).wait_child_names("net", seconds=SETTLED_SECONDS)
    return lab.agree(site)


@case("collision/both-start")
def both_start(lab):
    """ikehubd calls a peer that is not there yet; when it comes, it calls too."""
    site = Site()
    lab.ours.start(site, initiate=True)
    lab.peer.start(site, initiate=True)
    lab.ours.report("ISAKMP SA of ours up")
    lab.ours.report("ISAKMP SA of the peer's up")
    expect_one_of_each(lab, site)


@both_directions("collision/both-rekey-the-child")
def both_rekey(lab, by):
    site = Site()
    first = lab.up(with_child_options(site, AT_ONCE), by)
    second = lab.agree(site, after=first)
    if second == first:
        raise Failed("the child was not rekeyed")
    lab.side(by).stop()


@both_directions("collision/both-reauthenticate")
def both_reauthenticate(lab, by):
    """The child goes on under the new ISAKMP SAs, with the SPIs that it had."""
    site = Site()
    first = lab.up(replace(site, options=REAUTH), by, site)
    mark = lab.ours.log.mark()
    if by == OURS:
        lab.ours.report("ISAKMP SA of ours up", mark)
    lab.peer.reauthenticate("site")
    lab.ours.report("ISAKMP SA of the peer's up", mark)
    if lab.agree(site) != first:
        raise Failed("the child has not stayed")


@both_directions("collision/reauthentication-and-rekeying")
def reauthenticate_and_rekey(lab, by):
    """The peer does both, one right after the other, while ours makes its ISAKMP SA anew."""
    site = Site()
    first = lab.up(replace(site, options=REAUTH), by, site)
    mark = lab.ours.log.mark()
    if by == OURS:
        lab.ours.report("ISAKMP SA of ours up", mark)
    lab.peer.reauthenticate("site")
    lab.peer.rekey("net")
    lab.agree(site, after=first)
