# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of SAs when ikehubd loads its configuration anew."""

import json
import signal
import subprocess

from registry import case, expect, same
from vici import Client
from wait import until

SECONDS = 30
REKEYED = "rekey_time = 1s\nlife_time = 60s\nrand_time = 0s"


def reload(daemon):
    """Load anew; returns what ikehubctl wrote."""
    done = daemon.control("reload")
    same((done.returncode, done.stderr), (0, ""), "ikehubctl reload")
    return done.stdout


def configuration(daemon):
    done = daemon.control("status", "--json")
    same(done.returncode, 0, done.stderr)
    return json.loads(done.stdout)["configuration"]


def children(daemon):
    """The inbound SPIs of all children that are agreed, with the names of their connections."""
    with Client(daemon.socket) as client:
        listed = [(name, child) for name, sa in client.list_sas() for child in sa["child-sas"].values()]
    return sorted((name, child["spi-in"]) for name, child in listed if "spi-in" in child)


def wait_for_one_configuration(daemon):
    """The SAs of those before are gone."""
    until(lambda: configuration(daemon)["in-memory"] == 1, SECONDS, f"{daemon.name} keeps configurations")


# ------------------------------------------------------------------ many tunnels

MANY = 100

CONNECTION = """
    c{index} {{
        version = 1
        local_addrs = {local}
        remote_addrs = {remote}
        remote_port = {remote_port}
        proposals = aes128-sha256-ecp256
        unique = replace
        {options}
        local {{
            auth = psk
            id = {own}{local_index}.example.org
        }}
        remote {{
            auth = psk
            id = {other}{remote_index}.example.org
        }}
        children {{
            net {{
                local_ts = 10.{own_net}.{index}.0/24
                remote_ts = 10.{other_net}.{index}.0/24
                esp_proposals = aes128gcm16
                start_action = {start}
                {child}
            }}
        }}
    }}"""


def write_many(daemon, other, own, options="", child="", count=MANY, start="none"):
    """Connections of `daemon` to `other`, of which it is `own`: hub or spoke."""
    hub = own == "hub"
    sections = [
        CONNECTION.format(
            index=index,
            local=daemon.address,
            remote=other.address,
            remote_port=other.port,
            own="hub" if hub else "spoke",
            other="spoke" if hub else "hub",
            local_index="" if hub else index,
            remote_index=index if hub else "",
            own_net=0 if hub else 1,
            other_net=1 if hub else 0,
            start=start,
            options=options,
            child=child,
        )
        for index in range(count)
    ]
    daemon.write("connections {" + "".join(sections) + "\n}\nsecrets {\n ike {\n secret = x\n }\n}\n")


def many_up(pair, options="", child="", spoke_child=""):
    write_many(pair.hub, pair.spoke, "hub", options, child)
    write_many(pair.spoke, pair.hub, "spoke", options, spoke_child or child, start="start")
    pair.start("--shards", "4")
    pair.hub.wait(event="ph2-up", count=MANY, seconds=SECONDS)
    pair.spoke.wait(event="ph2-up", count=MANY, seconds=SECONDS)


@case
def reload_keeps_many_tunnels(pair):
    many_up(pair, options="dpd_delay = 1s")
    before = children(pair.hub), children(pair.spoke)
    same(len(before[0]), MANY, "children")
    for daemon in (pair.hub, pair.spoke):
        reload(daemon)
        line = daemon.wait(event="reloaded")
        same((line["connections"], line["added"], line["removed"]), (str(MANY), "0", "0"), "connections")
    asked = len(pair.hub.find(event="ph1-down"))
    until(lambda: configuration(pair.hub)["old-sas"] == MANY, SECONDS, "the SAs of before are not counted")
    same((children(pair.hub), children(pair.spoke)), before, "children")
    same((asked, pair.spoke.find(event="ph1-down"), pair.hub.find(event="ph2-down")), (0, [], []), "SAs that ended")
    same(len(pair.spoke.find(event="ph1-initiated")), MANY, "ISAKMP SAs that were begun")
    same(configuration(pair.hub)["in-memory"], 2, "configurations in memory")
    pair.spoke.stop()
    wait_for_one_configuration(pair.hub)
    pair.hub.wait(event="configuration-freed", number="1")


@case
def reload_twenty_times_under_load(pair):
    """Everything is rekeyed all the time, and ISAKMP SAs go from shard to shard."""
    many_up(pair, options="reauth_time = 2s\nover_time = 60s\nrand_time = 1s", child="rekey_time = 3s\nlife_time = 60s")
    for count in range(20):
        daemon = (pair.hub, pair.spoke)[count % 2]
        if count % 3 == 0:
            daemon.send(signal.SIGHUP)
        else:
            reload(daemon)
    for daemon in (pair.hub, pair.spoke):
        daemon.wait(event="reloaded", count=6)
        same(daemon.find(event="reload-failed"), [], "reloads that failed")
    names = sorted(f"c{index}" for index in range(MANY))
    until(lambda: sorted({name for name, _ in children(pair.hub)}) == names, SECONDS, "tunnels are missing")
    ends = {line["reason"] for daemon in (pair.hub, pair.spoke) for line in daemon.find(event="ph2-down")}
    expect(ends <= {"rekeyed", "deleted", "twin"}, f"children ended for {ends}")
    for daemon in (pair.spoke, pair.hub):
        with Client(daemon.socket) as client:
            for name in names:
                client.ask("terminate", ike=name)
    for daemon in (pair.hub, pair.spoke):
        wait_for_one_configuration(daemon)


@case
def reload_two_at_once(pair):
    pair.up()
    pair.hub.send(signal.SIGHUP)
    command = [pair.hub.ctl, "--socket", pair.hub.socket, "reload"]
    running = [subprocess.Popen(command) for _ in range(3)]
    same([each.wait(10) for each in running], [0, 0, 0], "statuses")
    expect(len(pair.hub.find(event="reloaded")) >= 2, "what was asked later was not begun later")
    same(pair.hub.find(event="ph1-down"), [], "SAs that ended")


# ------------------------------------------------------------------ what fails


@case
def reload_of_a_broken_file(pair):
    pair.up()
    pair.hub.write("connections {\n  site {\n    versoin = 1\n  }\n}\n")
    done = pair.hub.control("reload")
    same(done.returncode, 1, "status")
    expect(f"ikehubctl: {pair.hub.conf}:3: " in done.stderr, done.stderr)
    expect(f"{pair.hub.conf}:3: " in pair.hub.wait(event="reload-failed")["text"], "the log does not say why")
    pair.hub.send(signal.SIGHUP)
    pair.hub.wait(event="reload-failed", count=2)
    same((configuration(pair.hub)["loads"], configuration(pair.hub)["failures"]), (1, 2), "counts")
    pair.spoke.stop()
    pair.spoke.start()
    pair.hub.wait(event="ph2-up", count=2)
    done = json.loads(pair.hub.control("reload", "--json").stdout)
    same(done["success"], "no", "success")
    pair.configure_hub()
    reload(pair.hub)


@case
def reload_names_what_needs_a_restart(pair):
    pair.hub.start("--shards", "2")
    pair.configure_hub(daemon="socket_mode = 0600\nbackend = epoll\ncrypto = openssl\nlog_level = debug\nshards = 3")
    # The command line is stronger than the file.
    same(reload(pair.hub), "not changed before a restart: backend, crypto, socket_mode\n", "output")
    pair.hub.wait(event="restart-needed", text="backend, crypto, socket_mode")
    with Client(pair.hub.socket) as client:
        client.ask("version")
    pair.hub.wait(event="control", command="version")


# ------------------------------------------------------------------ what changes


@case
def reload_with_another_secret(pair):
    pair.configure_spoke(child=REKEYED)
    pair.up()
    pair.configure_hub(secret='"another secret"')
    reload(pair.hub)
    count = len(pair.spoke.find(event="ph2-up"))
    pair.spoke.wait(event="ph2-up", count=count + 2)
    same(len(pair.hub.find(event="ph1-up")), 1, "ISAKMP SAs")
    pair.spoke.stop()
    pair.spoke.start()
    pair.hub.wait(event="refused", reason="garbled")
    pair.spoke.stop()
    pair.configure_spoke(secret='"another secret"')
    pair.spoke.start()
    pair.hub.wait(event="ph1-up", count=2)
    wait_for_one_configuration(pair.hub)


@case
def reload_without_the_connection(pair):
    pair.configure_spoke(child=REKEYED)
    pair.up("--shards", "2")
    pair.hub.write("")
    reload(pair.hub)
    same(pair.hub.wait(event="reloaded")["removed"], "1", "removed connections")
    count = len(pair.spoke.find(event="ph2-up"))
    pair.spoke.wait(event="ph2-up", count=count + 2)
    pair.spoke.stop()
    wait_for_one_configuration(pair.hub)
    pair.spoke.start()
    pair.spoke.wait(event="ph1-down", reason="peer_no_proposal")
    same(len(pair.hub.find(event="ph1-up")), 1, "ISAKMP SAs")


@case
def reload_begins_what_is_new(pair):
    pair.configure_spoke(start="none")
    pair.start("--shards", "2")
    pair.configure_spoke()
    reload(pair.spoke)
    pair.hub.wait(event="ph2-up")
    reload(pair.spoke)
    reload(pair.spoke)
    same((len(pair.hub.find(event="ph1-up")), len(pair.hub.find(event="ph2-up"))), (1, 1), "SAs")


@case
def reload_tries_again_what_was_refused(pair):
    pair.configure_spoke(secret="wrong")
    pair.start()
    pair.spoke.wait(event="ph1-down")
    pair.configure_spoke()
    reload(pair.spoke)
    pair.hub.wait(event="ph2-up")


@case
def reload_rekeys_with_what_is_new(pair):
    proposal = "esp_proposals = aes256gcm16-ecp256\n"
    pair.configure_spoke(child=REKEYED)
    hub, _ = pair.up()
    same(hub["suite"], "aes128gcm16", "suite")
    pair.configure_hub(child=proposal)
    pair.configure_spoke(child=REKEYED + "\n" + proposal)
    reload(pair.hub)
    reload(pair.spoke)
    pair.hub.wait(event="ph2-up", suite="aes256gcm16")
    same(len(pair.hub.find(event="ph1-up")), 1, "ISAKMP SAs")
