# SPDX-License-Identifier: BSD-2-Clause
"""vpnc: aggressive mode with a group's key, a user, mode config, in all its modes of NAT traversal."""

import os
from dataclasses import replace

from authority import Authority
from case import case, register
from cases.certificates import equip
from cases.remote_access import PASSWORD, USER, secrets
from netns import HOSTS, OURS
from tunnel import Child, Site
from vpnc import Vpnc, group
from wait import Failed

GROUP, SECRET = "sales", "the key of the group"
POOL = {
    "inside": {
        "addrs": "10.3.0.0/24",
        "dns": "10.1.0.53",
        "split_include": "10.1.0.0/16",
    }
}
SITE = Site(
    proposals="aes256-sha1-modp1024, aes128-sha1-modp1024, 3des-sha1-modp1024",
    peer_addr="%any",
    ours_id="gate.ours.example.org",
    peer_id=f"keyid:{GROUP}",
    secret=SECRET,
    children=(Child(ours_ts="0.0.0.0/0", peer_ts="dynamic", esp="aes256-sha1, aes128-sha1"),),
    options={"aggressive": "yes", "pools": "inside"},
    more={"pools": POOL},
    secrets=secrets(),
    rounds={"remote-user": {"auth": "xauth"}},
)
OPTIONS = group(HOSTS[OURS].outside4, GROUP, SECRET, USER, PASSWORD)


def connect(lab, site=SITE, **options):
    lab.ours.start(site)
    return Vpnc(lab.peer.namespace, lab.peer.directory, {**OPTIONS, **options})


def in_mode(lab, mode):
    with connect(lab, **{"NAT Traversal Mode": mode}) as vpnc:
        vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
        vpnc.is_told("INTERNAL_IP4_DNS=10.1.0.53")
        vpnc.is_told("CISCO_SPLIT_INC_0_ADDR=10.1.0.0")
        lab.ours.report("let the user in")
        lab.ours.wait_child_names("net")
        mark = lab.ours.log.mark()
        vpnc.leave()
        lab.ours.report("received Delete of the child", mark)
        lab.ours.wait_child_names()


for mode in ("none", "natt", "force-natt"):
    register(f"vpnc/{mode}", lambda lab, mode=mode: in_mode(lab, mode))


@case("vpnc/hybrid")
def hybrid(lab):
    """We have a certificate, which vpnc does not ask for, and vpnc proves its user alone."""
    root = Authority(lab.directory, "root")
    certificate = root.issue(OURS)
    equip(lab, OURS, certificate)
    site = replace(
        SITE,
        auth="pubkey",
        ours_id=f'"{certificate.subject}"',
        local={OURS: {"certs": os.path.basename(certificate.path)}},
        remote={OURS: {"auth": "xauth"}},
        rounds={},
        options={**SITE.options, "send_cert": "always"},
    )
    options = {"IKE Authmode": "hybrid", "CA-File": root.own.path}
    with connect(lab, site, **options) as vpnc:
        vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
        lab.ours.report("let the user in")
        lab.ours.wait_child_names("net")


@case("vpnc/wrong-password")
def wrong_password(lab):
    """It is asked again, and has nobody to ask."""
    with connect(lab, **{"Xauth password": "a guess"}) as vpnc:
        text = vpnc.ends()
        lab.ours.report("refused the user")
        lab.ours.deny("ISAKMP SA up")
        if "can't reuse password" not in text:
            raise Failed(f"vpnc says: {text}")


@case("vpnc/wrong-group-secret")
def wrong_secret(lab):
    with connect(lab, **{"IPSec secret": "another"}) as vpnc:
        vpnc.ends()
        lab.ours.deny("ISAKMP SA up")
