# SPDX-License-Identifier: BSD-2-Clause
"""Whether two gateways say the same of their children."""

from netns import OURS, PEER
from ts import same
from tunnel import other
from wait import Failed, until

AGREE_SECONDS = 12
KEYS_OF_OTHER_SIDE = (("keys_in", "keys_out"), ("keys_out", "keys_in"))


def agree(ours, peer, site, after=None, peer_site=None):
    """Wait until both sides have all children of `site` with SPIs that fit, then compare keys, mode
    and selectors. `after` is an earlier result whose SAs do not count any more; the peer's selectors
    are those of `peer_site`, if there is one. Returns {name of the child: (our SAs, the peer's)}."""
    sides = {OURS: ours, PEER: peer}
    agreed = {child.name: agreed_pair(sides, child.name, after) for child in site.children}
    for child, peers in zip(site.children, (peer_site or site).children):
        mine, theirs = agreed[child.name]
        check_equal_keys(mine, theirs)
        check_cpis(child, mine, theirs)
        check_mode(child, mine, theirs)
        check_selectors(child, OURS, mine)
        check_selectors(peers, PEER, theirs)
    return agreed


def agreed_pair(sides, name, after):
    before = {sa.spi_in for sa in after[name]} if after else set()
    newest = {}

    def fits():
        newest.update({side: gateway.newest_child(name) for side, gateway in sides.items()})
        ours, peer = newest[OURS], newest[PEER]
        if not ours or not peer or {ours.spi_in, peer.spi_in} & before:
            return False
        return (ours.spi_in, ours.spi_out) == (peer.spi_out, peer.spi_in)

    try:
        until(fits, AGREE_SECONDS, f"no common {'new ' if after else ''}child {name}")
    except Failed as failure:
        shown = "\n".join(f"{side}: {sa}" for side, sa in newest.items())
        raise Failed(f"{failure}\n{shown}") from None
    return newest[OURS], newest[PEER]


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
