# SPDX-License-Identifier: BSD-2-Clause
"""Deletes: one side ends a child, the ISAKMP SA or itself; the other notices."""

from case import both_directions
from tunnel import Child, Site

TWO_CHILDREN = Site(children=(Child("lan"), Child("voice", "10.1.1.0/24", "10.2.1.0/24")))


@both_directions("delete/child-by-strongswan")
def child_by_strongswan(lab, by):
    """The other child stays."""
    lab.up(TWO_CHILDREN, by)
    lab.peer.terminate(child="voice")
    lab.ours.report("received Delete of the child")
    lab.ours.wait_child_names("lan")
    lab.ours.deny("received Delete of the ISAKMP SA")


@both_directions("delete/isakmp-sa-by-strongswan")
def isakmp_by_strongswan(lab, by):
    lab.up(TWO_CHILDREN, by)
    lab.peer.terminate(ike="site")
    lab.ours.report("received Delete of the child")
    lab.ours.report("received Delete of the ISAKMP SA")
    lab.ours.wait_child_names()


@both_directions("delete/strongswan-stops")
def strongswan_stops(lab, by):
    lab.up(TWO_CHILDREN, by)
    lab.peer.stop()
    lab.ours.report("received Delete of the ISAKMP SA")


@both_directions("delete/ikehubd-stops")
def ikehubd_stops(lab, by):
    """SIGTERM: ikehubd says so to its peer and leaves within its time."""
    lab.up(TWO_CHILDREN, by)
    lab.ours.stop()
    lab.ours.report("sent Delete of the ISAKMP SA")
    lab.peer.report("received Delete of the ISAKMP SA")
    lab.peer.wait_child_names()
