# SPDX-License-Identifier: BSD-2-Clause
"""Nodes that all serve, each at an address of its own, as namespaces on one network; addresses move between them."""

import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# The daemon as a process is that of the shard suite.
sys.path.append(os.path.join(HERE, "..", "shard"))

from daemon import Daemon
from netns import Namespace, ip
from servers import DIE_WITH_PARENT
from wait import Failed, until

STORE = "192.0.2.100"
# Of the machines; the addresses of the estates go from one to another.
MACHINES = {"hub-a": "192.0.2.11", "hub-b": "192.0.2.12", "peers": "192.0.2.21"}
ESTATES = {"hub-a": "192.0.2.1", "hub-b": "192.0.2.2"}
LEASE_SECONDS = 2
SECONDS = 30
KEY = "6f" * 32

HUB = """
ikehub {{
    shards = {shards}
    retransmit_timeout = 0.2
    retransmit_tries = 3
    store {{
        backend = redis
        servers = {server}
        node = {node}
        key_file = {keys}
        {store}
        estates {{
            hub-a {{
                addresses = 192.0.2.1
            }}
            hub-b {{
                addresses = 192.0.2.2
            }}
        }}
    }}
}}
connections {{
    site {{
        version = 1
        proposals = aes128-sha256-ecp256
        {connection}
        local {{
            auth = psk
            id = hub.example.org
        }}
        remote {{
            auth = psk
        }}
        children {{
            net {{
                local_ts = 10.0.0.0/8
                remote_ts = 0.0.0.0/0
                esp_proposals = aes128gcm16-ecp256
            }}
        }}
    }}
}}
secrets {{
    ike-site {{
        secret = "a shared secret"
    }}
}}
"""

SPOKE = """
ikehub {{
    shards = 1
    retransmit_timeout = 0.5
    retransmit_tries = 5
}}
connections {{
    site {{
        version = 1
        local_addrs = 192.0.2.21
        remote_addrs = {hub}
        proposals = aes128-sha256-ecp256
        local {{
            auth = psk
            id = {name}.example.org
        }}
        remote {{
            auth = psk
            id = hub.example.org
        }}
        children {{
            net {{
                local_ts = {net}
                remote_ts = 10.0.0.0/8
                esp_proposals = aes128gcm16-ecp256
                start_action = start
            }}
        }}
    }}
}}
secrets {{
    ike-site {{
        secret = "a shared secret"
    }}
}}
"""


class Process(Daemon):
    """ikehubd in a namespace."""

    def __init__(self, binaries, directory, name, namespace, ports):
        super().__init__(*binaries, directory, name, "127.0.0.1")
        self.namespace = namespace
        self.address = "0.0.0.0"
        self.port, self.port_nat_t = ports

    def command(self, *arguments):
        return DIE_WITH_PARENT + self.namespace.prefix + super().command(*arguments)


class Network:
    """A bridge, on which the store is, and what is plugged into it."""

    def __init__(self):
        self._namespaces = []
        self.switch = self._add("switch")
        self._ip(self.switch, "link", "add", "bridge", "type", "bridge")
        self._ip(self.switch, "link", "set", "bridge", "up")
        self._ip(self.switch, "link", "set", "lo", "up")
        self._ip(self.switch, "address", "add", f"{STORE}/24", "dev", "bridge")
        self.machines = {name: self._connect(name, address) for name, address in MACHINES.items()}

    def _add(self, name):
        self._namespaces.append(Namespace(f"estates-{name}-{os.getpid()}"))
        return self._namespaces[-1]

    @staticmethod
    def _ip(namespace, *arguments):
        ip("-n", namespace.name, *arguments)

    def _connect(self, name, address):
        namespace = self._add(name)
        ip("link", "add", "name", "wan", "netns", namespace.name, "type", "veth", "peer", "name", name, "netns", self.switch.name)
        self._ip(self.switch, "link", "set", name, "master", "bridge")
        self._ip(self.switch, "link", "set", name, "up")
        self._ip(namespace, "link", "set", "lo", "up")
        self._ip(namespace, "address", "add", f"{address}/24", "dev", "wan")
        self._ip(namespace, "link", "set", "wan", "up")
        return namespace

    def give(self, estate, machine):
        """The address of the estate is that machine's now, and everybody has heard of it: keepalived's part."""
        for name in self.machines:
            self.take(estate, name)
        self._ip(self.machines[machine], "address", "add", f"{ESTATES[estate]}/32", "dev", "wan")
        self._ip(self.machines["peers"], "neighbour", "flush", "dev", "wan")

    def take(self, estate, machine):
        """It has the address no more, if it had it."""
        command = ["ip", "-n", self.machines[machine].name, "address", "del", f"{ESTATES[estate]}/32", "dev", "wan"]
        subprocess.run(command, capture_output=True, check=False)

    def cable(self, machine, plugged):
        self._ip(self.switch, "link", "set", machine, "up" if plugged else "down")

    def kill(self):
        for namespace in self._namespaces:
            namespace.remove()


class Store:
    """redis-server on the bridge."""

    name = "store"

    def __init__(self, network, directory):
        self.log = os.path.join(directory, "store.log")
        command = ["redis-server", "--port", "6379", "--bind", STORE, "--save", "", "--appendonly", "no"]
        command += ["--protected-mode", "no", "--dir", directory]
        with open(self.log, "ab") as sink:
            self.child = subprocess.Popen(
                DIE_WITH_PARENT + network.switch.prefix + command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
            )
        self.network = network
        until(lambda: self("PING") == "PONG", SECONDS, "the store does not answer")

    def __call__(self, *words):
        command = [*self.network.switch.prefix, "redis-cli", "-h", STORE, *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False).stdout.strip()

    def partitions(self, estate):
        return self("KEYS", f"ikehub:{{{estate}.*").split()

    def send(self, number):
        self.child.send_signal(number)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def tail(self):
        with open(self.log, errors="replace") as file:
            return file.read().splitlines()[-5:]


class Nodes:
    """`a` and `b` serve; `spoke_a` and `spoke_b` each have a tunnel with one of them, if they are started."""

    name = "nodes"

    def __init__(self, lab, shards=(1, 2), keys=(KEY, KEY), connection="", network=Network, **store):
        shard = os.path.join(os.path.dirname(lab.binary), "..", "..", "shard")
        self.binaries = os.path.join(shard, "ikehubd"), os.path.join(shard, "ctl", "ikehubctl")
        self.lab = lab
        self.network = lab.keep(network())
        self.store = lab.keep(Store(self.network, lab.directory))
        self.options = {"lease": LEASE_SECONDS, **store}
        self.connection = connection
        self.a, self.b = (self._hub(name, count, key) for name, count, key in zip(ESTATES, shards, keys))
        self.spoke_a = self._spoke("spoke-a", "hub-a", 5000)
        self.spoke_b = self._spoke("spoke-b", "hub-b", 6000)
        self.hubs = {"hub-a": self.a, "hub-b": self.b}
        self.daemons = [self.a, self.b, self.spoke_a, self.spoke_b]
        lab.keep(self)

    def _hub(self, name, shards, keys):
        hub = Process(self.binaries, self.lab.directory, name, self.network.machines[name], (500, 4500))
        hub.keys = os.path.join(self.lab.directory, f"{name}.keys")
        self.write_keys(hub, keys)
        lines = "".join(f"{option} = {value}\n" for option, value in self.options.items())
        hub.write(
            HUB.format(
                shards=shards, server=STORE, node=name, keys=hub.keys, store=lines, connection=self.connection
            )
        )
        self.network.give(name, name)
        return hub

    @staticmethod
    def write_keys(hub, *keys):
        with open(os.open(hub.keys, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write("".join(key + "\n" for key in keys))

    def _spoke(self, name, hub, port):
        spoke = Process(self.binaries, self.lab.directory, name, self.network.machines["peers"], (port, port + 1))
        spoke.write(SPOKE.format(hub=ESTATES[hub], name=name, net=f"10.{port // 1000}.0.0/16"))
        return spoke

    def start(self):
        """Both serve, and have a tunnel each, which the store has."""
        for hub in (self.a, self.b):
            hub.launch()
        for name, hub in self.hubs.items():
            hub.wait(event="estate-served", estate=name, seconds=SECONDS)
        for spoke in (self.spoke_a, self.spoke_b):
            spoke.start()
            spoke.wait(event="ph2-up")
        for hub in (self.a, self.b):
            hub.wait(event="ph2-up")
            settled(hub)
        return self

    def records(self, estate):
        """How many there are in the store."""
        lengths = [int(self.store("HLEN", partition)) for partition in self.store.partitions(estate)]
        return sum(lengths) - len(lengths)  # each has a fence

    def kill(self):
        for daemon in self.daemons:
            daemon.kill()

    def tail(self):
        return [line for daemon in self.daemons for line in daemon.tail(8)]


def settled(hub):
    """All that was to be written is."""

    def empty():
        before = len(hub.find(event="statistics"))
        hub.send(signal.SIGUSR1)
        return "store_queue" not in hub.wait(event="statistics", count=before + 1)

    until(empty, SECONDS, f"{hub.name} has records that are not written")


def counter(hub, name):
    before = len(hub.find(event="statistics"))
    hub.send(signal.SIGUSR1)
    return int(hub.wait(event="statistics", count=before + 1).get(name, 0))


def order(hub, *words):
    """ikehubctl, which has to succeed."""
    done = hub.control(*words)
    if done.returncode:
        raise Failed(f"{hub.name} {' '.join(words)}: {done.stdout}{done.stderr}")


def served(hub, estate):
    return len(hub.find(event="estate-served", estate=estate))
