# SPDX-License-Identifier: BSD-2-Clause
"""ikehubd loads its configuration anew while a tunnel is up."""

from dataclasses import replace

from case import both_directions
from cases.rekeying import SOON, with_child_options
from tunnel import Child, Site


@both_directions("reload/both-sides-rekey")
def both_sides_rekey(lab, by):
    """Nobody notices the reload; the peer rekeys, and then ikehubd, which has another time by now."""
    site = Site()
    first = lab.up(site, by)
    lab.ours.reload(with_child_options(site, SOON))
    lab.peer.rekey("net")
    second = lab.agree(site, after=first)
    lab.agree(site, after=second)
    for gateway in (lab.ours, lab.peer):
        gateway.deny("received Delete of the ISAKMP SA")


@both_directions("reload/reauthenticated-by-strongswan")
def reauthenticated(lab, by):
    """The next ISAKMP SA is of the new configuration, takes the child over, and rekeys it."""
    site = Site()
    first = lab.up(site, by)
    mark = lab.ours.log.mark()
    lab.ours.reload(site)
    lab.peer.reauthenticate("site")
    lab.ours.report("ISAKMP SA up", mark)
    lab.peer.rekey("net")
    lab.agree(site, after=first)


@both_directions("reload/another-algorithm")
def another_algorithm(lab, by):
    """What is up stays; the child that is rekeyed has to be as both are configured by then."""
    both = Site(children=(Child(esp="aes128-sha256,aes256-sha256"),))
    only = replace(both, children=(Child(esp="aes256-sha256"),))
    first = lab.up(both, by)
    lab.ours.reload(only)
    lab.peer.rekey("net")
    lab.agree(both, after=first)
