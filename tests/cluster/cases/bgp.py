# SPDX-License-Identifier: BSD-2-Clause
"""The files of deploy/failover/bgp: bird announces the addresses that a hub serves to a router, which is that of the peers."""

import os
import subprocess

from cases.estates import works
from estates import ESTATES, SECONDS, Network, Nodes, order
from lab import case, expect, same
from load import SECRET
from machines import EXAMPLE
from servers import DIE_WITH_PARENT
from wait import until

ANYCAST = "192.0.2.3"
ROUTER = "192.0.2.254"
HUBS = {"hub-a": "hub1", "hub-b": "hub2"}
NEXT_HOPS = {"hub-a": "192.0.2.11", "hub-b": "192.0.2.12"}
# Where peers of ikeload are, an address for each.
FLEET = "10.64.0.0/10"
FLEET_COUNT = 40
# They ask six times whether their gateway is there, longer and longer.
PATIENCE_SECONDS = 120


class Routed(Network):
    """Both hubs have all addresses on their loopback interfaces; who is sent what is told by routes."""

    def __init__(self):
        super().__init__()
        for name in ESTATES:
            for address in (*ESTATES.values(), ANYCAST):
                self._ip(self.machines[name], "address", "add", f"{address}/32", "dev", "lo")
            self._ip(self.machines[name], "route", "add", FLEET, "via", ROUTER)
        self._ip(self.machines["peers"], "address", "add", f"{ROUTER}/24", "dev", "wan")
        self._ip(self.machines["peers"], "route", "add", "local", FLEET, "dev", "lo")
        path = "/proc/sys/net/ipv4/fib_multipath_hash_policy"
        subprocess.run([*self.machines["peers"].prefix, "sh", "-c", f"echo 0 > {path}"], check=True)

    def give(self, estate, machine):
        """Routes do that."""

    def next_hops(self, address):
        """Of the router, for that address."""
        command = ["ip", "-n", self.machines["peers"].name, "route", "show", "exact", f"{address}/32"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {name for name, hop in NEXT_HOPS.items() if f"via {hop} " in f"{told} "}


class Child:
    """A program in a namespace, and where it writes to."""

    def __init__(self, lab, namespace, name, *command):
        self.name = name
        self.log = os.path.join(lab.directory, f"{name}.log")
        with open(self.log, "ab") as sink:
            self.child = subprocess.Popen(
                DIE_WITH_PARENT + namespace.prefix + list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )

    def kill(self):
        self.child.kill()
        self.child.wait()

    def tail(self):
        with open(self.log, errors="replace") as file:
            return file.read().splitlines()[-5:]


class Site(Nodes):
    """Two hubs with bird, and a router."""

    def __init__(self, lab):
        super().__init__(lab, network=Routed, takeover="auto")
        self.announcers = {}
        self._bird("peers", "router.conf")
        for hub in (self.a, self.b):
            self._bird(hub.name, f"{HUBS[hub.name]}.conf")
            self._announce(hub)

    def _install(self, name, into, **replaced):
        with open(os.path.join(EXAMPLE, "bgp", name)) as file:
            text = file.read()
        for old, new in replaced.items():
            text = text.replace(old, new)
        path = os.path.join(self.lab.directory, into)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o700)
        return path

    def _bird(self, machine, conf):
        # The estates of the test have other names.
        names = {} if machine == "peers" else {f"static {new}": f"static '{old}'" for old, new in HUBS.items()}
        path = self._install(conf, f"{machine}.bird.conf", **names)
        control = os.path.join(self.lab.directory, f"{machine}.birdctl")
        namespace = self.network.machines[machine]
        pid = os.path.join(self.lab.directory, f"{machine}.pid")
        self.lab.keep(Child(self.lab, namespace, f"{machine}.bird", "bird", "-f", "-c", path, "-s", control, "-P", pid))
        until(lambda: os.path.exists(control), SECONDS, f"bird of {machine} does not come up")

    def _announce(self, hub):
        control = os.path.join(self.lab.directory, f"{hub.name}.birdctl")
        paths = {"/usr/sbin/birdc": f"birdc -s {control}", "/usr/bin/ikehubctl": f"{hub.ctl} --socket {hub.socket}"}
        script = self._install("announce", f"{hub.name}.announce", **paths)
        namespace = self.network.machines[hub.name]
        self.announcers[hub.name] = Child(self.lab, namespace, f"{hub.name}.announce", script, *ESTATES, "anycast")
        self.lab.keep(self.announcers[hub.name])

    def leads(self, address, *hubs):
        """Routes of that address lead to these, after a while."""
        until(
            lambda: self.network.next_hops(address) == set(hubs),
            SECONDS,
            f"routes of {address} do not lead to {' and '.join(hubs) or 'nowhere'}",
        )

    def start(self):
        for hub in (self.a, self.b):
            hub.launch()
        for name, address in ESTATES.items():
            self.leads(address, name)
        for spoke in (self.spoke_a, self.spoke_b):
            spoke.start()
            spoke.wait(event="ph2-up")
        return self


@case
def address_follows_its_estate(lab):
    """Handed over and back, and taken over from a hub that was killed: the peers notice nothing."""
    site = Site(lab).start()
    order(site.a, "handover", "hub-a")
    site.leads(ESTATES["hub-a"], "hub-b")
    works(site.b, site.spoke_a)
    order(site.b, "handover", "hub-a")
    site.leads(ESTATES["hub-a"], "hub-a")
    works(site.a, site.spoke_a)
    site.b.kill()
    site.leads(ESTATES["hub-b"], "hub-a")
    works(site.a, site.spoke_b)
    works(site.a, site.spoke_a)


def fleet(site):
    """Peers at addresses of their own, which come again when they are lost."""
    command = [site.lab.loader, "--target", ANYCAST, "--psk", SECRET, "--remote-id", "hub.example.org"]
    command += ["--count", FLEET_COUNT, "--proposal", "aes128-sha256-ecp256", "--esp", "aes128gcm16-ecp256"]
    command += ["--remote-ts", "10.0.0.0/8", "--local-ts", "172.16.0.0/12+32", "--source-range", f"{FLEET}+32"]
    command += ["--hold", "--dpd", "1", "--reconnect", "--json"]
    return site.lab.keep(Child(site.lab, site.network.machines["peers"], "fleet", *command))


def peers_at(hub):
    """Addresses of the fleet that have come up there."""
    lines = hub.find(event="ph2-up")
    return {line["peer"].rsplit(":", 1)[0] for line in lines if line["peer"].startswith("10.")}


def ended_at(hub):
    return [line for line in hub.find(event="ph1-down") if line["peer"].startswith("10.")]


@case
def anycast(lab):
    """
    Equal routes share the peers out by their addresses. Those of a hub that goes begin anew at the other one, when they have
    found out; the others stay, and SAs at an estate's address go along with it.
    """
    site = Site(lab).start()
    site.leads(ANYCAST, "hub-a", "hub-b")
    fleet(site)
    until(lambda: len(peers_at(site.a) | peers_at(site.b)) == FLEET_COUNT, SECONDS, "not all peers are up")
    first, second = peers_at(site.a), peers_at(site.b)
    expect(first and second and not first & second, f"peers are not shared out: {len(first)} and {len(second)}")
    site.a.kill()
    site.leads(ANYCAST, "hub-b")
    until(lambda: peers_at(site.b) == first | second, PATIENCE_SECONDS, "not all peers are at the other hub")
    same(ended_at(site.b), [], "SAs of those that were there before")
    works(site.b, site.spoke_a)


@case
def anycast_is_withdrawn_by_drain(lab):
    site = Site(lab).start()
    site.leads(ANYCAST, "hub-a", "hub-b")
    order(site.a, "drain")
    site.leads(ANYCAST, "hub-b")
