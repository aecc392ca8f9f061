# SPDX-License-Identifier: BSD-2-Clause
"""Aggressive mode with preshared keys: algorithms, identities, children, and its refusal."""

from dataclasses import replace

from case import agreement, case
from netns import PEER
from tunnel import Child, Site

SITE = Site(options={"aggressive": "yes"})

PROPOSALS = (
    "3des-md5-modp1024",
    "aes128-sha1-modp1536",
    "aes256-sha256-modp2048",
    "aes128-sha512-ecp256",
    "aes256-sha384-ecp384",
)
for proposals in PROPOSALS:
    agreement(f"aggressive/{proposals}", replace(SITE, proposals=proposals))

IDENTITIES = {
    "fqdn": ("gate.ours.example.org", "gate.peer.example.org"),
    "key-id": ("keyid:site-one", "keyid:group"),
    "email": ("gate@ours.example.org", "gate@peer.example.org"),
}
for kind, (ours, peer) in IDENTITIES.items():
    agreement(f"aggressive/identity-{kind}", replace(SITE, ours_id=ours, peer_id=peer))

agreement(
    "aggressive/two-children-with-pfs",
    replace(
        SITE,
        children=(
            Child(esp="aes128-sha256-modp2048"),
            Child(name="more", ours_ts="10.1.7.0/24", peer_ts="10.2.7.0/24"),
        ),
    ),
)


@case("aggressive/not-accepted")
def not_accepted(lab):
    """Whose connection does not say so is not answered in this mode."""
    initiator, responder = lab.attempt(SITE, Site(), PEER)
    responder.report("sent NO-PROPOSAL-CHOSEN")
    initiator.report("received NO-PROPOSAL-CHOSEN")
    responder.deny("ISAKMP SA up")


@case("aggressive/wrong-secret")
def wrong_secret(lab):
    """strongSwan finds out by our HASH_R, before it has proven anything itself."""
    initiator, responder = lab.attempt(replace(SITE, secret="not the shared secret"), SITE, PEER)
    responder.deny("ISAKMP SA up")
    initiator.deny("ISAKMP SA up")
