# SPDX-License-Identifier: BSD-2-Clause
"""Dead peer detection: both are asked, both answer, and what becomes of who does not."""

from dataclasses import replace

from case import both_directions, case
from netns import OURS, PEER
from tunnel import Child, Site

ASKS = {"dpd_delay": "1s"}
RESTART = (Child(options={"dpd_action": "restart"}),)


def goes_on(lab, what):
    """It happens, happens again, and nothing ends of it. Who is asked does not ask: a question is a
    sign of life."""
    lab.ours.report(what)
    lab.ours.report(what, lab.ours.log.mark())
    lab.ours.deny("peer is dead")
    lab.ours.wait_child_names("net")
    lab.peer.wait_child_names("net")


# req 3706-5.3-1
# req 3706-5.3-1
# req 3706-5.3-1
@both_directions("dpd/asks")
def asks(lab, by):
    lab.up(Site(options=ASKS), by, Site())
    goes_on(lab, "was answered")


# req 3706-5.2-1
# req 3706-5.2-1
# req 3706-5.2-1
@both_directions("dpd/is-asked")
def is_asked(lab, by):
    lab.up(Site(), by, Site(options=ASKS))
    goes_on(lab, "was asked")


@both_directions("dpd/dead")
def dead(lab, by):
    """The peer is gone without a word: its SAs are, too."""
    lab.up(Site(options=ASKS), by)
    lab.peer.crash()
    lab.ours.report("peer is dead", seconds=15)
    lab.ours.wait_child_names()


@case("dpd/restart")
def restart(lab):
    """The peer comes back: we begin again by ourselves."""
    site = Site(options={**ASKS, "keyingtries": "0"}, children=RESTART)
    first = lab.up(site, OURS, Site())
    lab.peer.crash()
    lab.ours.report("peer is dead", seconds=15)
    lab.peer.start(Site())
    lab.agree(site, after=first)


@case("dpd/strongswan-finds-us-dead")
def we_are_dead(lab):
    lab.up(Site(), PEER, Site(options=ASKS))
    lab.ours.crash()
    lab.peer.report("peer is dead", seconds=15)
    lab.peer.wait_child_names()
