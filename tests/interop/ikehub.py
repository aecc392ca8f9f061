# SPDX-License-Identifier: BSD-2-Clause
"""ikehubd in a namespace."""

import os
import signal

import logfmt
from gateway import ChildSa, Gateway
from process import Process
from tunnel import render, swanctl_conf
from wait import Failed, until

# Every message and every refusal is logged, keys for comparing them with the peer's; few and quick
# retransmissions, so that a case with a silent peer ends soon.
DAEMON_SECTION = {
    "ikehub": {
        "log_level": "debug",
        "log_keys": "yes",
        "socket": "none",
        "kernel": "null",
        "i_dont_care_about_security_and_use_aggressive_mode_psk": "yes",
        "retransmit_timeout": "0.5",
        "retransmit_tries": "3",
    }
}

# What --crypto of run.py may be, and what the section says then. "auto" and "vector" differ in that
# the second is not content with OpenSSL.
CRYPTO = {"auto": "auto", "openssl": "openssl", "vector": "auto"}

NOTIFIES = ("NO-PROPOSAL-CHOSEN", "INVALID-ID-INFORMATION", "PAYLOAD-MALFORMED")

# The fields by which a log line is known.
REPORTS = {
    "ready": {"event": "ready"},
    "has the vector unit": {"event": "crypto", "modp": "avx512-ifma"},
    "loaded anew": {"event": "reloaded"},
    "ISAKMP SA up": {"event": "ph1-up"},
    "message does not decrypt": {"event": "refused", "reason": "garbled"},
    "peer does not answer": {"event": "ph1-down", "reason": "timed_out"},
    "wrong secret ended the attempt": {"event": "ph1-down", "reason": "timed_out"},
    "refused the identity": {"event": "notify-sent", "notify": "INVALID-ID-INFORMATION"},
    "identity was refused": {"event": "ph1-down", "reason": "peer_auth_failed"},
    "sent Delete of the ISAKMP SA": {"event": "ph1-down", "reason": "shut_down"},
    "received Delete of the ISAKMP SA": {"event": "ph1-down", "reason": "deleted"},
    "ISAKMP SA of ours up": {"event": "ph1-up", "role": "initiator"},
    "ISAKMP SA of the peer's up": {"event": "ph1-up", "role": "responder"},
    "received Delete of the child": {"event": "ph2-down", "reason": "deleted"},
    "certificate is not believed": {"event": "cert-refused"},
    "signature is wrong": {"event": "refused", "reason": "bad_signature"},
    "let the user in": {"event": "user-accepted"},
    "refused the user": {"event": "user-refused"},
    "asked the user again": {"event": "user-challenged"},
    "asked in vain": {"event": "user-unanswered"},
    "gave an address": {"event": "lease"},
    "was given an address": {"event": "vip"},
    "was given no address": {"event": "ph1-down", "reason": "no_address"},
    "began a quick mode": {"event": "ph2-initiated"},
    "had no address left": {"event": "pool-exhausted"},
    "peer is dead": {"event": "ph1-down", "reason": "dead_peer"},
    "was asked": {"event": "dpd-received", "type": "R-U-THERE"},
    "was answered": {"event": "dpd-received", "type": "R-U-THERE-ACK"},
    "put fragments together": {"event": "reassembled"},
    "sent a keepalive": {"event": "keepalive-sent"},
    "followed the peer": {"event": "ph1-moved"},
    "dropped older SA at INITIAL-CONTACT": {"event": "ph1-down", "reason": "initial_contact"},
}
for notify in NOTIFIES:
    REPORTS[f"sent {notify}"] = {"event": "notify-sent", "notify": notify}
    REPORTS[f"received {notify}"] = {"event": "notify-received", "notify": notify}


def binary(build):
    """The daemon in the build directory `build`."""
    return os.path.join(build, "shard", "ikehubd")


class IkeHub(Gateway):
    """One ikehubd; `build` is the directory that holds what CMake built, `daemon` what a case wants
    in its section ikehub besides, `extra_connections` more connections."""

    REPORTS = {what: logfmt.pattern(**fields) for what, fields in REPORTS.items()}

    label = "ikehubd"
    START_SECONDS = 10
    # How soon it has to leave after SIGTERM, Deletes included.
    STOP_SECONDS = 2

    def __init__(self, namespace, directory, side, build, crypto="auto"):
        super().__init__(namespace, directory, side, os.path.join(directory, "ikehubd.log"))
        self.build = os.path.abspath(build)
        self._binary = binary(self.build)
        self.crypto = crypto
        self.daemon = {}
        self.extra_connections = {}

    @property
    def credentials(self):
        """Where the folders of certificates and keys are."""
        return self.directory

    def write_configuration(self, site, initiate):
        configuration = os.path.join(self.directory, "ikehubd.conf")
        with open(configuration, "w") as file:
            options = DAEMON_SECTION["ikehub"] | {"crypto": CRYPTO[self.crypto]}
            section = {"ikehub": options | self.daemon}
            file.write(render(section) + swanctl_conf(site, self.side, initiate))
            file.write(render({"connections": self.extra_connections}))
        return configuration

    def reload(self, site):
        """Go on with `site` configured; what is up stays."""
        self.write_configuration(site, False)
        mark = self.log.mark()
        self.process.send(signal.SIGHUP)
        self.report("loaded anew", mark)

    def launch(self, site, initiate=False):
        """Start it without waiting until it serves."""
        self.launch_with(self.write_configuration(site, initiate))

    def launch_with(self, configuration, *arguments):
        """The same with a file that somebody else has written."""
        command = [self._binary, "--config", configuration, *arguments]
        self.process = Process(self.namespace, command, self.log.path)

    def start_with(self, configuration, *arguments):
        mark = self.log.mark()
        self.launch_with(configuration, *arguments)
        until(lambda: self.is_ready(mark), self.START_SECONDS, "ikehubd is not ready")

    def start(self, site, initiate=False):
        mark = self.log.mark()
        self.launch(site, initiate)
        until(lambda: self.is_ready(mark), self.START_SECONDS, "ikehubd is not ready")
        if self.crypto == "vector" and not self.log.find(self.REPORTS["has the vector unit"], mark):
            raise Failed("this processor has no vector unit for it")

    def is_ready(self, mark):
        if not self.process.running:
            raise Failed(f"ikehubd ended at start with status {self.process.status}")
        return self.log.find(self.REPORTS["ready"], mark)

    def child_sas(self):
        """From the log of the running daemon: children that came up and did not go down."""
        children, keys = {}, {}
        for fields in map(logfmt.parse, self.log.lines()):
            event = fields.get("event")
            if event == "ready":
                children = {}
            elif event == "keys" and fields["phase"] == "2":
                keys[fields["spi_in"]] = fields
            elif event in ("ph2-up", "ph2-resumed"):
                children[fields["spi_in"]] = child_sa(fields, keys.get(fields["spi_in"], {}))
            elif event == "ph2-down":
                children.pop(fields["spi_in"], None)
        return list(children.values())


def keying_material(keys, direction):
    """Encryption key, salt and integrity key in a row."""
    return "".join(keys.get(f"{part}_{direction}", "") for part in ("encr", "salt", "integ"))


def child_sa(fields, keys):
    """A `ph2-up` line and the `keys` line before it as a ChildSa; a `ph2-resumed` line tells less."""
    return ChildSa(
        name=fields["child"],
        spi_in=fields["spi_in"],
        spi_out=fields["spi_out"],
        mode=fields.get("mode", ""),
        keys_in=keying_material(keys, "in"),
        keys_out=keying_material(keys, "out"),
        local_ts=tuple(fields.get("local_ts", "").split(",")),
        remote_ts=tuple(fields.get("remote_ts", "").split(",")),
        cpi_in=fields.get("cpi_in", ""),
        cpi_out=fields.get("cpi_out", ""),
    )
