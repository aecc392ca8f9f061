# SPDX-License-Identifier: BSD-2-Clause
"""What does not fit ends with the right notify in both logs, and without an SA.

Whoever answers sends the notify.
"""

from dataclasses import replace
from functools import partial

from case import both_directions
from netns import OURS, PEER
from tunnel import Child, Site

SITE = Site()
# Longer than either side takes from its last message of its own to giving up.
GIVE_UP_SECONDS = 15


def child(**changes):
    return replace(SITE, children=(replace(Child(), **changes),))


def refused(lab, by, offered, accepted, notify):
    """Both logs have the notify, and no child came up; returns (initiator, responder)."""
    sides = lab.attempt(offered, accepted, by)
    initiator, responder = sides
    responder.report(f"sent {notify}")
    initiator.report(f"received {notify}")
    for gateway in sides:
        gateway.wait_child_names()
    return sides


def without_isakmp_sa(lab, by, offered, accepted, notify):
    for gateway in refused(lab, by, offered, accepted, notify):
        gateway.deny("ISAKMP SA up")


def with_isakmp_sa(lab, by, offered, accepted, notify):
    """Quick mode is refused under an ISAKMP SA that did come up."""
    for gateway in refused(lab, by, offered, accepted, notify):
        gateway.report("ISAKMP SA up")


# What the responder refuses: what the initiator offers and what the responder accepts.
ISAKMP_PROPOSALS = {
    "isakmp-cipher": (replace(SITE, proposals="aes256-sha256-modp2048"), SITE),
    "isakmp-hash": (replace(SITE, proposals="aes128-sha1-modp2048"), SITE),
    "isakmp-group": (replace(SITE, proposals="aes128-sha256-modp1536"), SITE),
}
PFS = child(esp="aes128-sha256-modp2048")
ESP_PROPOSALS = {
    "esp-cipher": (child(esp="aes256-sha256"), SITE),
    "esp-integrity": (child(esp="aes128-sha1"), SITE),
    "esp-without-required-pfs": (SITE, PFS),
    "esp-other-pfs-group": (child(esp="aes128-sha256-modp1536"), PFS),
}
SELECTORS = {
    "selector-of-ours": (child(ours_ts="10.77.0.0/24"), SITE),
    "selector-of-peer": (child(peer_ts="10.78.0.0/24"), SITE),
}

for table, check, notify in (
    (ISAKMP_PROPOSALS, without_isakmp_sa, "NO-PROPOSAL-CHOSEN"),
    (ESP_PROPOSALS, with_isakmp_sa, "NO-PROPOSAL-CHOSEN"),
    (SELECTORS, with_isakmp_sa, "INVALID-ID-INFORMATION"),
):
    for what, (offered, accepted) in table.items():
        both_directions(f"refusal/{what}")(
            partial(check, offered=offered, accepted=accepted, notify=notify)
        )


@both_directions("refusal/identity-of-initiator")
def identity(lab, by):
    """The secret is right, but no connection is for this identity."""
    identity_of = {PEER: "peer_id", OURS: "ours_id"}
    stranger = replace(SITE, **{identity_of[by]: "stranger@example.org"})
    initiator, responder = lab.attempt(stranger, SITE, by)
    responder.report("refused the identity")
    initiator.report("identity was refused")
    responder.deny("ISAKMP SA up")
    initiator.deny("ISAKMP SA up")


@both_directions("refusal/wrong-secret")
def wrong_secret(lab, by):
    """The responder cannot read the third message and says PAYLOAD-MALFORMED. The initiator cannot
    read that either when it is encrypted, and gives up."""
    initiator, responder = lab.attempt(replace(SITE, secret="not the shared secret"), SITE, by)
    responder.report("message does not decrypt")
    responder.report("sent PAYLOAD-MALFORMED")
    initiator.report("wrong secret ended the attempt", seconds=GIVE_UP_SECONDS)
    responder.deny("ISAKMP SA up")
    initiator.deny("ISAKMP SA up")
