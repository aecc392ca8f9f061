# SPDX-License-Identifier: BSD-2-Clause
"""What a case works in: both gateways of one case, and the checks that need both."""

import os

from agreement import agree
from netns import OURS, PEER
from tunnel import other
from wait import Failed


class Lab:
    """`make(side, directory)` builds the gateway of one side; `ours` is the one under test."""

    def __init__(self, directory, make):
        self.directory = directory
        self.ours = self._build(make, OURS)
        self.peer = self._build(make, PEER)

    def _build(self, make, side):
        directory = os.path.join(self.directory, side)
        os.makedirs(directory)
        return make(side, directory)

    def side(self, name):
        return self.ours if name == OURS else self.peer

    def start(self, site, by, peer_site=None):
        """Start both gateways, the one that initiates (`by`) second. Ours initiates as it starts;
        the peer waits for its initiate()."""
        sites = {OURS: site, PEER: peer_site or site}
        answering = other(by)
        self.side(answering).start(sites[answering])
        self.side(by).start(sites[by], initiate=by == OURS)

    def up(self, site, by, peer_site=None):
        """Bring up all children of `site`; returns what agree() returns."""
        self.start(site, by, peer_site)
        self.initiate(peer_site or site, by)
        return self.agree(site)

    def initiate(self, site, by):
        """What start() leaves to the peer."""
        for child in site.children if by == PEER else ():
            self.peer.initiate(child.name)

    def offer(self, offered, accepted, by):
        """up() with `offered` as the initiator's site and `accepted` as the responder's."""
        ours, peer = (offered, accepted) if by == OURS else (accepted, offered)
        return self.up(ours, by, peer)

    def attempt(self, offered, accepted, by):
        """Initiate what cannot come up; returns (initiator, responder)."""
        ours, peer = (offered, accepted) if by == OURS else (accepted, offered)
        self.start(ours, by, peer)
        if by == PEER:
            for child in offered.children:
                self.peer.initiate_in_vain(child.name)
        return self.side(by), self.side(other(by))

    def agree(self, site, after=None, peer_site=None):
        return agree(self.ours, self.peer, site, after, peer_site)

    def close(self):
        """End of a case that went well: ikehubd still runs, and leaves in good order."""
        if not self.ours.process:
            return
        if not self.ours.process.running:
            raise Failed(f"{self.ours.label} ended with status {self.ours.process.status}")
        self.ours.stop()

    def abandon(self):
        """End of every case, whatever happened."""
        for gateway in (self.ours, self.peer):
            gateway.crash()
