# SPDX-License-Identifier: BSD-2-Clause
"""What the control socket of ikehubd has to do."""

import json
import os
import signal
import stat

from registry import case, expect, same
from vici import REQUEST, Client

# A group that the vector unit serves.
MODP = "aes128-sha256-modp2048"


@case
def control_version(pair):
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")
        same(client.ask("no-such-command"), None, "an unknown command")


@case
def control_lists_a_tunnel(pair):
    hub, _ = pair.up("--shards", "3")
    with Client(pair.hub.socket) as client:
        ((name, sa),) = client.list_sas()
        same((name, sa["state"], sa["remote-id"]), ("site", "ESTABLISHED", "spoke.example.org"), "SA")
        (child,) = sa["child-sas"].values()
        same((child["spi-in"], child["state"]), (hub["spi_in"], "INSTALLED"), "child")
        same(child["local-ts"], ["10.0.0.0/8"], "selector")
        same(len(client.list_sas(**{"ike-id": sa["uniqueid"]})), 1, "SAs of that number")
        same(client.list_sas(ike="other"), [], "SAs of another name")
        stats = client.ask("stats")
        same((stats["ikesas"]["total"], len(stats["ikehub"]["shards"])), ("1", 3), "stats")


@case
def control_garbage(pair):
    pair.hub.start()
    with Client(pair.hub.socket) as client, Client(pair.hub.socket) as other:
        client.socket.sendall(b"GET / HTTP/1.1\r\n\r\n" + os.urandom(100))
        # The daemon has hung up, whether it read all of that or not.
        try:
            same(client.socket.recv(1), b"", "an answer to garbage")
        except ConnectionResetError:
            pass
        same(other.ask("version")["daemon"], "ikehubd", "another client")


@case
def control_client_that_never_reads(pair):
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        client.register("list-sa")
        client.socket.settimeout(0.2)
        try:
            while True:
                client.send(REQUEST, "stats")
        except TimeoutError:
            pass
        with Client(pair.hub.socket) as other:
            same(other.ask("version")["daemon"], "ikehubd", "another client")
        pair.spoke.start()
        pair.hub.wait(event="ph2-up")
        pair.hub.stop()


@case
def control_client_goes_amid_a_listing(pair):
    pair.up()
    for _ in range(20):
        with Client(pair.hub.socket) as client:
            client.register("list-sa")
            client.send(REQUEST, "list-sas")
    with Client(pair.hub.socket) as client:
        same(len(client.list_sas()), 1, "SAs")


@case
def control_permissions(pair):
    pair.configure_hub(daemon="socket_mode = 0600")
    pair.hub.start()
    same(stat.S_IMODE(os.stat(pair.hub.socket).st_mode), 0o600, "mode")
    pair.hub.stop()
    expect(not os.path.exists(pair.hub.socket), "the socket outlives the daemon")


@case
def control_stale_socket(pair):
    pair.hub.start()
    pair.hub.kill()
    expect(stat.S_ISSOCK(os.stat(pair.hub.socket).st_mode), "no socket was left behind")
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")


@case
def control_socket_of_another(pair):
    pair.hub.start()
    pair.spoke.socket = pair.hub.socket
    done = pair.spoke.run(*pair.spoke.listen()[3:])
    same(done.returncode, 1, "status")
    expect(f"{pair.hub.socket}: another process serves this socket" in done.stderr, done.stderr)
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")


@case
def control_none(pair):
    pair.hub.start("--socket", "none")
    expect(not os.path.exists(pair.hub.socket), "there is a socket")
    pair.hub.stop()


@case
def control_names_who_asked(pair):
    pair.hub.start("--log-level", "debug")
    with Client(pair.hub.socket) as client:
        client.ask("version")
        line = pair.hub.wait(event="control", command="version")
        same((line["pid"], line["uid"]), (str(os.getpid()), str(os.getuid())), "who")


# ------------------------------------------------------------------ ikehubctl


def output(done):
    same((done.returncode, done.stderr), (0, ""), f"ikehubctl {done.args[3:]}")
    return done.stdout


@case
def ctl_status(pair):
    pair.up()
    text = output(pair.hub.control("status"))
    expect(text.startswith("ikehubd ") and "\n1 ISAKMP SAs, 0 half open, 1 children\n" in text, text)
    status = json.loads(output(pair.hub.control("status", "--json")))
    same((status["daemon"], status["ikesas"]["total"], status["children"]), ("ikehubd", 1, 1), "status")


@case
def ctl_list_sas(pair):
    hub, _ = pair.up("--shards", "1")
    rows = output(pair.hub.control("list-sas")).splitlines()
    same([row.split()[0] for row in rows], ["ID", "1", "net"], "rows")
    same(rows[1].split()[1:3] + rows[1].split()[-1:], ["site", "ESTABLISHED", "spoke.example.org"], "SA")
    same(rows[2].split()[-1], f"{hub['spi_in']}/{hub['spi_out']}", "SPIs")
    (sa,) = json.loads(output(pair.hub.control("list-sas", "--json", "--ike", "site")))
    same((sa["name"], sa["uniqueid"], sa["remote-id"]), ("site", 1, "spoke.example.org"), "SA")
    same(json.loads(output(pair.hub.control("list-sas", "--json", "--ike-id", "2"))), [], "no SA")


@case
def ctl_stats(pair):
    pair.up("--shards", "2")
    rows = [row.split() for row in output(pair.hub.control("stats")).splitlines()]
    same(rows[0], ["COUNTER", "TOTAL", "0", "1"], "headings")
    same(rows[1][:2], ["handshakes", "1"], "handshakes")
    stats = json.loads(output(pair.hub.control("stats", "--json")))
    same(stats["ikehub"]["total"]["ph2_responded"], 1, "ph2_responded")


@case
def ctl_without_daemon(pair):
    done = pair.hub.control("status")
    same((done.returncode, done.stdout), (3, ""), "ikehubctl")
    expect("No such file or directory" in done.stderr, done.stderr)


@case
def ctl_wrong_usage(pair):
    done = pair.hub.control("stat")
    same((done.returncode, done.stdout), (2, ""), "ikehubctl")
    same(done.stderr, "ikehubctl: 'stat' is no command; see --help\n", "error")


@case
def ctl_terminate(pair):
    pair.up("--shards", "2")
    same(output(pair.hub.control("terminate", "--ike", "site")), "ended 1 ISAKMP SAs, 1 children\n", "output")
    pair.spoke.wait(event="ph1-down", reason="deleted")
    pair.hub.wait(event="ph2-down", reason="on_request")
    same(pair.hub.wait(event="control", command="terminate")["level"], "notice", "level")
    done = pair.hub.control("terminate", "--ike", "site")
    same((done.returncode, done.stderr), (1, "ikehubctl: there is no such SA\n"), "nothing to end")
    done = pair.hub.control("terminate")
    same((done.returncode, done.stderr), (1, "ikehubctl: expected ike, child, ike-id or child-id\n"), "no argument")


@case
def ctl_terminate_child(pair):
    pair.up()
    (sa,) = json.loads(output(pair.hub.control("list-sas", "--json")))
    (child,) = sa["child-sas"].values()
    done = output(pair.hub.control("terminate", "--child-id", str(child["uniqueid"]), "--json"))
    same((json.loads(done)["success"], json.loads(done)["terminated"]), ("yes", "1"), "response")
    pair.spoke.wait(event="ph2-down", reason="deleted")
    same(pair.spoke.find(event="ph1-down"), [], "ISAKMP SAs that ended")


@case
def crypto_without_the_vector_unit(pair):
    pair.configure_hub(daemon="crypto = openssl", proposals=MODP)
    pair.configure_spoke(proposals=MODP)
    pair.up()
    line = pair.hub.wait(event="crypto")
    same((line["modp"], line.get("text")), ("openssl", None), "crypto")
    expect("MODP groups: openssl" in output(pair.hub.control("status")), "status does not tell")


@case
def crypto_with_what_there_is(pair):
    pair.configure_hub(proposals=MODP)
    pair.configure_spoke(proposals=MODP)
    pair.up()
    line = pair.hub.wait(event="crypto")
    pair.hub.send(signal.SIGUSR1)
    jobs = pair.hub.wait(event="statistics")
    if line["modp"] == "openssl":
        expect(line["text"], "no reason")
        same(jobs.get("dh_vector"), None, "jobs of the vector unit")
    else:
        same((line["modp"], line.get("text")), ("avx512-ifma", None), "crypto")
        expect(int(jobs["dh_vector"]) > 0, "the vector unit did nothing")


@case
def ctl_drain(pair):
    pair.up("--shards", "2")
    output(pair.hub.control("drain"))
    expect("draining" in output(pair.hub.control("status")), "status does not tell")
    pair.spoke.stop()
    pair.hub.wait(event="ph1-down", reason="deleted")
    pair.hub.process.wait(10)
    same([line["event"] for line in pair.hub.lines()][-1], "stopped", "last line")
    same(len(pair.hub.find(event="drained")), 1, "drained")


@case
def ctl_drain_lets_nobody_in(pair):
    pair.configure_hub(start="none")
    pair.up()
    output(pair.hub.control("drain"))
    pair.spoke.kill()
    pair.spoke.start()
    pair.spoke.wait(event="ph1-down", reason="peer_no_proposal")
    same(len(pair.hub.find(event="ph1-up")), 1, "ISAKMP SAs")


@case
def ctl_drain_now(pair):
    pair.up()
    output(pair.hub.control("drain", "--now"))
    pair.spoke.wait(event="ph1-down", reason="deleted")
    same(pair.hub.process.wait(10), 0, "status")


@case
def ctl_initiate(pair):
    pair.configure_spoke(start="none")
    pair.start("--shards", "2")
    same(output(pair.spoke.control("initiate", "--child", "net")), "the child is up\n", "output")
    pair.hub.wait(event="ph2-up")
    same(output(pair.spoke.control("initiate", "--ike", "site")), "the ISAKMP SA is up\n", "output")
    same(len(pair.spoke.find(event="ph1-up")), 1, "ISAKMP SAs")
    done = pair.spoke.control("initiate", "--child", "none")
    same((done.returncode, done.stderr), (1, "ikehubctl: there is no such connection or child\n"), "no child")


@case
def ctl_initiate_in_the_place_of_one_that_ended(pair):
    pair.configure_spoke(start="none")
    pair.start()
    for _ in range(3):
        output(pair.spoke.control("initiate", "--child", "net"))
        output(pair.spoke.control("terminate", "--ike", "site"))
    pair.hub.wait(event="ph1-down", reason="deleted", count=3)


@case
def ctl_initiate_in_vain(pair):
    pair.configure_spoke(start="none", secret='"another secret"')
    pair.start()
    done = pair.spoke.control("initiate", "--ike", "site")
    same((done.returncode, done.stdout.strip()), (1, done.stderr.removeprefix("ikehubctl: ").strip()), "failure")
