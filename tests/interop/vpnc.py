# SPDX-License-Identifier: BSD-2-Clause
"""vpnc in a namespace: a client as Cisco's were."""

import os

from logfile import LogFile
from process import Process
from wait import Failed, until

VPNC = "/usr/sbin/vpnc"
SCRIPT = "#!/bin/sh\nenv | grep -E '^(reason|INTERNAL_|CISCO_)' >>{log}\n"


def group(gateway, name, secret, user, password):
    """The options of a client of a group that has a secret, with a user."""
    return {
        "IPSec gateway": gateway,
        "IPSec ID": name,
        "IPSec secret": secret,
        "Xauth username": user,
        "Xauth password": password,
        "IKE Authmode": "psk",
        "IKE DH Group": "dh2",
        "Perfect Forward Secrecy": "nopfs",
        "Interface name": "vpn0",
    }


class Vpnc:
    """One client; a context manager. What it was told is in `told`."""

    UP_SECONDS = 15

    def __init__(self, namespace, directory, options):
        self._directory = directory
        self._namespace = namespace
        self._options = options
        self.log = LogFile(os.path.join(directory, "vpnc.log"))
        self.told = LogFile(os.path.join(directory, "vpnc.env"))
        self.process = None

    def __enter__(self):
        configuration = os.path.join(self._directory, "vpnc.conf")
        script = os.path.join(self._directory, "vpnc-script")
        with open(configuration, "w") as file:
            file.writelines(f"{name} {value}\n" for name, value in self._options.items())
            file.write(f"Script {script}\nLocal Port 0\nInterface mode tun\n")
        os.chmod(configuration, 0o600)
        with open(script, "w") as file:
            file.write(SCRIPT.format(log=self.told.path))
        os.chmod(script, 0o700)
        pid = os.path.join(self._directory, "vpnc.pid")
        command = [VPNC, "--non-inter", "--no-detach", "--debug", "1", "--pid-file", pid]
        self.process = Process(self._namespace, [*command, configuration], self.log.path)
        return self

    def __exit__(self, *_):
        self.process.kill()

    def is_told(self, what):
        """Waits until its script was told `what`, as NAME=VALUE."""
        until(lambda: what in self.told.lines(), self.UP_SECONDS, f"vpnc was not told {what}")

    def ends(self):
        """Waits until it has given up."""
        until(lambda: not self.process.running, self.UP_SECONDS, "vpnc goes on")
        return "\n".join(self.log.lines())

    def leave(self):
        status = self.process.terminate(self.UP_SECONDS)
        if status:
            raise Failed(f"vpnc left with status {status}")
