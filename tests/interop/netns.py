# SPDX-License-Identifier: BSD-2-Clause
"""Two network namespaces joined by a veth pair, with an inner subnet on each loopback."""

import os
import subprocess
from dataclasses import dataclass

OURS, PEER = "ours", "peer"


@dataclass(frozen=True)
class Host:
    """Addresses of one side: outside (on the veth) and inside (behind the gateway)."""

    outside4: str
    outside6: str
    inside4: str
    inside6: str


HOSTS = {
    OURS: Host("10.9.0.1", "fd09::1", "10.1.0.1", "fd01::1"),
    PEER: Host("10.9.0.2", "fd09::2", "10.2.0.1", "fd02::1"),
}


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


def words(options):
    return [word for option in options.items() for word in option]


class Namespace:
    """One named namespace; `prefix` is what a command line needs in front to run in it."""

    def __init__(self, name):
        self.name = name
        self.prefix = ["ip", "netns", "exec", name]
        ip("netns", "add", name)

    def configure(self, host):
        """Addresses on the veth (`wan`) and on the loopback, all usable at once."""
        ip("-n", self.name, "link", "set", "lo", "up")
        ip("-n", self.name, "address", "add", f"{host.outside4}/24", "dev", "wan")
        ip("-n", self.name, "address", "add", f"{host.outside6}/64", "dev", "wan", "nodad")
        ip("-n", self.name, "address", "add", f"{host.inside4}/24", "dev", "lo")
        ip("-n", self.name, "address", "add", f"{host.inside6}/64", "dev", "lo", "nodad")
        ip("-n", self.name, "link", "set", "wan", "up")

    def remove(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)


class Network:
    """The namespaces `ours` and `peer`; a context manager that removes both in any case."""

    def __init__(self):
        self._sides = {}

    def __enter__(self):
        try:
            for side in HOSTS:
                self._sides[side] = Namespace(f"ike-{side}-{os.getpid()}")
            ours, peer = ({"name": "wan", "netns": self[side].name} for side in (OURS, PEER))
            ip("link", "add", *words(ours), "type", "veth", "peer", *words(peer))
            for side, host in HOSTS.items():
                self[side].configure(host)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for namespace in self._sides.values():
            namespace.remove()

    def __getitem__(self, side):
        return self._sides[side]
