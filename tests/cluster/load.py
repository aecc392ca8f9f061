# SPDX-License-Identifier: BSD-2-Clause
"""ikeload as the peers of a daemon: many tunnels, begun at a rate, and held."""

import json
import os
import signal
import subprocess

from lab import same
from servers import DIE_WITH_PARENT
from wait import Failed, until

SECRET = "a shared secret"
# What Pair.hub_text() is to be told for a hub whose peers are these.
HUB = {
    "resending": "",  # as it is by default
    "remote": "127.0.0.0/8",
    "remote_id": "%any",
    "local_ts": "192.168.0.0/16",
    "remote_ts": "10.0.0.0/8",
    "esp": "aes128-sha256",
}
SECONDS = 120


class Load:
    """`count` tunnels with the daemon `hub`, so many of them begun in a second."""

    def __init__(self, lab, hub, count, rate, *arguments):
        Load.number += 1
        self.name = f"ikeload{Load.number}"
        self._report = os.path.join(lab.directory, f"{self.name}.json")
        self._progress = os.path.join(lab.directory, f"{self.name}.progress")
        self.count = count
        command = [lab.loader, "--target", f"{hub.address}:{hub.port}", "--source", "127.0.0.1"]
        command += ["--psk", SECRET, "--remote-id", "hub.example.org", "--proposal", "aes128-sha256-ecp256"]
        command += ["--count", count, "--rate", rate, "--timeout", SECONDS, "--json", "--hold", *arguments]
        with open(self._report, "wb") as out, open(self._progress, "wb") as errors:
            self._child = subprocess.Popen(
                DIE_WITH_PARENT + list(map(str, command)), stdin=subprocess.DEVNULL, stdout=out, stderr=errors
            )
        lab.keep(self)

    def _told(self):
        """Its report, when all that it began is up or has failed."""
        with open(self._report) as file:
            text = file.read()
        if self._child.poll() is not None and not text:
            raise Failed(f"ikeload ended with status {self._child.returncode}")
        return json.loads(text) if text.endswith("\n") else None

    def report(self):
        return until(self._told, SECONDS + 10, "ikeload does not come to an end")

    def all_up(self):
        """No handshake has failed."""
        report = self.report()
        same((report["up"], report["failures"]), (self.count, {}), "tunnels that came up, and failures")
        return report

    def end(self):
        """Delete all, and leave."""
        self._child.send_signal(signal.SIGTERM)
        until(lambda: self._child.poll() is not None, SECONDS, "ikeload does not leave")

    def kill(self):
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()

    number = 0

    def tail(self):
        with open(self._progress, errors="replace") as file:
            return file.read().splitlines()[-5:]


def up(hub):
    """How many children its log has as having come up."""
    with open(hub.log, "rb") as file:
        return file.read().count(b" event=ph2-up ")


def wait_up(hub, count):
    until(lambda: up(hub) >= count, SECONDS, f"{hub.name} has not had {count} children")
