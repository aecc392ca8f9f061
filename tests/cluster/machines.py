# SPDX-License-Identifier: BSD-2-Clause
"""Three machines on one network, as namespaces, with the Redis servers and Sentinels of deploy/failover."""

import os
import subprocess

from driver import Driver
from netns import Namespace, ip
from servers import DIE_WITH_PARENT
from wait import until

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "deploy", "failover")
ADDRESSES = {"hub1": "192.0.2.11", "hub2": "192.0.2.12", "witness": "192.0.2.13"}
# As in the files of the example.
USERS = {"ikehub": "change-me-ikehub", "sentinel": "change-me-sentinel"}
SECONDS = 60


class Network:
    """A bridge in a namespace of its own, to which each host of `addresses` is connected."""

    def __init__(self, addresses):
        self._namespaces = {}
        try:
            self._add("switch")
            ip("-n", self.switch.name, "link", "add", "bridge", "type", "bridge")
            ip("-n", self.switch.name, "link", "set", "bridge", "up")
            for host, address in addresses.items():
                self._connect(self._add(host), host, address)
        except BaseException:
            self.kill()
            raise

    def _add(self, name):
        namespace = Namespace(f"cluster-{name}-{os.getpid()}")
        self._namespaces[name] = namespace
        return namespace

    @property
    def switch(self):
        return self._namespaces["switch"]

    def __getitem__(self, host):
        return self._namespaces[host]

    def _connect(self, namespace, host, address):
        ends = ("name", "wan", "netns", namespace.name, "type", "veth")
        ip("link", "add", *ends, "peer", "name", host, "netns", self.switch.name)
        ip("-n", self.switch.name, "link", "set", host, "master", "bridge")
        ip("-n", namespace.name, "link", "set", "lo", "up")
        ip("-n", namespace.name, "address", "add", f"{address}/24", "dev", "wan")
        ip("-n", namespace.name, "link", "set", "wan", "up")
        self.cable(host, True)

    def cable(self, host, plugged):
        ip("-n", self.switch.name, "link", "set", host, "up" if plugged else "down")

    def give(self, address, host, former=None):
        """The address is this host's now, and all have heard of it."""
        if former:
            ip("-n", self[former].name, "address", "del", f"{address}/32", "dev", "wan")
        ip("-n", self[host].name, "address", "add", f"{address}/32", "dev", "wan")
        for namespace in self._namespaces.values():
            ip("-n", namespace.name, "neighbour", "flush", "all")

    def has(self, address, host):
        command = ["ip", "-n", self[host].name, "-o", "address", "show", "dev", "wan", "to", f"{address}/32"]
        return bool(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def kill(self):
        for namespace in self._namespaces.values():
            namespace.remove()


class Machine:
    """`host` of the example: a Redis server and a Sentinel."""

    def __init__(self, network, directory, host):
        self.host = host
        self.namespace = network[host]
        self.directory = os.path.join(directory, host)
        os.makedirs(os.path.join(self.directory, "data"))
        self._children = []
        for name in ("redis.conf", "users.acl", f"{host}.conf", f"{host}-sentinel.conf"):
            self._install(name)

    def _install(self, name):
        with open(os.path.join(EXAMPLE, "redis", name)) as file:
            text = file.read()
        text = text.replace("/etc/ikehub/redis", self.directory)
        with open(os.path.join(self.directory, name), "w") as file:
            file.write(text.replace("/var/lib/redis", os.path.join(self.directory, "data")))

    def start(self):
        self._run("redis-server", f"{self.host}.conf")
        self._run("redis-sentinel", f"{self.host}-sentinel.conf")

    def _run(self, program, conf):
        command = [program, os.path.join(self.directory, conf)]
        with open(os.path.join(self.directory, f"{program}.log"), "ab") as sink:
            self._children.append(
                subprocess.Popen(DIE_WITH_PARENT + self.namespace.prefix + command, stdout=sink, stderr=sink)
            )

    def ask(self, port, *words, user="sentinel"):
        """What redis-cli prints, run on the machine itself."""
        login = ["-h", ADDRESSES[self.host], "-p", str(port), "--user", user, "--pass", USERS[user]]
        command = [*self.namespace.prefix, "redis-cli", "--no-auth-warning", *login, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS).stdout

    def sentinel(self):
        """What its Sentinel knows of the primary."""
        words = self.ask(26379, "SENTINEL", "MASTER", "ike").split("\n")
        return dict(zip(words[::2], words[1::2]))

    def kill(self):
        for child in self._children:
            child.kill()
            child.wait()
        self._children = []

    @property
    def name(self):
        return self.host

    def tail(self):
        lines = []
        for program in ("redis-server", "redis-sentinel"):
            with open(os.path.join(self.directory, f"{program}.log"), errors="replace") as file:
                lines += file.read().splitlines()[-10:]
        return lines


class Machines:
    """All three, started, with their Sentinels in agreement, and others on the same network. `lab` ends them."""

    def __init__(self, lab, others=None):
        self.lab = lab
        self.network = lab.keep(Network({**ADDRESSES, **(others or {})}))
        self._machines = {
            host: lab.keep(Machine(self.network, lab.directory, host)) for host in ADDRESSES
        }
        for machine in self._machines.values():
            machine.start()
        for machine in self._machines.values():
            until(lambda: self._agreed(machine), SECONDS, f"the Sentinel on {machine.host} is alone")

    @staticmethod
    def _agreed(machine):
        known = machine.sentinel()
        return (known.get("num-slaves"), known.get("num-other-sentinels"), known.get("flags")) == ("2", "2", "master")

    def __getitem__(self, host):
        return self._machines[host]

    def node(self, host, lease_ms=4000):
        """ikehub's part of the machine."""
        login = ["--user", "ikehub", "--password", USERS["ikehub"]]
        login += ["--sentinel-user", "ikehub", "--sentinel-password", USERS["ikehub"]]
        sentinels = [f"{address}:26379" for address in ADDRESSES.values()]
        arguments = ["--mode", "sentinel", "--master", "ike", "--lease", lease_ms, *login, *sentinels]
        prefix = self[host].namespace.prefix
        return self.lab.keep(Driver(self.lab.binary, self.lab.directory, host, arguments, prefix))
