# SPDX-License-Identifier: BSD-2-Clause
"""Real redis-server and redis-sentinel processes on loopback, each in a directory of its own."""

import os
import re
import signal
import socket
import subprocess

from resp import Client, Refused
from wait import until

HOST = "127.0.0.1"
START_SECONDS = 15
# A server dies with this program even when that is killed outright.
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "redis.md")


def documented_rules():
    """What the lines `ACL SETUSER` of the document say behind the password: of servers, of Sentinels."""
    with open(DOCUMENT) as file:
        return re.findall(r"^    ACL SETUSER ikehub on >PASSWORD (.*)$", file.read(), re.MULTILINE)


RULES, SENTINEL_RULES = documented_rules()


def free_port(host=HOST):
    """A TCP port that nobody has at the moment."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class Process:
    """One server: `command` in front of what start() adds."""

    def __init__(self, directory, name):
        self.name = name
        self.directory = os.path.join(directory, name)
        os.makedirs(self.directory)
        self.log = os.path.join(self.directory, "log")
        self.port = free_port()
        self._child = None

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def run(self, command):
        with open(self.log, "ab") as sink:
            self._child = subprocess.Popen(
                DIE_WITH_PARENT + command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        until(self._answers, START_SECONDS, f"{self.name} does not answer")

    def _answers(self):
        try:
            return self("PING") == "PONG"
        except Refused as refused:
            return not str(refused).startswith("LOADING")  # it may want a password
        except OSError:
            return False

    def __call__(self, *words):
        with Client((HOST, self.port)) as client:
            return client(*words)

    def pause(self):
        self._child.send_signal(signal.SIGSTOP)

    def resume(self):
        self._child.send_signal(signal.SIGCONT)

    def kill(self):
        if self._child:
            self._child.kill()
            self._child.wait()
            self._child = None

    def tail(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, errors="replace") as file:
            return file.read().splitlines()[-12:]


class Server(Process):
    """redis-server that keeps nothing on disk unless told otherwise."""

    def start(self, *options):
        self.run(
            ["redis-server", "--port", str(self.port), "--bind", HOST, "--save", "", "--appendonly", "no"]
            + ["--dir", self.directory, "--repl-diskless-sync-delay", "0", *map(str, options)]
        )
        return self

    def start_node(self):
        """A node of a cluster."""
        bus = free_port()
        return self.start(
            *("--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-node-timeout", 1000),
            *("--cluster-replica-validity-factor", 0),
        )

    def records(self, key):
        """The records of a partition, without the fence."""
        return {name: data for name, data in self.hash(key).items() if name != b"fence"}

    def hash(self, key):
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))


class Sentinel(Process):
    def start(self, primary, quorum, *lines):
        conf = os.path.join(self.directory, "sentinel.conf")
        text = [
            f"port {self.port}",
            f"bind {HOST}",
            f"dir {self.directory}",
            f"sentinel monitor ike {HOST} {primary.port} {quorum}",
            "sentinel down-after-milliseconds ike 500",
            "sentinel failover-timeout ike 3000",
            *lines,
        ]
        with open(conf, "w") as file:
            file.write("\n".join(text) + "\n")
        self.run(["redis-sentinel", conf])
        return self
