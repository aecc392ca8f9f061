# SPDX-License-Identifier: BSD-2-Clause
"""Metrics over HTTP: what is told, that all of it is documented and used rightly, and clients who mean no good."""

import importlib.util
import json
import os
import re
import subprocess

import metrics
from authority import Authority
from key_cases import install
from registry import case, expect, same
from wait import until

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROMETHEUS = os.path.join(ROOT, "deploy", "prometheus")
# process_ are those of the process, which have the same names for every program.
NAME = re.compile(r"\b(?:ikehub|process)_[a-z0-9_]+\b")
POOLS = "pools {\n    office {\n        addrs = 10.9.0.0/24\n    }\n}\n"
SIGNED = """
connections {
    signed {
        version = 1
        local_addrs = 127.0.0.1
        remote_addrs = 192.0.2.1
        local {
            auth = pubkey
            certs = hub.pem
            id = hub.example.org
        }
        remote {
            auth = pubkey
            cacerts = main.pem
        }
    }
}
"""
HANGING = 31


def with_metrics(pair, **options):
    pair.configure_hub(daemon=metrics.SECTION, **options)


def promtool(*arguments, text=None):
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True, timeout=60)
    same(done.returncode, 0, f"promtool {arguments}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def exported(text):
    """All names that a query may have."""
    names = set()
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        names |= {name + end for end in ("_bucket", "_sum", "_count")} if kind == "histogram" else {name}
    return names


def queries(panels):
    for panel in panels:
        yield from (target["expr"] for target in panel.get("targets", []))
        yield from queries(panel.get("panels", []))


@case
def metrics_count_a_handshake(pair):
    with_metrics(pair)
    pair.up("--shards", "2")
    text = metrics.scrape(pair.hub)
    wanted = {
        "ikehub_isakmp_sas": 1,
        "ikehub_child_sas": 1,
        "ikehub_connections_configured": 1,
        "ikehub_connections_up": 1,
        "ikehub_shard_up": 2,
        "ikehub_phase2_duration_seconds_count": 1,
    }
    same({name: metrics.value(text, name) for name in wanted}, wanted, "series")
    kind = {"mode": "main", "method": "psk"}
    name = "ikehub_phase1_handshakes_total"
    same(metrics.value(text, name, role="responder", result="completed", **kind), 1, "completed")
    same(metrics.value(text, name), 1, "all handshakes")
    same(metrics.value(text, "ikehub_phase1_duration_seconds_bucket", le="+Inf", **kind), 1, "durations")
    expect(metrics.value(text, "process_resident_memory_bytes") > 1e6, "memory")
    same(pair.hub.control("terminate", "--ike", "site").returncode, 0, "terminate")
    gone = lambda: metrics.value(metrics.scrape(pair.hub), "ikehub_connections_up") == 0
    until(gone, 10, "the connection is still up")


@case
def metrics_count_a_failure(pair):
    """Of the one that begins: it is told, and gives up."""
    pair.configure_hub(secret='"another secret"')
    pair.configure_spoke(daemon=metrics.SECTION)
    pair.start()
    pair.spoke.wait(event="ph1-down")
    text = metrics.scrape(pair.spoke)
    name = "ikehub_phase1_handshakes_total"
    expect(metrics.value(text, name, role="initiator", result="failed", method="psk") >= 1, text)
    same(metrics.value(text, name, result="completed"), 0, "completed")
    same(metrics.value(text, "ikehub_connections_up"), 0, "connections up")


@case
def metrics_tell_pools_and_certificates(pair):
    authority = Authority(pair.directory, "main")
    hub = authority.issue("hub", alternative="DNS:hub.example.org")
    for folder, path in (("x509", hub.path), ("private", hub.key), ("x509ca", authority.own.path)):
        install(pair, folder, path)
    with_metrics(pair)
    with open(pair.hub.conf, "a") as file:
        file.write(POOLS + SIGNED)
    pair.hub.start()
    text = metrics.scrape(pair.hub)
    same(metrics.value(text, "ikehub_pool_addresses", pool="office"), 254, "addresses")
    same(metrics.value(text, "ikehub_pool_leased", pool="office"), 0, "leased")
    name = "ikehub_certificate_expiry_timestamp_seconds"
    now = metrics.value(text, "process_start_time_seconds")
    for kind in ("own", "authority"):
        expect((metrics.value(text, name, kind=kind) or 0) > now, f"{kind}: {text}")


@case
def metrics_pass_promtool(pair):
    with_metrics(pair)
    pair.up()
    same(promtool("check", "metrics", text=metrics.scrape(pair.hub)), "", "promtool check metrics")


def two_sas(pair, limit):
    """A peer that comes back has two for a while; what is told of so many."""
    pair.configure_hub(daemon=metrics.SECTION.replace("}", f"    sas = {limit}\n}}"))
    pair.configure_spoke(connection="unique = no")
    pair.up()
    pair.spoke.kill()
    pair.spoke.start()
    pair.hub.wait(event="ph2-up", count=2)
    return metrics.request(pair.hub, path="/metrics/sas")[2]


@case
def metrics_of_single_sas(pair):
    text = two_sas(pair, 2)
    same(promtool("check", "metrics", text=text), "", "promtool check metrics")
    same(metrics.value(text, "ikehub_sa_up", identity="spoke.example.org"), 2.0, "SAs")
    same(metrics.value(text, "ikehub_sa_series_complete"), 1.0, "complete")
    others = metrics.request(pair.hub, path="/metrics/sas?connection=x")[2]
    same(metrics.value(others, "ikehub_sa_up"), None, "SAs of another connection")
    with open(os.path.join(ROOT, "docs", "metrics.md")) as file:
        page = file.read()
    same({name for name in exported(text) if f"`{name}`" not in page}, set(), "names that docs/metrics.md lacks")


@case
def metrics_of_no_more_sas(pair):
    text = two_sas(pair, 1)
    same(metrics.value(text, "ikehub_sa_up"), 1.0, "SAs")
    same(metrics.value(text, "ikehub_sa_series_complete"), 0.0, "complete")


@case
def metrics_rules_pass_promtool(_):
    promtool("check", "rules", os.path.join(PROMETHEUS, "ikehub.rules.yml"))
    promtool("test", "rules", os.path.join(PROMETHEUS, "ikehub.rules.test.yml"))
    promtool("check", "config", os.path.join(PROMETHEUS, "prometheus.yml"))


@case
def metrics_are_documented(pair):
    """docs/metrics.md has the table that docs/metrics.py makes of a scrape."""
    spec = importlib.util.spec_from_file_location("table", os.path.join(ROOT, "docs", "metrics.py"))
    table = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(table)
    with_metrics(pair)
    pair.hub.start()
    same(table.written().splitlines(), table.table(metrics.scrape(pair.hub)).splitlines(), "docs/metrics.md")


@case
def metrics_that_are_used_are_told(pair):
    """Those of rules and dashboard; of a record the rules tell it themselves."""
    with open(os.path.join(PROMETHEUS, "ikehub-dashboard.json")) as file:
        dashboard = json.load(file)
    with open(os.path.join(PROMETHEUS, "ikehub.rules.yml")) as file:
        rules = file.read()
    texts = [rules, *queries(dashboard["panels"])]
    expect(len(texts) > 20, "queries of the dashboard")
    with_metrics(pair)
    pair.hub.start()
    told = exported(metrics.scrape(pair.hub))
    used = {name for text in texts for name in NAME.findall(re.sub(r"instance:\S+", "", text))}
    same(used - told, set(), "names that are not told")


@case
def metrics_are_off_unless_asked_for(pair):
    pair.hub.start()
    same(pair.hub.find(event="metrics"), [], "metrics")


@case
def metrics_stay_on_loopback(pair):
    with_metrics(pair)
    pair.hub.start()
    same(metrics.address(pair.hub)[0], "127.0.0.1", "address")
    _, port = metrics.address(pair.hub)
    for host in ("localhost", f"localhost:{port}", f"127.0.0.1:{port}", "[::1]"):
        same(metrics.request(pair.hub, headers={"Host": host})[0], 200, host)
    for host in ("rebound.example.org", "localhost.example.org", "192.0.2.1", "127.0.0.1.example.org"):
        same(metrics.request(pair.hub, headers={"Host": host})[0], 421, host)


@case
def metrics_only_tell(pair):
    with_metrics(pair)
    pair.hub.start()
    status, fields, text = metrics.request(pair.hub, method="HEAD")
    same((status, text), (200, ""), "HEAD")
    expect(int(fields["Content-Length"]) > 10000 and fields["Connection"] == "close", fields)
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"):
        same(metrics.request(pair.hub, method=method)[0], 405, method)
    for path in ("/..", "/metrics/", "/metrics/sas", "/%2e%2e/etc/passwd"):
        same(metrics.request(pair.hub, path=path)[0], 404, path)
    text = metrics.scrape(pair.hub)
    same(metrics.value(text, "ikehub_http_requests_total", result="refused"), 10, "refused requests")


@case
def metrics_survive_bad_requests(pair):
    with_metrics(pair)
    pair.up()
    line = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
    for data in (
        b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n",
        line + b"X: " + b"b" * 200000 + b"\r\n\r\n",
        line + b"".join(b"X%d: y\r\n" % i for i in range(20000)) + b"\r\n",
        line + b"Content-Length: 99999999999999999999\r\n\r\n",
        line + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",
        b"\0" * 1000 + b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /metrics HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        line + line + b"\r\n" + line,
    ):
        metrics.speak(pair.hub, data)
    same(metrics.value(metrics.scrape(pair.hub), "ikehub_isakmp_sas"), 1, "ISAKMP SAs")


@case
def metrics_scrapers_that_hang_harm_nobody(pair):
    """Half requests, connections without any, and answers that nobody reads; a scraper and a peer come through."""
    with_metrics(pair)
    pair.hub.start()
    hanging = [metrics.connect(pair.hub) for _ in range(HANGING)]
    for number, client in enumerate(hanging):
        client.sendall((b"", b"GET /metr", b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")[number % 3])
    same(metrics.request(pair.hub)[0], 200, "a scraper")
    hanging += [metrics.connect(pair.hub) for _ in range(2 * HANGING)]
    pair.spoke.start()
    pair.hub.wait(event="ph2-up")
    # Each is given up in its time, whether it reads or not, and others get their places.
    same(metrics.request(pair.hub)[0], 200, "a scraper behind them")
    for client in hanging[:HANGING]:
        while client.recv(65536):
            pass
    for client in hanging:
        client.close()
