# SPDX-License-Identifier: BSD-2-Clause
"""The files of deploy/failover on two hubs and a witness: the address and the SAs go where a daemon still is."""

import os

import logfmt
from agreement import agree
from cases.clients import Plain, goes_on, survivor
from hubs import KEY, write_keys
from lab import case, same
from machines import EXAMPLE, Machines
from nodes import CLIENT, SERVICE, Client, Node
from process import Process
from tunnel import render, swanctl_conf
from wait import until

SECONDS = 40


class Hub(Node):
    """ikehubd and keepalived on one machine, as the files of `folder` say; the connections are the case's."""

    REPORTS = {**Node.REPORTS, "waits": logfmt.pattern(event="estate-elsewhere")}

    def __init__(self, lab, network, host, folder):
        # The directory of the name is that of Redis.
        super().__init__(lab, network, f"{host}.daemon", {})
        self.host = host
        self._folder = folder
        self._network = network
        self._keepalived = None
        self._paths = {
            "/etc/ikehub": self.directory,
            "/usr/bin/ikehubctl": f"{lab.ctl} --socket {self.vici}",
            # It wants that nobody else may write to the folders on the way.
            "    enable_script_security\n": "",
        }
        write_keys(os.path.join(self.directory, "keys"), KEY)

    def _install(self, name, into):
        with open(os.path.join(EXAMPLE, self._folder, name)) as file:
            text = file.read()
        for path, here in self._paths.items():
            text = text.replace(path, here)
        path = os.path.join(self.directory, into)
        with open(path, "w") as file:
            file.write(text)
        return path

    def write_configuration(self, site, initiate):
        """What is of a test only comes with the connections."""
        own = {"socket": self.vici, "log_level": "debug", "log_keys": "yes", "store": {"node": self.host}}
        with open(os.path.join(self.directory, "connections.conf"), "w") as file:
            file.write(render({"ikehub": own}) + swanctl_conf(site, self.side, initiate))
        return self._install("ikehub.conf", "ikehub.conf")

    def keep_alive(self):
        """Start keepalived."""
        if self._folder == "both":
            os.chmod(self._install("has-estate", "has-estate"), 0o700)
        conf = self._install(f"{self.host}.conf", "keepalived.conf")
        files = [word for flag in "prc" for word in (f"-{flag}", os.path.join(self.directory, f"keepalived.{flag}"))]
        command = ["keepalived", "--vrrp", "--dont-fork", "--log-console", "--log-detail", "-f", conf, *files]
        self._keepalived = Process(self.namespace, command, os.path.join(self.directory, "keepalived.log"))

    def has_address(self):
        return self._network.has(SERVICE, self.host)

    def wait_address(self):
        until(self.has_address, SECONDS, f"{self.name} does not get the address")

    def kill(self):
        super().kill()
        keepalived, self._keepalived = self._keepalived, None
        if keepalived:
            keepalived.terminate(SECONDS)  # and with it what it has started

    def tail(self, count=12):
        with open(os.path.join(self.directory, "keepalived.log"), errors="replace") as file:
            return super().tail(count) + file.read().splitlines()[-count:]


class Site:
    """Two hubs, and a client with a tunnel to the first."""

    kind = Plain()

    def __init__(self, lab, folder):
        self.machines = Machines(lab, {"client": CLIENT})
        self.network = self.machines.network
        self.one, self.two = (lab.keep(Hub(lab, self.network, host, folder)) for host in ("hub1", "hub2"))
        same(self.one.serve(self.kind.ours), (0, 0, 0), "ISAKMP SAs, children, refused")
        self.begin_second()
        for hub in (self.one, self.two):
            hub.keep_alive()
        self.one.wait_address()
        self.client = lab.keep(Client(lab, self.network))
        self.client.start(self.kind.peers)
        self.client.initiate("net")
        self.first = agree(self.one, self.client, self.kind.agreed)
        self.identity, self.mark = self.client.identity(), self.client.log.mark()
        self.one.settled()

    def fails(self):
        """The machine of the first hub, with the primary of Redis."""
        self.network.cable("hub1", False)
        self.machines["hub1"].kill()
        self.one.kill()

    def comes_back(self):
        """Without what it had: the second hub has that."""
        self.two.settled()
        self.network.cable("hub1", True)
        self.machines["hub1"].start()
        # Before that the daemon may be told of the former primary.
        until(lambda: "slave" in self.machines["hub1"].ask(6379, "ROLE"), SECONDS, "the former primary is still one")
        self.one.launch(survivor(self.kind.ours))
        self.one.report(self.waits)
        self.one.keep_alive()

    def takes_over(self, hub, mark):
        """The SAs and the address are there; the client has noticed nothing."""
        same(hub.goes_on(mark, SECONDS), (1, 1, 0), "ISAKMP SAs, children, refused")
        hub.wait_address()
        self.client.is_answered(self.client.log.mark())
        self.client.noticed_nothing(self.mark)
        same(self.client.identity(), self.identity, "ISAKMP SAs of the client")

    def goes_on(self, hub):
        goes_on(self, self.kind, hub, self.first, self.identity, self.mark)


class Standby(Site):
    """The second hub stands by."""

    waits = "stands by"

    def __init__(self, lab):
        super().__init__(lab, "standby")

    def begin_second(self):
        self.two.stand_by(survivor(self.kind.ours))


class Both(Site):
    """The second hub serves, too, at another address."""

    waits = "waits"

    def __init__(self, lab):
        super().__init__(lab, "both")

    def begin_second(self):
        same(self.two.serve(survivor(self.kind.ours)), (0, 0, 0), "ISAKMP SAs, children, refused")


@case
def daemon_killed(lab):
    """The machine is there, and its keepalived; what it had is on the other one."""
    site = Standby(lab)
    site.one.crash()
    site.takes_over(site.two, 0)
    until(lambda: not site.one.has_address(), SECONDS, "both have the address")
    site.goes_on(site.two)


@case
def machine_fails_and_comes_back(lab):
    """The load is returned by stopping the daemon that has it."""
    site = Standby(lab)
    site.fails()
    site.takes_over(site.two, 0)
    mark = site.one.log.mark()
    site.comes_back()
    site.two.stop()
    site.takes_over(site.one, mark)
    site.goes_on(site.one)


@case
def adopted_and_handed_back(lab):
    """keepalived has the other hub adopt the estate, which is given back afterwards."""
    site = Both(lab)
    mark = site.two.log.mark()
    site.fails()
    site.takes_over(site.two, mark)
    mark = site.one.log.mark()
    site.comes_back()
    site.two.control("handover", "hub1")
    site.takes_over(site.one, mark)
    site.goes_on(site.one)
