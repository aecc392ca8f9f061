# SPDX-License-Identifier: BSD-2-Clause
"""An independent dissector agrees: tshark decrypts a capture with the keys that ikehubd logs, and
finds in every message what belongs there, and nothing malformed."""

import os
import re
import subprocess
from dataclasses import replace
from functools import partial

import logfmt
from case import both_directions, case
from cases.remote_access import client, come_up, server
from netns import OURS
from process import Process
from tunnel import Child, Site
from wait import Failed, until

READY_SECONDS = 8
DISSECT_SECONDS = 30
KEYS = logfmt.pattern(event="keys", phase="1")

MAIN, AGGRESSIVE, INFORMATIONAL, TRANSACTION, QUICK = "2", "4", "5", "6", "32"
SA, KE, ID, HASH, NONCE, DELETE, ATTRIBUTES = "1", "4", "5", "8", "10", "12", "14"
# The payloads that every exchange of a type has somewhere.
PAYLOADS = {
    MAIN: {SA, KE, ID, HASH, NONCE},
    AGGRESSIVE: {SA, KE, ID, HASH, NONCE},
    QUICK: {SA, KE, ID, HASH, NONCE},
    INFORMATIONAL: {HASH, DELETE},
    TRANSACTION: {HASH, ATTRIBUTES},
}


class Capture:
    """What passes the peer's end of the link, from start to end."""

    def __init__(self, lab):
        self.path = os.path.join(lab.directory, "ike.pcap")
        self._output = os.path.join(lab.directory, "tcpdump.out")
        command = ["tcpdump", "-U", "--immediate-mode", "-Z", "root", "-i", "wan", "-w", self.path, "udp port 500 or udp port 4500"]
        self._process = Process(lab.peer.namespace, command, self._output)
        until(self._listens, READY_SECONDS, "tcpdump does not listen")

    def _listens(self):
        with open(self._output) as file:
            return "listening on" in file.read()

    def end(self):
        self._process.terminate(READY_SECONDS)


def dissect(path, cookie, key):
    """(exchange type, payload types, malformed) of each message. Repetitions are left out: tshark
    would decrypt them with the chaining value that belongs to what followed."""
    fields = ("udp.payload", "isakmp.exchangetype", "isakmp.typepayload", "_ws.malformed")
    command = ["tshark", "-n", "-r", path, "-Y", "isakmp", "-T", "fields"]
    command += ["-o", f"uat:ikev1_decryption_table:{cookie},{key}"]
    for field in fields:
        command += ["-e", field]
    output = subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=DISSECT_SECONDS
    ).stdout
    messages = {}
    for line in output.splitlines():
        datagram, *message = line.split("\t")
        messages.setdefault(datagram, message)
    return list(messages.values())


def check(messages, expected):
    seen = {}
    for exchange, payloads, malformed in messages:
        if malformed:
            raise Failed(f"tshark calls a message of exchange type {exchange} malformed")
        seen.setdefault(exchange, set()).update(re.findall(r"\d+", payloads))
    for exchange in expected:
        missing = PAYLOADS[exchange] - seen.get(exchange, set())
        if missing:
            raise Failed(f"exchange type {exchange} lacks payloads {missing}: {messages}")


def dissected(lab, expected, come_up):
    capture = Capture(lab)
    try:
        come_up()
        keys = until(lambda: lab.ours.log.find(KEYS, 0), READY_SECONDS, "no keys are logged")
        lab.ours.stop()
        lab.peer.report("received Delete of the ISAKMP SA")
    finally:
        capture.end()
    fields = logfmt.parse(keys.string)
    check(dissect(capture.path, fields["cookie_i"], fields["cipher_key"]), expected)


def dissected_site(lab, by, site, expected):
    dissected(lab, expected, lambda: lab.up(site, by))


PFS = Site(children=(Child(esp="aes128-sha256-modp2048"),))
for name, site, exchanges in (
    ("main-mode", PFS, (MAIN, QUICK, INFORMATIONAL)),
    (
        "ipcomp",
        Site(children=(Child(esp="aes128-sha256-modp2048", options={"ipcomp": "yes"}),)),
        (MAIN, QUICK, INFORMATIONAL),
    ),
    ("main-mode-3des", replace(PFS, proposals="3des-sha1-modp1024"), (MAIN, QUICK, INFORMATIONAL)),
    ("encapsulated", replace(PFS, options={"encap": "yes"}), (MAIN, QUICK, INFORMATIONAL)),
    (
        "aggressive-mode",
        replace(PFS, options={"aggressive": "yes"}),
        (AGGRESSIVE, QUICK, INFORMATIONAL),
    ),
):
    both_directions(f"dissection/{name}")(partial(dissected_site, site=site, expected=exchanges))


@case("dissection/remote-access")
def remote_access(lab):
    expected = (MAIN, TRANSACTION, INFORMATIONAL)
    dissected(lab, expected, lambda: come_up(lab, server(OURS), client()))
