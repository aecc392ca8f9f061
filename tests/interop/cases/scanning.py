# SPDX-License-Identifier: BSD-2-Clause
"""What a scanner learns: ike-scan from the peer's side, which sends first messages only."""

import subprocess
from dataclasses import replace

import logfmt
from case import case
from netns import HOSTS, OURS
from tunnel import Site
from wait import Failed

SCAN_SECONDS = 20
# Cipher, key length, hash, group and method by their numbers (RFC 2409 Appendix A).
FITTING = "(1=7,14=128,2=4,3=1,4=14)"
NOT_FITTING = "(1=5,2=1,3=1,4=2)"


def scan(lab, site, *options):
    """Start our side alone and scan it; returns what ike-scan prints."""
    lab.ours.start(site)
    return ask(lab, *options)


def ask(lab, *options):
    command = ["ike-scan", "-M", "--sport=0", "--retry=1", *options, HOSTS[OURS].outside4]
    return subprocess.run(
        lab.peer.namespace.prefix + command,
        check=True,
        capture_output=True,
        text=True,
        timeout=SCAN_SECONDS,
    ).stdout


def expect(output, *texts):
    for text in texts:
        if text not in output:
            raise Failed(f"ike-scan does not print {text!r}:\n{output}")


def deny(output, *texts):
    for text in texts:
        if text in output:
            raise Failed(f"ike-scan prints {text!r}:\n{output}")


@case("scan/main-mode")
def main_mode(lab):
    """One handshake, with the transform as it was offered, and nothing that tells who we are."""
    output = scan(lab, Site(), f"--trans={FITTING}")
    expect(output, "Main Mode Handshake returned", "Enc=AES", "KeyLength=128", "Hash=SHA2-256")
    expect(output, "1 returned handshake; 0 returned notify")
    deny(output, "VID=")


@case("scan/main-mode-announced")
def announced(lab):
    """We answer with the vendor IDs that the peer sent, and no others."""
    dpd = "afcad71368a1f1c96b8696fc77570100"
    output = scan(lab, Site(), f"--trans={FITTING}", f"--vendor={dpd}")
    expect(output, f"VID={dpd}")
    if output.count("VID=") != 1:
        raise Failed(f"other vendor IDs than the one that was sent:\n{output}")


@case("scan/no-proposal")
def no_proposal(lab):
    output = scan(lab, Site(), f"--trans={NOT_FITTING}")
    expect(output, "Notify message 14 (NO-PROPOSAL-CHOSEN)")
    expect(output, "0 returned handshake; 1 returned notify")


@case("scan/crowd-of-one-address")
def crowd(lab):
    """First messages of one address crowd out each other, and not the peer who comes from there."""
    site = Site()
    lab.ours.daemon = {"block_threshold": "2", "shards": "1"}  # each shard counts for itself
    lab.ours.start(site)
    for _ in range(5):
        expect(ask(lab, f"--trans={FITTING}"), "1 returned handshake")
    lab.peer.start(site)
    for child in site.children:
        lab.peer.initiate(child.name)
    lab.agree(site)
    lab.ours.stop()
    counters = logfmt.parse(lab.ours.log.lines()[-1])
    if int(counters.get("refused_crowded_address", 0)) < 3:
        raise Failed(f"the address was not crowded: {counters}")


AGGRESSIVE = ("-A", f"--trans={FITTING}", "--dhgroup=14", "--id=group", "--idtype=11")


@case("scan/aggressive-mode-off")
def aggressive_off(lab):
    """A preshared key's hash is given to nobody who was not let in by name."""
    output = scan(lab, replace(Site(), peer_id="keyid:group"), *AGGRESSIVE)
    deny(output, "Aggressive Mode Handshake returned", "Hash(")
    expect(output, "0 returned handshake")


@case("scan/aggressive-mode-on")
def aggressive_on(lab):
    site = replace(Site(), peer_id="keyid:group", options={"aggressive": "yes"})
    output = scan(lab, site, *AGGRESSIVE)
    expect(output, "Aggressive Mode Handshake returned", "KeyExchange(256 bytes)", "Hash(32 bytes)")
    expect(output, "ID(Type=ID_IPV4_ADDR, Value=10.9.0.1)")


@case("scan/aggressive-mode-of-a-stranger")
def stranger(lab):
    """An identity that no connection is for gets no hash to try passwords against."""
    site = replace(Site(), peer_id="keyid:other", options={"aggressive": "yes"})
    output = scan(lab, site, *AGGRESSIVE)
    deny(output, "Hash(")
    expect(output, "0 returned handshake")
