# SPDX-License-Identifier: BSD-2-Clause
"""A peer that hears everything and answers nothing.

Run as a program it is that peer: it binds the IKE port and prints a line for each datagram.
"""

import os
import socket
import sys

from logfile import LogFile
from process import Process
from wait import until

IKE_PORT = 500


class SilentPeer:
    """The peer in `namespace`; a context manager."""

    START_SECONDS = 10

    def __init__(self, namespace, directory):
        self._log = LogFile(os.path.join(directory, "silence.log"))
        command = [sys.executable, os.path.abspath(__file__)]
        self._process = Process(namespace, command, self._log.path)

    def __enter__(self):
        until(self._log.lines, self.START_SECONDS, "the silent peer did not start")
        return self

    def __exit__(self, *_):
        self._process.kill()

    def datagrams(self):
        """How many it has heard; its first line is its greeting."""
        return len(self._log.lines()) - 1


def listen():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ike:
        ike.bind(("", IKE_PORT))
        print("listening", flush=True)
        while True:
            payload, sender = ike.recvfrom(65535)
            print(f"{len(payload)} bytes from {sender[0]}", flush=True)


if __name__ == "__main__":
    listen()
