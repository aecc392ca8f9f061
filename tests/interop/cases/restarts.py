# SPDX-License-Identifier: BSD-2-Clause
"""Peers that fall silent or come back without a memory."""

from case import case
from netns import OURS, PEER
from silence import SilentPeer
from tunnel import Site
from wait import Failed

GIVE_UP_SECONDS = 12
# retransmit_tries of both implementations.
TRIES = 3


@case("restart/strongswan-comes-back")
def strongswan_comes_back(lab):
    """INITIAL-CONTACT of the new strongSwan ends our SAs with the old one."""
    site = Site()
    first = lab.up(site, PEER)
    lab.peer.crash()
    lab.peer.start(site)
    lab.peer.initiate("net")
    lab.agree(site, after=first)
    lab.ours.report("dropped older SA at INITIAL-CONTACT")
    lab.ours.wait_child_names("net")


@case("restart/ikehubd-comes-back")
def ikehubd_comes_back(lab):
    """Our own INITIAL-CONTACT does the same for strongSwan; `unique` makes us send it."""
    site = Site(options={"unique": "replace"})
    first = lab.up(site, OURS, Site())
    lab.ours.crash()
    lab.ours.start(site, initiate=True)
    lab.agree(site, after=first)
    lab.peer.report("dropped older SA at INITIAL-CONTACT")
    lab.peer.wait_child_names("net")


@case("silence/nobody-answers")
def nobody_answers(lab):
    """Somebody listens on the port and never answers: the first message and the configured number
    of repetitions, then a clear end."""
    with SilentPeer(lab.peer.namespace, lab.peer.directory) as peer:
        lab.ours.start(Site(), initiate=True)
        lab.ours.report("peer does not answer", seconds=GIVE_UP_SECONDS)
        heard = peer.datagrams()
        if heard != 1 + TRIES:
            raise Failed(f"the peer heard {heard} datagrams, not one and {TRIES} repetitions")
    lab.ours.wait_child_names()
