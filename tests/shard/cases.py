# SPDX-License-Identifier: BSD-2-Clause
"""What ikehubd has to do as a process, alone and with another ikehubd."""

import os
import re
import signal
import socket

from pair import HUB
from registry import case, expect, same


# ------------------------------------------------------------------ command line and configuration


@case
def check_accepts(pair):
    done = pair.hub.run("--check")
    same((done.returncode, done.stdout), (0, f"{pair.hub.conf}: ok, 1 connections\n"), "--check")


@case
def check_names_file_and_line(pair):
    pair.hub.write("connections {\n  site {\n    versoin = 1\n  }\n}\n")
    done = pair.hub.run("--check")
    same(done.returncode, 2, "status")
    expect(done.stderr.startswith(f"{pair.hub.conf}:3: "), done.stderr)


@case
def bad_configuration_starts_nothing(pair):
    pair.hub.write("connections {\n")
    done = pair.hub.run()
    same(done.returncode, 2, "status")
    expect("event=" not in done.stderr, done.stderr)


@case
def missing_file(pair):
    os.unlink(pair.hub.conf)
    done = pair.hub.run("--check")
    same(done.returncode, 2, "status")
    expect(pair.hub.conf in done.stderr, done.stderr)


@case
def bad_option(pair):
    done = pair.hub.run("--prot", "500")
    same((done.returncode, done.stderr), (2, "ikehubd: '--prot' is no option; see --help\n"), "--prot")


@case
def version_and_help(pair):
    same(pair.hub.run("--version").stdout.split()[0], "ikehubd", "--version")
    expect("--config FILE" in pair.hub.run("--help").stdout, "--help does not name --config")


@case
def port_in_use(pair):
    pair.hub.start()
    pair.spoke.address, pair.spoke.port = pair.hub.address, pair.hub.port
    done = pair.spoke.run(*pair.spoke.listen()[3:])
    same(done.returncode, 1, "status")
    expect(f"{HUB}:{pair.hub.port}: Address already in use" in done.stderr, done.stderr)


# ------------------------------------------------------------------ the process


@case
def ready_line(pair):
    pair.hub.start("--backend", "epoll")
    ready = pair.hub.wait(event="ready")
    same(int(ready["pid"]), pair.hub.process.pid, "pid")
    same(ready["listen"], f"{HUB}:{pair.hub.port}", "listen")
    same(ready["listen_nat_t"], f"{HUB}:{pair.hub.port_nat_t}", "listen_nat_t")
    same(ready["backend"], "epoll", "backend")
    same(pair.hub.wait(event="kernel")["backend"], "null", "kernel back end")


@case
def leaves_no_core(pair):
    pair.hub.start()
    with open(f"/proc/{pair.hub.process.pid}/limits") as file:
        limit = re.search(r"Max core file size +(\d+) +(\d+)", file.read())
    same(limit.groups(), ("0", "0"), "limit of core files")


@case
def interrupt_stops_it(pair):
    pair.hub.start()
    same(pair.hub.stop(signal.SIGINT)["event"], "stopped", "last line")


@case
def keys_are_logged_with_a_warning_only(pair):
    pair.start("--log-keys")
    expect("WARNING" in pair.hub.wait(event="keys-are-logged")["text"], "no warning")
    hub, spoke = pair.hub.wait(event="keys", phase="2"), pair.spoke.wait(event="keys", phase="2")
    same(hub["encr_in"], spoke["encr_out"], "key")
    same(hub["salt_out"], spoke["salt_in"], "salt")
    hub, spoke = pair.hub.wait(event="keys", phase="1"), pair.spoke.wait(event="keys", phase="1")
    same(hub, {**spoke, "ts": hub["ts"]}, "keys of phase 1")


@case
def junk_does_not_fill_the_log(pair):
    pair.hub.start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(2000):
            stranger.sendto(os.urandom(64), (HUB, pair.hub.port))
    pair.hub.wait(event="suppressed")
    count = len(pair.hub.lines())
    expect(count < 500, f"{count} lines after 2,000 datagrams of junk")


# ------------------------------------------------------------------ tunnels


@case
def tunnel(pair):
    hub, spoke = pair.up()
    same((hub["spi_in"], hub["spi_out"]), (spoke["spi_out"], spoke["spi_in"]), "SPIs")
    same((hub["local_ts"], hub["remote_ts"]), ("10.0.0.0/8", "10.1.0.0/16"), "selectors")
    same((hub["suite"], hub["pfs"], hub["role"]), ("aes128gcm16", "ecp256", "responder"), "suite")
    up = pair.hub.wait(event="ph1-up")
    same((up["suite"], up["remote_id"]), ("aes128-sha256-ecp256", "spoke.example.org"), "phase 1")


@case
def tunnel_over_epoll(pair):
    pair.up("--backend", "epoll")


@case
def statistics(pair):
    pair.up()
    pair.hub.send(signal.SIGUSR1)
    line = pair.hub.wait(event="statistics")
    same((line["handshakes"], line["isakmp_sas"], line["children"]), ("1", "1", "1"), "statistics")
    expect(int(line["cpu_us"]) > 0 and int(line["rss_kb"]) > 0, str(line))


@case
def stopping_deletes(pair):
    pair.up()
    last = pair.spoke.stop()
    same((last["event"], last["handshakes"]), ("stopped", "1"), "last line")
    pair.hub.wait(event="ph2-down", reason="deleted")
    pair.hub.wait(event="ph1-down", reason="deleted")
    same(pair.hub.stop()["kernel_pairs"], "0", "pairs in the kernel")


# req 2408-4.3-3
# req 2408-4.3-3
@case
def child_is_rekeyed(pair):
    life = "rekey_time = 1s\nlife_time = 60s\nrand_time = 0s"
    pair.configure_spoke(child=life)
    hub, _ = pair.up()
    pair.spoke.wait(event="ph2-up", count=2)
    pair.spoke.wait(event="ph2-down", reason="rekeyed", spi_in=hub["spi_out"])
    pair.hub.wait(event="ph2-down", reason="deleted", spi_in=hub["spi_in"])
    same(len(pair.hub.find(event="ph1-up")), 1, "ISAKMP SAs")


@case
def both_want_to_rekey(pair):
    life = "rekey_time = 1s\nlife_time = 60s\nrand_time = 0s"
    pair.configure_hub(child=life)
    pair.configure_spoke(child=life)
    pair.up()
    pair.spoke.wait(event="ph2-down", reason="rekeyed", count=2)
    same(pair.hub.find(event="ph2-initiated"), [], "rekeyings that the responder began")


# req 2408-4.3-1
# req 2408-4.3-1
@case
def isakmp_sa_is_replaced(pair):
    pair.configure_spoke(connection="reauth_time = 1s\nover_time = 60s\nrand_time = 0s")
    pair.up()
    pair.hub.wait(event="ph1-up", count=2)
    pair.spoke.wait(event="ph1-down", reason="rekeyed")
    pair.hub.wait(event="ph1-down", reason="deleted")
    same(pair.hub.find(event="ph2-down"), [], "children that ended")
    same(len(pair.hub.find(event="ph2-up")), 1, "children")


@case
def responder_rekeys_when_the_peer_does_not(pair):
    pair.configure_hub(child="rekey_time = 1s\nlife_time = 9s\nrand_time = 0s")
    hub, _ = pair.up()
    pair.hub.wait(event="ph2-up", role="initiator")
    pair.spoke.wait(event="ph2-down", reason="deleted", spi_in=hub["spi_out"])


@case
def peer_comes_back(pair):
    pair.configure_hub(connection="unique = replace")
    pair.configure_spoke(connection="unique = replace")
    pair.up()
    pair.spoke.kill()
    pair.spoke.start()
    pair.hub.wait(event="ph2-up", count=2)
    pair.hub.wait(event="ph2-down", reason="initial_contact")
    pair.hub.wait(event="ph1-down", reason="initial_contact")


@case
def peer_comes_back_to_other_shards(pair):
    """Each time it forgets what was before; the cookie decides which of the shards it comes to."""
    times = 8
    pair.configure_hub(connection="unique = replace")
    pair.configure_spoke(connection="unique = replace")
    pair.hub.start("--shards", "4")
    for count in range(1, times + 1):
        pair.spoke.start()
        pair.hub.wait(event="ph2-up", count=count)
        pair.spoke.kill()
    pair.hub.wait(event="ph1-down", reason="initial_contact", count=times - 1)
    pair.hub.wait(event="ph2-down", reason="initial_contact", count=times - 1)
    pair.hub.send(signal.SIGUSR1)
    line = pair.hub.wait(event="statistics")
    same((line["isakmp_sas"], line["children"], line["kernel_pairs"]), ("1", "1", "1"), "statistics")
    shards = [each for each in pair.hub.find(event="shard-statistics") if each.get("ph1_responded")]
    expect(len(shards) > 1, "all cookies were steered to one shard")


@case
def children_follow_to_other_shards(pair):
    pair.configure_spoke(connection="reauth_time = 1s\nover_time = 60s\nrand_time = 0s")
    pair.hub.start("--shards", "4")
    pair.spoke.start()
    pair.hub.wait(event="ph1-up", count=6)
    same(pair.hub.find(event="ph2-down"), [], "children that ended")
    same(len(pair.hub.find(event="ph2-up")), 1, "children")
    pair.hub.send(signal.SIGUSR1)
    line = pair.hub.wait(event="statistics")
    same((line["children"], line["kernel_pairs"]), ("1", "1"), "statistics")


@case
def deletes_find_their_children(pair):
    """Under whichever ISAKMP SA they come: the child may just have gone to another shard."""
    pair.configure_spoke(
        connection="reauth_time = 1s\nover_time = 60s\nrand_time = 0s",
        child="rekey_time = 1s\nlife_time = 60s\nrand_time = 0s",
    )
    pair.hub.start("--shards", "4")
    pair.spoke.start()
    pair.spoke.wait(event="ph2-down", reason="rekeyed", count=6)
    for ended in pair.spoke.find(event="ph2-down", reason="rekeyed"):
        pair.hub.wait(event="ph2-down", spi_in=ended["spi_out"], spi_out=ended["spi_in"])


@case
def selectors_of_hosts(pair):
    pair.configure_hub(local_ts="dynamic", remote_ts="dynamic", child="mode = transport")
    pair.configure_spoke(local_ts="dynamic", remote_ts="dynamic", child="mode = transport")
    hub, _ = pair.up()
    same(hub["mode"], "transport", "mode")


# ------------------------------------------------------------------ refusals


@case
def no_common_proposal(pair):
    pair.configure_spoke(proposals="aes256-sha512-ecp384")
    pair.start()
    pair.hub.wait(event="refused", reason="no_proposal")
    pair.spoke.wait(event="ph1-down", reason="peer_no_proposal")
    same(pair.hub.find(event="ph1-up"), [], "ISAKMP SAs")


@case
def wrong_secret(pair):
    pair.configure_spoke(secret="wrong")
    pair.start()
    pair.hub.wait(event="refused", reason="garbled")
    pair.spoke.wait(event="ph1-down")
    same(pair.spoke.find(event="ph1-up"), [], "ISAKMP SAs")


@case
def wrong_identity(pair):
    pair.configure_spoke(local_id="stranger.example.org")
    pair.start()
    pair.hub.wait(event="refused", reason="id_refused", remote_id="stranger.example.org")
    pair.spoke.wait(event="ph1-down")
    same(pair.spoke.find(event="ph1-up"), [], "ISAKMP SAs")


@case
def wrong_selectors(pair):
    pair.configure_spoke(remote_ts="172.16.0.0/12")
    pair.start()
    pair.hub.wait(event="notify-sent", notify="INVALID-ID-INFORMATION")
    pair.spoke.wait(event="ph2-down", reason="peer_invalid_id")
    same(pair.hub.find(event="ph2-up"), [], "children")


@case
def silent_peer_is_tried_as_often_as_configured(pair):
    pair.configure_spoke(connection="keyingtries = 2")
    pair.spoke.start()
    pair.spoke.wait(event="ph1-down", reason="timed_out", count=2)
    same(len(pair.spoke.find(event="ph1-initiated")), 2, "attempts")
