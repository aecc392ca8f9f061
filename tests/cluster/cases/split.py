# SPDX-License-Identifier: BSD-2-Clause
"""Two nodes that both live, of which one has lost its estate: it is silent from then on, and the other goes on."""

import signal
import time

import logfmt
from agreement import agree
from cases.clients import Plain, goes_on, survivor
from follower import seconds_of
from lab import case, expect, same
from nodes import SECONDS, Estate
from wait import until

LEASE_SECONDS = 6


class Split:
    """Node one has a tunnel of strongSwan, node two stands by."""

    kind = Plain()

    def __init__(self, lab, **store):
        self.estate = Estate(lab, **store)
        self.one, self.two, self.client = self.estate.one, self.estate.two, self.estate.client
        self.one.serve(self.kind.ours)
        self.two.stand_by(survivor(self.kind.ours))
        self.client.start(self.kind.peers)
        self.client.initiate("net")
        self.first = agree(self.one, self.client, self.kind.agreed)
        self.identity, self.mark = self.client.identity(), self.client.log.mark()
        self.one.settled()

    def one_ends(self):
        """By itself, without a word to the client; returns when it has said why."""
        process = self.one.process
        until(lambda: not process.running, SECONDS, "the former owner goes on")
        same(process.status, 1, "status of the former owner")
        return seconds_of(logfmt.parse(self.one.report("has lost its estate").string))

    def two_goes_on(self):
        same(self.two.goes_on(), (1, 1, 0), "ISAKMP SAs, children, refused")
        goes_on(self.estate, self.kind, self.two, self.first, self.identity, self.mark)


@case
def lease_moved(lab):
    """By force, while its owner serves: that falls silent within the time of a lease."""
    split = Split(lab, lease=LEASE_SECONDS)
    other = lab.node(split.estate.address, name="other")
    other.claim("hubs", "force")
    moved_at = time.time()
    silent_at = split.one_ends()
    expect(silent_at - moved_at <= LEASE_SECONDS, f"the former owner served for {silent_at - moved_at:.1f} s")
    split.client.noticed_nothing(split.mark)
    other.say("release")
    other.hear("no release")
    split.estate.move_address()
    split.two_goes_on()


@case
def stopped_and_continued(lab):
    """Its lease has run out meanwhile; it finds out before it writes anything."""
    split = Split(lab)
    split.one.process.send(signal.SIGSTOP)
    split.two.goes_on()
    split.estate.move_address()
    split.one.process.send(signal.SIGCONT)
    split.one_ends()
    split.two_goes_on()
