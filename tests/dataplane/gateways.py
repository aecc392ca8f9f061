# SPDX-License-Identifier: BSD-2-Clause
"""The gateways of tests/interop, whose packets the kernel protects."""

import os
import re
import subprocess

from ikehub import IkeHub
from netns import HOSTS
from strongswan import PLUGINS, StrongSwan
from wait import until

# Emulated: everything takes some ten times as long.
SLOW = 60


class KernelHub(IkeHub):
    START_SECONDS = SLOW
    STOP_SECONDS = SLOW
    REPORT_SECONDS = SLOW

    def __init__(self, namespace, directory, side, build):
        super().__init__(namespace, directory, side, build)
        self.daemon = {"kernel": "xfrm", "shards": "2", "retransmit_timeout": "2"}

    def report(self, what, mark=0, seconds=SLOW):
        return super().report(what, mark, seconds)


class KernelSwan(StrongSwan):
    START_SECONDS = SLOW
    STOP_SECONDS = SLOW
    COMMAND_SECONDS = 30
    PLUGINS = PLUGINS.replace("kernel-libipsec ", "")
    CHILD_OPTIONS = {}

    def settings(self):
        settings = super().settings()
        settings["charon-systemd"].update({"retransmit_timeout": "3", "install_routes": "no"})
        return settings

    def report(self, what, mark=0, seconds=SLOW):
        return super().report(what, mark, seconds)


class Kernel:
    """What the kernel of a namespace has, and packets that are sent from there."""

    def __init__(self, namespace):
        self._namespace = namespace

    def run(self, *command, **options):
        return subprocess.run([*self._namespace.prefix, *command], capture_output=True, text=True, **options)

    def ip(self, *arguments):
        return self.run("ip", *arguments, check=True).stdout

    def states(self):
        """SAs as `ip -s xfrm state` shows them, each a text."""
        shown = self.ip("-s", "xfrm", "state")
        return [f"src {text}" for text in re.split(r"^src ", shown, flags=re.M)[1:]]

    def policies(self, direction=""):
        shown = self.ip("xfrm", "policy")
        found = [f"src {text}" for text in re.split(r"^src ", shown, flags=re.M)[1:]]
        return [text for text in found if f"dir {direction}" in text and "socket" not in text]

    def state(self, spi):
        """The SA with that SPI, or None."""
        return next((text for text in self.states() if f"0x{spi}" in text), None)

    def packets(self, spi):
        """What an SA has carried."""
        match = re.search(r"lifetime current:\s+\d+\(bytes\), (\d+)\(packets\)", self.state(spi) or "")
        return int(match[1]) if match else None

    def out_sequence(self, spi):
        match = re.search(r"oseq-hi (0x[0-9a-f]+), oseq (0x[0-9a-f]+)", self.state(spi) or "")
        return (int(match[1], 16) << 32) + int(match[2], 16) if match else None

    def flush(self):
        """As if it were another machine's."""
        self.ip("xfrm", "state", "flush")
        self.ip("xfrm", "policy", "flush")

    def ping(self, source, target, count=3, interval=0.2, size=56):
        """How many of so many packets were answered."""
        shown = self.run("ping", "-n", "-q", "-c", str(count), "-i", str(interval), "-W", "5", "-s", str(size),
                         "-I", source, target).stdout
        match = re.search(r"(\d+) received", shown)
        return int(match[1]) if match else 0

    def echo(self, port, address):
        """Answers datagrams to a port, with what came; a process to be killed."""
        program = (
            "import socket\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"s.bind(({address!r}, {port}))\n"
            "while True:\n"
            "    data, who = s.recvfrom(2048)\n"
            "    s.sendto(data, who)\n"
        )
        return subprocess.Popen([*self._namespace.prefix, "python3", "-c", program])

    def ask(self, port, target, own_port, source):
        """Whether an echo answers there."""
        program = (
            "import socket, sys\n"
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            f"s.bind(({source!r}, {own_port}))\n"
            "s.settimeout(2)\n"
            "for i in range(10):\n"
            f"    s.sendto(b'here', ({target!r}, {port}))\n"
            "    try:\n"
            "        sys.exit(s.recv(2048) != b'here')\n"
            "    except OSError:\n"
            "        pass\n"
            "sys.exit(1)\n"
        )
        return self.run("python3", "-c", program).returncode == 0


class Traffic:
    """Pings that go on in the background; a context manager. Then `sent` and `received` say what became of them."""

    def __init__(self, namespace, source, target, interval=0.05):
        self._output = None
        self.sent = self.received = 0
        self._command = [*namespace.prefix, "ping", "-n", "-q", "-i", str(interval), "-W", "5", "-I", source, target]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        self._process.send_signal(2)
        shown, _ = self._process.communicate(timeout=SLOW)
        match = re.search(r"(\d+) packets transmitted, (\d+) received", shown)
        if match:
            self.sent, self.received = int(match[1]), int(match[2])


def add_routes(network):
    """Each side knows where the other's inner addresses are."""
    for side, host in HOSTS.items():
        other = next(each for name, each in HOSTS.items() if name != side)
        kernel = Kernel(network[side])
        inner4, inner6 = (address.rsplit(end, 1)[0] for address, end in ((other.inside4, "."), (other.inside6, "1")))
        kernel.ip("route", "add", f"{inner4}.0/24", "via", other.outside4, "src", host.inside4)
        kernel.ip("-6", "route", "add", f"{inner6}/64", "via", other.outside6, "src", host.inside6)
        for name in ("all", "wan", "default"):
            kernel.run("sh", "-c", f"echo 0 >/proc/sys/net/ipv4/conf/{name}/rp_filter")
        kernel.run("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")


def settles(what, condition):
    """Waits for what is to come by itself."""
    return until(condition, SLOW, what)
