# SPDX-License-Identifier: BSD-2-Clause
"""Daemons that keep their SAs, each in a namespace, and strongSwan as their clients."""

import os
import re
import signal
import subprocess

import logfmt
import strongswan
from hubs import KEY, write_keys
from ikehub import IkeHub
from lab import expect, same
from machines import Network
from netns import OURS, PEER
from strongswan import StrongSwan
from wait import until

# Where the clients find whichever node serves.
SERVICE = "192.0.2.1"
HOSTS = {"one": "192.0.2.11", "two": "192.0.2.12", "client": "192.0.2.101"}
CLIENT = HOSTS["client"]
SECONDS = 20

# What a client's log says when more happens than that a question is repeated.
NOTICED = re.compile(
    r"initiating (Main|Aggressive) Mode|established between|giving up after|DPD check timed out"
    r"|DELETE for IKE_SA|deleting IKE_SA|TRANSACTION|assigning virtual IP"
)


class Node(IkeHub):
    """One daemon with the store of `store`, options as in ikehub.conf(5)."""

    REPORTS = {
        **IkeHub.REPORTS,
        "goes on": logfmt.pattern(event="revived"),
        "began a quick mode": logfmt.pattern(event="ph2-initiated"),
        "stands by": logfmt.pattern(event="standby"),
        "has lost its estate": logfmt.pattern(event="estate-lost"),
    }

    def __init__(self, lab, network, name, store):
        directory = os.path.join(lab.directory, name)
        os.makedirs(directory)
        super().__init__(network[name.split(".")[0]], directory, OURS, lab.build)
        self.name = name
        self.vici = os.path.join(directory, "vici")
        self._ctl = lab.ctl
        self.daemon = {"store": store, "socket": self.vici}

    def serve(self, site):
        """Start it; returns what its line says of the SAs that it goes on with."""
        mark = self.log.mark()
        self.start(site)
        return self.goes_on(mark)

    def stand_by(self, site):
        self.launch(site)
        self.report("stands by")

    def goes_on(self, mark=0, seconds=SECONDS):
        fields = logfmt.parse(self.report("goes on", mark, seconds).string)
        return tuple(int(fields[name]) for name in ("isakmp_sas", "children", "refused"))

    def settled(self):
        """All that was to be written is."""

        def empty():
            mark = self.log.mark()
            self.process.send(signal.SIGUSR1)
            line = until(lambda: self.log.find(logfmt.pattern(event="statistics"), mark), SECONDS, "no statistics")
            return "store_queue" not in line.string

        until(empty, SECONDS, f"{self.name} has records that are not written")

    def control(self, *arguments):
        """Run ikehubctl, which has to succeed."""
        command = [self._ctl, "--socket", self.vici, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        same((done.returncode, done.stderr), (0, ""), f"ikehubctl {' '.join(arguments)}")
        return done.stdout

    def kill(self):
        self.crash()

    def tail(self, count=12):
        return super().tail(count)


class Client(StrongSwan):
    """One strongSwan on the host `name` of the network."""

    def __init__(self, lab, network, name="client"):
        directory = os.path.join(lab.directory, name)
        os.makedirs(directory)
        recorder = strongswan.build_recorder(directory)
        self.vici = os.path.join(directory, "vici")
        super().__init__(network[name], directory, PEER, recorder, self.vici)
        self.name = name

    def identity(self):
        """By what its ISAKMP SAs are known."""
        return sorted((sa["uniqueid"], sa["initiator-spi"], sa["responder-spi"], sa["state"]) for sa in self.isakmp_sas())

    def is_answered(self, mark):
        """Its next question whether the peer is there is."""
        asked = re.compile(r"generating INFORMATIONAL_V1 .* N\(DPD\)")
        answered = re.compile(r"parsed INFORMATIONAL_V1 .* N\(DPD_ACK\)")
        until(lambda: self.log.find(asked, mark), SECONDS, "the client does not ask")
        until(lambda: self.log.find(answered, mark), SECONDS, "the client is not answered")

    def noticed_nothing(self, mark):
        line = self.log.find(NOTICED, mark)
        expect(not line, f"the client has noticed: {line and line.string}")

    def kill(self):
        self.crash()

    def tail(self, count=25):
        return super().tail(count)


class Estate:
    """
    Two nodes and a network; the records are in a Redis server that both reach by a UNIX socket, or with `embedded` in a
    database of `one`.
    """

    def __init__(self, lab, embedded=False, **store):
        self.network = lab.keep(Network(HOSTS))
        self.network.give(SERVICE, "one")
        if embedded:
            place = {"directory": os.path.join(lab.directory, "store")}
        else:
            self.address = os.path.join(lab.directory, "redis.sock")
            lab.server().start("--unixsocket", self.address)
            place = {"backend": "redis", "servers": self.address, "estate": "hubs", "lease": 1}
            place["key_file"] = os.path.join(lab.directory, "keys")
            write_keys(place["key_file"], KEY)
        self.one, self.two = (
            lab.keep(Node(lab, self.network, name, {**place, "node": name, **store})) for name in ("one", "two")
        )
        self.client = lab.keep(Client(lab, self.network))

    def move_address(self):
        self.network.give(SERVICE, "two", "one")
