# SPDX-License-Identifier: BSD-2-Clause
"""What docs/operations.md says of a peer that fails: each fault is made, and the log has the reason that the page tells."""

import os
import re

from registry import case, expect, register, same

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGES = ("README.md", "docs/operations.md", "docs/failover.md", "docs/data-plane.md", "docs/migrating-from-strongswan.md")

AGGRESSIVE = "aggressive = yes"
ACCEPTED = "i_dont_care_about_security_and_use_aggressive_mode_psk = yes"

# By name: options of the hub, options of the spoke, which begins, and what is then in whose log.
FAULTS = {
    "another_address": ({"remote": "192.0.2.1"}, {}, "hub", {"event": "refused", "reason": "no_policy"}),
    "aggressive_mode": ({}, {"connection": AGGRESSIVE}, "hub", {"event": "refused", "reason": "no_policy"}),
    "another_proposal": ({}, {"proposals": "aes256-sha1-modp2048"}, "hub", {"event": "refused", "reason": "no_proposal"}),
    "proposal_of_ours": (
        {},
        {"proposals": "aes256-sha1-modp2048"},
        "spoke",
        {"event": "ph1-down", "reason": "peer_no_proposal"},
    ),
    "another_key": ({}, {"secret": "other"}, "hub", {"event": "refused", "reason": "garbled"}),
    "another_key_in_aggressive_mode": (
        {"connection": AGGRESSIVE, "daemon": ACCEPTED},
        {"connection": AGGRESSIVE, "secret": "other"},
        "spoke",
        {"event": "ph1-down", "reason": "bad_hash"},
    ),
    "another_identity": ({}, {"local_id": "x.example.org"}, "hub", {"event": "refused", "reason": "id_refused", "remote_id": "x.example.org"}),
    "identity_of_ours": ({}, {"local_id": "x.example.org"}, "spoke", {"event": "ph1-down", "reason": "peer_invalid_id"}),
    "another_esp_proposal": ({}, {"esp": "aes256-sha1"}, "hub", {"event": "refused", "reason": "no_proposal2"}),
    "another_pfs_group": ({}, {"esp": "aes128gcm16-modp2048"}, "hub", {"event": "refused", "reason": "no_proposal2"}),
    "other_traffic": ({}, {"remote_ts": "192.168.0.0/16"}, "hub", {"event": "refused", "reason": "no_policy2"}),
    "no_answer": ({}, {"remote_port": "9"}, "spoke", {"event": "ph1-down", "reason": "timed_out"}),
}


def told(page, reason):
    return re.search(rf"^\| (`\w+`, )*`{reason}`[,` \w]* \| \S", page, re.M)


def fails(pair, hub, spoke, whose, line):
    pair.configure_hub(**hub)
    pair.configure_spoke(**spoke)
    pair.start()
    getattr(pair, whose).wait(**line)
    same(pair.hub.find(event="ph2-up"), [], "children")
    with open(os.path.join(ROOT, "docs/operations.md")) as file:
        expect(told(file.read(), line["reason"]), f"docs/operations.md does not tell of {line['reason']}")


for _name, _fault in FAULTS.items():
    register(f"symptom_{_name}", lambda pair, fault=_fault: fails(pair, *fault))


@case
def symptom_documents_name_commands_that_there_are(pair):
    """Each `ikehubctl COMMAND --OPTION` of the documents is one that ikehubctl tells of itself."""
    help_text = pair.hub.control("--help").stdout
    commands = set(re.findall(r"^  ([a-z-]+)", help_text, re.M))
    options = set(re.findall(r"(--[a-z-]+)", help_text))
    expect("list-sas" in commands and "--json" in options, help_text)
    named = 0
    for page in PAGES:
        with open(os.path.join(ROOT, page)) as file:
            text = file.read()
        for line in re.findall(r"(?:`|# |^    )ikehubctl ([^`|#\n]+)", text, re.M):
            named += 1
            words = re.sub(r"--(timeout|socket) \S+", "", line).split()
            command = next((word for word in words if not word.startswith("--")), None)
            expect(not command or command in commands, f"{page}: ikehubctl {line}")
            expect(set(word for word in words if word.startswith("--")) <= options, f"{page}: ikehubctl {line}")
    expect(named > 0, "no document names a command")
