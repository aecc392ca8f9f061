# SPDX-License-Identifier: BSD-2-Clause
"""Debian's swanctl drives the daemon."""

import os
import signal

from authority import Authority
from registry import case, expect, same
from vici import Client
from wait import until

EMPTY = "ikehub {\n    retransmit_timeout = 0.2\n    retransmit_tries = 3\n}\n"

# The hub's side of the pair, in swanctl's own words.
SITE = """
connections {{
    site {{
        version = 1
        local_addrs = {local}
        remote_addrs = {remote}
        remote_port = {port}
        proposals = aes128-sha256-ecp256
        {connection}
        local {{
            {mine}
        }}
        remote {{
            {theirs}
        }}
        children {{
            net {{
                local_ts = 10.0.0.0/8
                remote_ts = 10.1.0.0/16
                esp_proposals = aes128gcm16-ecp256
            }}
        }}
    }}
}}
"""

SECRETS = """
secrets {
    ike-site {
        id-hub = hub.example.org
        id-spoke = spoke.example.org
        secret = "a shared secret"
    }
}
"""

POOLS = """
pools {
    office {
        addrs = 10.9.0.0/24
        dns = 10.0.0.53
    }
}
"""

PSK = {
    "mine": "auth = psk\n            id = hub.example.org",
    "theirs": "auth = psk\n            id = spoke.example.org",
    "connection": "",
}


def site(pair, **options):
    return SITE.format(local=pair.hub.address, remote=pair.spoke.address, port=pair.spoke.port, **{**PSK, **options})


def start(pair, text, *arguments):
    """A hub without connections, and swanctl's configuration."""
    pair.hub.write(EMPTY)
    pair.swanctl.write(text)
    pair.hub.start(*arguments)


def loaded(pair, *arguments):
    """A hub that swanctl has loaded, and a spoke with a tunnel to it."""
    start(pair, site(pair) + SECRETS + POOLS, *arguments)
    pair.swanctl("--load-all")
    pair.spoke.start()
    pair.hub.wait(event="ph2-up")
    pair.spoke.wait(event="ph2-up")


@case
def swanctl_loads_all(pair):
    start(pair, site(pair) + SECRETS + POOLS, "--shards", "2")
    text = pair.swanctl("--load-all")
    for line in (
        "loaded ike secret 'ike-site'",
        "successfully loaded 1 pools, 0 unloaded",
        "no authorities found, 0 unloaded",
        "successfully loaded 1 connections, 0 unloaded",
    ):
        expect(line in text, text)
    expect("site: IKEv1, reauthentication every 14400s" in pair.swanctl("--list-conns"), "--list-conns")
    expect("10.9.0.0" in pair.swanctl("--list-pools"), "--list-pools")
    pair.spoke.start()
    pair.hub.wait(event="ph2-up")


@case
def swanctl_lists_sas(pair):
    loaded(pair, "--shards", "2")
    text = pair.swanctl("--list-sas")
    expect(text.startswith("site: #") and "ESTABLISHED, IKEv1" in text and "INSTALLED, TUNNEL, ESP" in text, text)
    expect("'spoke.example.org' @ 127.0.0.2" in text, text)
    same(pair.swanctl("--list-sas", "--ike", "other"), "", "SAs of another name")


@case
def swanctl_initiates_and_terminates(pair):
    pair.configure_spoke(start="none")
    start(pair, site(pair) + SECRETS)
    pair.swanctl("--load-all")
    pair.spoke.start()
    expect("initiate completed successfully" in pair.swanctl("--initiate", "--child", "net", "--timeout", "10"), "--initiate")
    pair.spoke.wait(event="ph2-up")
    done = pair.swanctl("--terminate", "--child", "net")
    expect("terminate completed successfully" in done, done)
    pair.spoke.wait(event="ph2-down", reason="deleted")
    expect("terminate completed successfully" in pair.swanctl("--terminate", "--ike", "site"), "--terminate --ike")
    pair.spoke.wait(event="ph1-down", reason="deleted")
    done = pair.swanctl.run("--terminate", "--ike", "site")
    expect(done.returncode and "there is no such SA" in done.stderr, done.stderr)
    done = pair.swanctl.run("--initiate", "--child", "none")
    expect(done.returncode and "no such connection or child" in done.stderr, done.stderr)


@case
def swanctl_rekeys(pair):
    loaded(pair)
    expect("rekey completed successfully" in pair.swanctl("--rekey", "--child", "net"), "--rekey --child")
    pair.hub.wait(event="ph2-up", count=2)
    pair.hub.wait(event="ph2-down", reason="rekeyed")
    expect("rekey completed successfully" in pair.swanctl("--rekey", "--ike", "site", "--reauth"), "--rekey --ike")
    pair.hub.wait(event="ph1-up", count=2)
    pair.hub.wait(event="ph1-down", reason="rekeyed")
    done = pair.swanctl.run("--rekey", "--ike", "other")
    expect("there is no such SA" in done.stderr, done.stderr)


@case
def swanctl_terminates_by_number(pair):
    loaded(pair)
    text = pair.swanctl("--list-sas")
    child = next(line for line in text.splitlines() if line.startswith("  net: #")).split("#")[1].split(",")[0]
    pair.swanctl("--terminate", "--child-id", child)
    pair.hub.wait(event="ph2-down", reason="on_request")
    same(pair.hub.find(event="ph1-down"), [], "ISAKMP SAs that ended")
    pair.swanctl("--terminate", "--ike-id", text.split("#")[1].split(",")[0])
    pair.hub.wait(event="ph1-down", reason="on_request")


@case
def swanctl_counts(pair):
    loaded(pair)
    expect("IKE_SAs: 1 total, 0 half-open" in pair.swanctl("--stats"), "--stats")
    expect("handshakes            : 1" in pair.swanctl("--counters"), "--counters")
    pair.swanctl("--counters", "--reset")
    expect("handshakes            : 0" in pair.swanctl("--counters"), "--counters after --reset")
    expect("single connections are not counted" in pair.swanctl.run("--counters", "--name", "site").stderr, "--name")


@case
def swanctl_monitors(pair):
    start(pair, site(pair) + SECRETS)
    pair.swanctl("--load-all")
    paths = [os.path.join(pair.directory, name) for name in ("sa.out", "log.out")]
    watchers = [pair.swanctl.follow(paths[0], "--monitor-sa", "--raw"), pair.swanctl.follow(paths[1], "--log")]
    try:
        with Client(pair.hub.socket) as client:
            until(lambda: client.ask("stats")["ikehub"]["listening"] == "2", 10, "they do not listen")
        pair.spoke.start()
        pair.hub.wait(event="ph2-up")
        pair.swanctl("--terminate", "--ike", "site")

        def seen(path, *texts):
            with open(path, errors="replace") as file:
                text = file.read()
            return all(each in text for each in texts)

        wanted = ("ike-updown event {up=yes site {", "child-updown event {up=yes site {")
        until(lambda: seen(paths[0], *wanted), 10, "--monitor-sa did not show SAs")
        wanted = ("ike-updown event {site {", "child-updown event {site {")
        until(lambda: seen(paths[0], *wanted), 10, "--monitor-sa did not show that SAs ended")
        until(lambda: seen(paths[1], "event=ph1-up connection=site", "event=ph2-up"), 10, "--log did not show lines")
    finally:
        for watcher in watchers:
            watcher.send_signal(signal.SIGINT)
            watcher.wait(10)


@case
def swanctl_loads_again(pair):
    """What is loaded again unchanged makes no snapshot; what is gone from swanctl's file goes."""
    start(pair, site(pair) + SECRETS + POOLS)
    pair.swanctl("--load-all")
    pair.swanctl("--list-conns")
    count = len(pair.hub.find(event="reloaded"))
    pair.swanctl("--load-all")
    pair.swanctl("--list-conns")
    same(len(pair.hub.find(event="reloaded")), count, "snapshots")
    pair.swanctl.write(SECRETS)
    expect("no connections found, 1 unloaded" in pair.swanctl("--load-conns"), "--load-conns")
    expect("no pools found, 1 unloaded" in pair.swanctl("--load-pools"), "--load-pools")
    same((pair.swanctl("--list-conns"), pair.swanctl("--list-pools")), ("", ""), "what is left")


@case
def swanctl_loads_over_the_file(pair):
    """What is loaded stays over the file: a reload does not take it, and unloading gives the file's back."""
    pair.swanctl.write(site(pair, connection="rekey_time = 3h") + SECRETS)
    pair.hub.start()
    expect("reauthentication every 14400s" in pair.swanctl("--list-conns"), "the file's")
    pair.swanctl("--load-all")
    expect("reauthentication every 10800s" in pair.swanctl("--list-conns"), "swanctl's")
    pair.hub.send(signal.SIGHUP)
    pair.hub.wait(event="reloaded", count=len(pair.hub.find(event="reloaded")) + 1)
    expect("reauthentication every 10800s" in pair.swanctl("--list-conns"), "swanctl's after a reload")
    pair.swanctl.write("")
    pair.swanctl("--load-conns")
    expect("reauthentication every 14400s" in pair.swanctl("--list-conns"), "the file's again")


@case
def swanctl_loads_certificates(pair):
    ca = Authority(pair.directory, "ca")
    own = ca.issue("hub", alternative="DNS:hub.example.org")
    pair.swanctl.install("x509ca", ca.own.path)
    pair.swanctl.install("x509", own.path)
    pair.swanctl.install("private", own.key)
    text = site(
        pair,
        mine=f"auth = pubkey\n            certs = {os.path.basename(own.path)}\n            id = hub.example.org",
        theirs="auth = pubkey\n            id = spoke.example.org",
    )
    start(pair, text)
    loading = pair.swanctl("--load-all")
    expect("loaded private key" in loading or "loaded rsa key" in loading or "key from" in loading, loading)
    certs = pair.swanctl("--list-certs")
    expect("X.509 CA Certificates" in certs and "has private key" in certs, certs)
    conns = pair.swanctl("--list-conns")
    expect("local public key authentication" in conns, conns)
    # Without its key the connection is left out, and comes back with it.
    pair.swanctl.write(text)
    os.unlink(os.path.join(pair.swanctl.folder, "private", os.path.basename(own.key)))
    pair.swanctl("--load-creds", "--clear")
    same(pair.swanctl("--list-conns"), "", "a connection without its key")
    pair.swanctl.install("private", own.key)
    pair.swanctl("--load-creds")
    expect("local public key authentication" in pair.swanctl("--list-conns"), "the connection with its key")


@case
def swanctl_loads_an_authority(pair):
    ca = Authority(pair.directory, "ca")
    pair.swanctl.install("x509ca", ca.own.path)
    start(pair, f"authorities {{\n    main {{\n        cacert = {os.path.basename(ca.own.path)}\n    }}\n}}\n")
    expect("loaded authority 'main'" in pair.swanctl("--load-authorities"), "--load-authorities")
    text = pair.swanctl("--list-authorities")
    expect(text.startswith("main:") and "CN=" in text, text)
    pair.swanctl.write("")
    expect("1 unloaded" in pair.swanctl("--load-authorities"), "--load-authorities")
    same(pair.swanctl("--list-authorities"), "", "authorities")


@case
def swanctl_is_told_why_not(pair):
    start(pair, site(pair, connection="rekey_time = soon") + SECRETS)
    done = pair.swanctl.run("--load-conns")
    expect("loading connection 'site' failed: rekey_time in connections.site: expected" in done.stderr, done.stderr)
    start_again = site(pair, connection="version = 2").replace("version = 1\n", "", 1)
    pair.swanctl.write(start_again)
    done = pair.swanctl.run("--load-conns")
    expect("version in connections.site: IKEv2 is not spoken here" in done.stderr, done.stderr)
    done = pair.swanctl.run("--redirect", "--ike", "site", "--gateway", "192.0.2.1")
    expect("redirection is of IKEv2" in done.stderr, done.stderr)
    done = pair.swanctl.run("--install", "--child", "net")
    expect("expected initiate" in done.stderr, done.stderr)
    same(pair.swanctl("--flush-certs"), "", "--flush-certs")
    same(pair.swanctl("--list-pols"), "", "--list-pols")


@case
def swanctl_reloads(pair):
    pair.hub.start()
    pair.swanctl("--reload-settings")
    pair.hub.wait(event="reloaded")
