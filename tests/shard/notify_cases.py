# SPDX-License-Identifier: BSD-2-Clause
"""What a service manager is told of an ikehubd."""

import os
import signal
import socket

from registry import case, expect, same

TOLD_SECONDS = 15


class Manager:
    """The socket of one, and what came there."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(TOLD_SECONDS)
        self.socket.bind(self.path)

    def start(self, daemon, *arguments, **environment):
        own = {"NOTIFY_SOCKET": self.path, **environment}
        with open(daemon.log, "ab") as log:
            daemon.launch_into(log, *arguments, env={**os.environ, **own})

    def told(self):
        """The next message as a dictionary."""
        return dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())

    def expect(self, name):
        message = self.told()
        same(message.get(name), "1", f"{name} of {message}")
        return message


@case
def service_manager_is_told(pair):
    manager = Manager(os.path.dirname(pair.hub.log))
    manager.start(pair.hub, "--shards", "2")
    same(manager.expect("READY")["STATUS"], "Serving 1 connections with 2 shards", "status")
    pair.hub.send(signal.SIGHUP)
    expect(int(manager.expect("RELOADING")["MONOTONIC_USEC"]) > 0, "no time")
    manager.expect("READY")
    pair.hub.write("connections {\n")
    pair.hub.send(signal.SIGHUP)
    manager.expect("RELOADING")
    expect("not reloaded" in manager.expect("READY")["STATUS"], "a failed reload is not told")
    pair.hub.send(signal.SIGTERM)
    manager.expect("STOPPING")


@case
def watchdog_is_fed(pair):
    manager = Manager(os.path.dirname(pair.hub.log))
    manager.start(pair.hub, WATCHDOG_USEC="100000")
    manager.expect("READY")
    for _ in range(5):
        manager.expect("WATCHDOG")
