# SPDX-License-Identifier: BSD-2-Clause
"""Algorithms and groups: of the ISAKMP SA, of ESP, with and without PFS."""

from functools import partial

from case import agreement, both_directions
from tunnel import Child, Site

# ISAKMP proposal and ESP proposal (with a group: PFS) of one case each.
PAIRS = (
    ("aes128-sha1-modp1024", "aes128-sha1"),
    ("aes256-sha1-modp1536", "aes256-sha1-modp1536"),
    ("aes128-sha256-modp2048", "aes128-sha256-modp2048"),
    ("aes192-sha256-modp2048", "aes192-sha384"),
    ("aes256-sha256-modp3072", "aes256-sha256-modp2048"),
    ("aes256-sha512-modp4096", "aes256-sha512-ecp256"),
    ("aes256-sha512-modp6144", "aes128gcm16"),
    ("aes256-sha512-modp8192", "aes256gcm16"),
    ("3des-md5-modp1024", "3des-md5-modp1024"),
    ("3des-sha1-modp768", "3des-sha1-modp768"),
    ("aes128-sha256-ecp256", "aes128gcm16-ecp256"),
    ("aes256-sha384-ecp384", "aes256gcm16-ecp521"),
    ("aes256-sha512-ecp521", "null-sha256-modp3072"),
    ("aes192-md5-modp2048", "null-md5"),
    ("aes256-md5-modp1536", "aes192gcm16-ecp384"),
    ("camellia128-sha1-modp1024s160", "camellia128-sha1-modp1024s160"),
    ("camellia192-sha256-modp2048s224", "camellia192-sha256-modp2048s224"),
    ("camellia256-sha512-modp2048s256", "camellia256-sha512-modp2048s256"),
    ("des-md5-modp768", "des-md5-modp768"),
    ("aes128-sha1-ecp192", "aes128ctr-sha1-ecp192"),
    ("aes192-sha256-ecp224", "aes192ctr-sha256-ecp224"),
    ("aes128-sha256-ecp224bp", "aes256ctr-aesxcbc-ecp224bp"),
    ("aes128-sha256-ecp256bp", "aes128ccm8-ecp256bp"),
    ("aes256-sha384-ecp384bp", "aes192ccm12-ecp384bp"),
    ("aes256-sha512-ecp512bp", "aes256ccm16-ecp512bp"),
    ("aes128-sha256-curve25519", "aes128gcm16-curve25519"),
    ("aes256-sha512-curve448", "aes256gcm16-curve448"),
    ("aes128-sha256-modp2048", "aes128gcm8"),
    ("aes192-sha256-modp2048", "aes256gcm12"),
    ("aes256-sha256-modp2048", "aes128gmac"),
    ("aes256-sha1-modp2048", "aes256gmac-esn"),
    ("aes128-sha1-modp2048", "aes128-aesxcbc-esn"),
)

# AH proposals of one case each.
AH = ("md5", "sha1-modp2048", "sha256", "sha384", "sha512-esn", "aesxcbc")

for isakmp, esp in PAIRS:
    agreement(f"proposal/{isakmp}/esp-{esp}", Site(proposals=isakmp, children=(Child(esp=esp),)))


# Cut short as in the drafts, which only the configuration tells.
CUT = Child(esp="aes128-sha256", options={"sha256_96": "yes"})
agreement("proposal/esp-aes128-sha256-cut-to-96-bits", Site(children=(CUT,)))


def without_nat_traversal(lab, by, site):
    """strongSwan's ESP in user space makes believe that there is a NAT, which AH does not pass."""
    lab.ours.daemon = {"port_nat_t": "0"}
    lab.up(site, by)


for ah in AH:
    both_directions(f"proposal/ah-{ah}")(
        partial(
            without_nat_traversal,
            site=Site(children=(Child(esp="", options={"ah_proposals": ah}),)),
        )
    )

MANY_ISAKMP = "aes256-sha512-modp4096, 3des-sha1-modp1024, aes128-sha256-ecp256"
MANY_ESP = "aes256gcm16, 3des-md5, null-sha1, aes192-sha384, aes128-sha256"


@both_directions("proposal/last-isakmp-is-common")
def last_isakmp(lab, by):
    """Whoever initiates offers all; the other side knows only the last."""
    many, one = Site(proposals=MANY_ISAKMP), Site(proposals="aes128-sha256-ecp256")
    lab.offer(many, one, by)


@both_directions("proposal/last-esp-is-common")
def last_esp(lab, by):
    many = Site(children=(Child(esp=MANY_ESP),))
    one = Site(children=(Child(esp="aes128-sha256"),))
    lab.offer(many, one, by)


@both_directions("proposal/responder-knows-more")
def responder_knows_more(lab, by):
    """One proposal offered to a side that has it last in its own list."""
    many = Site(proposals=MANY_ISAKMP, children=(Child(esp=MANY_ESP),))
    one = Site(proposals="aes128-sha256-ecp256", children=(Child(esp="aes128-sha256"),))
    lab.offer(one, many, by)
