# SPDX-License-Identifier: BSD-2-Clause
"""What a case works in: both gateways of one case, and the checks that need both."""

import os

from netns import OURS, PEER
from tunnel import other
from ts import same
from wait import Failed, until

KEYS_OF_OTHER_SIDE = (("keys_in", "keys_out"), ("keys_out", "keys_in"))


class Lab:
    """`make(side, directory)` builds the gateway of one side; `ours` is the one under test."""

    AGREE_SECONDS = 12

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
        """Wait until both sides have all children of `site` with SPIs that fit, then compare keys,
        mode and selectors. `after` is an earlier result whose SAs do not count any more; the peer's
        selectors are those of `peer_site`, if there is one. Returns {name of the child: (our SAs,
        the peer's)}."""
        agreed = {child.name: self._agreed_pair(child.name, after) for child in site.children}
        for child, peers in zip(site.children, (peer_site or site).children):
            ours, theirs = agreed[child.name]
            check_equal_keys(ours, theirs)
            check_cpis(child, ours, theirs)
            check_mode(child, ours, theirs)
            check_selectors(child, OURS, ours)
            check_selectors(peers, PEER, theirs)
        return agreed

    def _agreed_pair(self, name, after):
        before = {sa.spi_in for sa in after[name]} if after else set()
        newest = {}

        def fits():
            newest.update({side: self.side(side).newest_child(name) for side in (OURS, PEER)})
            ours, peer = newest[OURS], newest[PEER]
            if not ours or not peer or {ours.spi_in, peer.spi_in} & before:
                return False
            return (ours.spi_in, ours.spi_out) == (peer.spi_out, peer.spi_in)

        try:
            until(fits, self.AGREE_SECONDS, f"no common {'new ' if after else ''}child {name}")
        except Failed as failure:
            shown = "\n".join(f"{side}: {sa}" for side, sa in newest.items())
            raise Failed(f"{failure}\n{shown}") from None
        return newest[OURS], newest[PEER]

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


def check_equal_keys(ours, peer):
    for mine, theirs in KEYS_OF_OTHER_SIDE:
        if not getattr(ours, mine):
            raise Failed(f"child {ours.name}: our {mine} is not logged")
        if getattr(ours, mine) != getattr(peer, theirs):
            raise Failed(
                f"child {ours.name}: our {mine} is {getattr(ours, mine)},"
                f" the peer's {theirs} {getattr(peer, theirs)}"
            )


def check_cpis(child, ours, peer):
    if (ours.cpi_in, ours.cpi_out) != (peer.cpi_out, peer.cpi_in):
        raise Failed(
            f"child {child.name}: our CPIs are {ours.cpi_in!r} and {ours.cpi_out!r},"
            f" the peer's {peer.cpi_in!r} and {peer.cpi_out!r}"
        )


def check_mode(child, ours, peer):
    mode = child.options.get("mode", "tunnel")
    if not ours.mode == peer.mode == mode:
        raise Failed(
            f"child {child.name}: our mode is {ours.mode}, the peer's {peer.mode},"
            f" configured {mode}"
        )


def check_selectors(child, side, sas):
    for what, shown, configured in (
        ("local_ts", sas.local_ts, child.ts(side)),
        ("remote_ts", sas.remote_ts, child.ts(other(side))),
    ):
        if not same(shown, configured):
            raise Failed(
                f"child {child.name} of {side}: {what} is {shown}, configured {configured}"
            )
