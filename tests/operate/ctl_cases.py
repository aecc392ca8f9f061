# SPDX-License-Identifier: BSD-2-Clause
"""ikehubctl's commands that show, and those that go on until they are ended."""

import json
import os
import signal
import subprocess

from registry import case, expect, same
from vici import Client
from wait import until

HERE = os.path.dirname(os.path.abspath(__file__))
COMPLETION = os.path.join(HERE, "..", "..", "deploy", "completion", "ikehubctl.bash")

POOLS = "pools {\n    office {\n        addrs = 10.9.0.0/24\n    }\n}\n"


def output(pair, *arguments):
    done = pair.hub.control(*arguments)
    same((done.returncode, done.stderr), (0, ""), f"ikehubctl {arguments}")
    return done.stdout


def follow(pair, path, *arguments):
    """Starts one that goes on printing to a file."""
    with open(path, "wb") as sink:
        return subprocess.Popen(
            [pair.hub.ctl, "--socket", pair.hub.socket, *arguments], stdin=subprocess.DEVNULL, stdout=sink
        )


def text_of(path):
    with open(path, errors="replace") as file:
        return file.read()


def listening(pair, count):
    with Client(pair.hub.socket) as client:
        until(lambda: client.ask("stats")["ikehub"]["listening"] == str(count), 10, "nobody listens")


@case
def ctl_lists_what_is_configured(pair):
    with open(pair.hub.conf, "a") as file:
        file.write(POOLS)
    pair.hub.start()
    rows = [row.split() for row in output(pair, "list-conns").splitlines()]
    same(rows[0][0], "NAME", "headings")
    same((rows[1][0], rows[1][-2:]), ("site", ["spoke.example.org", "net"]), "connection")
    (connection,) = json.loads(output(pair, "list-conns", "--json"))
    same((connection["name"], connection["children"]["net"]["mode"]), ("site", "TUNNEL"), "connection")
    same(json.loads(output(pair, "list-conns", "--json", "--ike", "other")), [], "connections of another name")
    same(output(pair, "list-pools").splitlines()[1].split(), ["office", "10.9.0.0", "254", "0", "0"], "pool")
    same(output(pair, "list-pools", "--leases").split(), ["POOL", "ADDRESS", "STATUS", "IDENTITY"], "leases")
    same(json.loads(output(pair, "list-pools", "--leases", "--json")), [], "leases")
    same(json.loads(output(pair, "list-certs", "--json")), [], "certificates")
    same(json.loads(output(pair, "list-authorities", "--json")), [], "authorities")


@case
def ctl_counts(pair):
    pair.up()
    expect("handshakes" in output(pair, "counters"), "counters")
    same(json.loads(output(pair, "counters", "--json"))["handshakes"], 1, "handshakes")
    output(pair, "counters", "--reset")
    same(json.loads(output(pair, "counters", "--json"))["handshakes"], 0, "handshakes after a reset")


@case
def ctl_rekeys(pair):
    pair.up()
    same(output(pair, "rekey", "--child", "net"), "renewing 0 ISAKMP SAs, 1 children\n", "output")
    pair.hub.wait(event="ph2-up", count=2)


@case
def ctl_top_shows_views(pair):
    pair.up("--shards", "2")
    text = output(pair, "top", "--count", "1")
    rows = [row.split() for row in text.splitlines()]
    same([row[0] for row in rows[2:]], ["SHARD", "0", "1", "all"], "rows")
    views = [json.loads(line) for line in output(pair, "top", "--count", "2", "--json").splitlines()]
    same([view["ISAKMP"] for view in views], [1.0, 1.0], "ISAKMP SAs")


@case
def ctl_monitors(pair):
    pair.hub.start()
    path = os.path.join(pair.directory, "monitor.out")
    watcher = follow(pair, path, "monitor")
    try:
        listening(pair, 1)
        pair.spoke.start()
        wanted = ("ike-updown up connection=site", "child-updown up connection=site")
        until(lambda: all(each in text_of(path) for each in wanted), 10, "nothing was told")
        expect('remote_id="spoke.example.org" child=net' in text_of(path), text_of(path))
    finally:
        watcher.send_signal(signal.SIGINT)
        watcher.wait(10)


@case
def ctl_traces_one_peer(pair):
    """All levels of one peer's lines, of nobody else's, and none of them in the log."""
    pair.hub.start("--log-level", "notice", "--shards", "2")
    by_id, other = (os.path.join(pair.directory, name) for name in ("id.out", "other.out"))
    watchers = [follow(pair, by_id, "trace", "spoke.example.org"), follow(pair, other, "trace", "192.0.2.99")]
    by_addr = os.path.join(pair.directory, "addr.out")
    watchers.append(follow(pair, by_addr, "trace", pair.spoke.address))
    try:
        listening(pair, 3)
        pair.spoke.start()
        until(lambda: "event=ph2-up" in text_of(by_addr), 10, "the peer is not traced by its address")
        until(lambda: "event=ph1-up" in text_of(by_id), 10, "the peer is not traced by its identity")
        until(lambda: "event=ph2-up" in text_of(by_id), 10, "its address was not learned")
        expect("event=state" in text_of(by_addr), text_of(by_addr))
        same(text_of(other), "", "lines of another peer")
        same(pair.hub.find(event="ph1-up"), [], "lines in the log")
        done = pair.hub.control("trace", "*.example.org")
        same(done.returncode, 1, "a pattern")
    finally:
        for watcher in watchers:
            watcher.send_signal(signal.SIGINT)
            watcher.wait(10)
    listening(pair, 0)


@case
def ctl_completes(pair):
    pair.hub.start()
    script = f"""
PATH={os.path.dirname(pair.hub.ctl)}:$PATH
. {COMPLETION}
COMP_WORDS=(ikehubctl list-) COMP_CWORD=1
_ikehubctl
echo "${{COMPREPLY[@]}}"
COMP_WORDS=(ikehubctl list-sas --i) COMP_CWORD=2
_ikehubctl
echo "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=20)
    commands, options = done.stdout.splitlines()
    same(sorted(commands.split()), ["list-authorities", "list-certs", "list-conns", "list-pools", "list-sas"], "commands")
    expect("--ike" in options.split() and "--ike-id" in options.split(), options)
