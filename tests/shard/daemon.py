# SPDX-License-Identifier: BSD-2-Clause
"""One ikehubd on a loopback address, with its configuration, its ports and its log."""

import os
import signal
import socket
import subprocess
import time

import logfmt
from wait import Failed, until

START_SECONDS = 10
REPORT_SECONDS = 15
STOP_SECONDS = 2


def free_ports(address, count=2):
    """UDP ports of `address` that nobody has at the moment."""
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    try:
        for each in sockets:
            each.bind((address, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Daemon:
    """`binary` is ikehubd and `ctl` ikehubctl; `directory` takes the files."""

    def __init__(self, binary, ctl, directory, name, address):
        self.binary = binary
        self.ctl = ctl
        self.name = name
        self.address = address
        self.port, self.port_nat_t = free_ports(address)
        self.conf = os.path.join(directory, f"{name}.conf")
        self.log = os.path.join(directory, f"{name}.log")
        self.socket = os.path.join(directory, f"{name}.vici")
        self.process = None

    def write(self, text):
        with open(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)

    def command(self, *arguments):
        return [self.binary, "--config", self.conf, *arguments]

    def run(self, *arguments):
        """Run it to its end; for what is not to be served."""
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=START_SECONDS)

    def listen(self, *arguments):
        """The command line of a daemon that serves."""
        ports = ["--port", str(self.port), "--port-nat-t", str(self.port_nat_t)]
        return self.command("--listen", self.address, *ports, "--socket", self.socket, "--kernel", "null", *arguments)

    def launch(self, *arguments):
        """Start it without waiting until it serves."""
        with open(self.log, "ab") as sink:
            self.launch_into(sink, *arguments)

    def launch_into(self, stderr, *arguments, **options):
        """The same with another standard error, and options of Popen."""
        self.process = subprocess.Popen(
            self.listen(*arguments), stdin=subprocess.DEVNULL, stderr=stderr, **options
        )

    def start(self, *arguments):
        starts = len(self.find(event="ready")) if os.path.exists(self.log) else 0
        self.launch(*arguments)
        self.wait(event="ready", count=starts + 1, seconds=START_SECONDS)

    def _control(self, arguments):
        return [self.ctl, "--socket", self.socket, *arguments]

    def control(self, *arguments):
        """Run ikehubctl to its end."""
        return subprocess.run(self._control(arguments), capture_output=True, text=True, timeout=REPORT_SECONDS)

    def begin(self, *arguments):
        """Run ikehubctl, without waiting for its end."""
        return subprocess.Popen(self._control(arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lines(self):
        """The log so far; each line as a dictionary."""
        with open(self.log, errors="replace") as file:
            return [logfmt.parse(line) for line in file.read().split("\n")[:-1]]

    def find(self, **fields):
        """Lines with all these fields."""
        return [line for line in self.lines() if fields.items() <= line.items()]

    def wait(self, count=1, seconds=REPORT_SECONDS, **fields):
        """The `count`th line with these fields."""

        def found():
            lines = self.find(**fields)
            if len(lines) >= count:
                return lines[count - 1]
            if self.process.poll() is not None:
                raise Failed(f"{self.name} ended with status {self.process.returncode}")
            return None

        return until(found, seconds, f"{self.name} did not log {fields} {count} times")

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """End it in good order; returns its last line."""
        begun = time.monotonic()
        self.send(number)
        try:
            status = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self.name} did not leave within {STOP_SECONDS} s") from None
        if status:
            raise Failed(f"{self.name} left with status {status} after {time.monotonic() - begun:.1f} s")
        return self.lines()[-1]

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def tail(self, count=20):
        if not os.path.exists(self.log):
            return []
        with open(self.log, errors="replace") as file:
            return file.read().split("\n")[-count:]
