# SPDX-License-Identifier: BSD-2-Clause
"""IPComp: offered and accepted, by one side only, through a NAT, and rekeyed.

Of bundles strongSwan knows ESP with IPComp only: it passes AH and ESP in one proposal over.
"""

from dataclasses import replace

from case import both_directions
from netns import HOSTS, OURS, PEER
from tunnel import Child, Site
from wait import Failed

COMPRESS = {"ipcomp": "yes"}
HOSTS_CHILD = Child(
    ours_ts=f"{HOSTS[OURS].outside4}/32", peer_ts=f"{HOSTS[PEER].outside4}/32"
)
PLAIN = Site(children=(Child(esp="aes128-sha256,aes256-sha1"),))


def compressed(site, **options):
    return replace(
        site,
        children=tuple(replace(c, options=c.options | COMPRESS | options) for c in site.children),
    )


def expect(agreed, compression):
    for name, (ours, _) in agreed.items():
        if bool(ours.cpi_in) != compression:
            wanted = "compression" if compression else "no compression"
            raise Failed(f"child {name}: {ours}, expected {wanted}")


for name, site in (
    ("esp", compressed(PLAIN)),
    ("pfs", compressed(Site(children=(Child(esp="aes128gcm16-ecp256"),)))),
    ("mode-transport", compressed(Site(children=(HOSTS_CHILD,)), mode="transport")),
    ("udp", replace(compressed(PLAIN), options={"encap": "yes"})),
):

    @both_directions(f"compression/{name}")
    def both_compress(lab, by, site=site):
        expect(lab.up(site, by), True)


@both_directions("compression/only-of-initiator")
def only_of_initiator(lab, by):
    expect(lab.offer(compressed(PLAIN), PLAIN, by), False)


@both_directions("compression/only-of-responder")
def only_of_responder(lab, by):
    expect(lab.offer(PLAIN, compressed(PLAIN), by), False)


@both_directions("compression/second-algorithm")
def second_algorithm(lab, by):
    wanted = Site(children=(Child(esp="aes256-sha1"),))
    expect(lab.offer(compressed(PLAIN), compressed(wanted), by), True)


@both_directions("compression/rekey")
def rekey(lab, by):
    site = compressed(PLAIN)
    first = lab.up(site, by)
    lab.peer.rekey("net")
    expect(lab.agree(site, after=first), True)
