# SPDX-License-Identifier: BSD-2-Clause
"""A host behind a NAT: a namespace of its own, whose router is the namespace of one side."""

import os
import subprocess

from netns import Namespace, ip

INSIDE, ROUTER, PREFIX = "192.168.77.2", "192.168.77.1", "24"
# Mappings that nothing uses are forgotten after so many seconds, unless a case wants otherwise.
FORGET_SECONDS = 1

RULES = """
table ip nat {{
  chain post {{
    type nat hook postrouting priority srcnat;
    oifname "wan" udp dport {{ 500, 4500 }} masquerade to :{first}-{last}
  }}
}}
"""


class Nat:
    """Puts `gateway` behind the namespace that it was in; a context manager. The router maps its
    ports to others."""

    PORTS = (20000, 29999)
    OTHER_PORTS = (30000, 39999)

    def __init__(self, gateway, forget_seconds=FORGET_SECONDS):
        self._gateway = gateway
        self._forget_seconds = forget_seconds
        self._router = gateway.namespace
        self._inside = None

    def __enter__(self):
        self._inside = Namespace(f"ike-inside-{os.getpid()}")
        try:
            self._connect()
            self._map(self.PORTS)
        except BaseException:
            self.__exit__()
            raise
        self._gateway.namespace = self._inside
        return self

    def __exit__(self, *_):
        # The daemon first: its namespace goes.
        self._gateway.crash()
        self._gateway.namespace = self._router
        self._inside.remove()
        self._run("nft", "flush", "ruleset")

    def forget(self, seconds=None):
        """From now on new mappings have other ports; old ones go when nothing has used them for
        so long, or for `seconds` after they were used once more."""
        self._forget_seconds = seconds or self._forget_seconds
        self._map(self.OTHER_PORTS)

    def _connect(self):
        inside, router = self._inside.name, self._router.name
        ip("link", "add", "lan", "netns", router, "type", "veth", "peer", "wan", "netns", inside)
        ip("-n", router, "address", "add", f"{ROUTER}/{PREFIX}", "dev", "lan")
        ip("-n", router, "link", "set", "lan", "up")
        ip("-n", inside, "link", "set", "lo", "up")
        ip("-n", inside, "address", "add", f"{INSIDE}/{PREFIX}", "dev", "wan")
        ip("-n", inside, "link", "set", "wan", "up")
        ip("-n", inside, "route", "add", "default", "via", ROUTER)
        self._set("net.ipv4.ip_forward", 1)

    def _map(self, ports):
        first, last = ports
        self._run("nft", "flush", "ruleset")
        self._run("nft", "-f", "-", text=RULES.format(first=first, last=last))
        for kind in ("udp_timeout", "udp_timeout_stream"):
            self._set(f"net.netfilter.nf_conntrack_{kind}", self._forget_seconds)

    def _set(self, name, value):
        path = "/proc/sys/" + name.replace(".", "/")
        self._run("sh", "-c", f"echo {value} > {path}")

    def _run(self, *command, text=""):
        subprocess.run([*self._router.prefix, *command], input=text, check=True, text=True)

