# SPDX-License-Identifier: BSD-2-Clause
"""Other clients of the control socket, good and bad."""

import os
import struct

from libvici import Session
from registry import case, expect, same
from vici import CONFIRM, EVENT, REQUEST, Client
from wait import until


@case
def libvici_reads_sas_and_events(pair):
    pair.hub.start("--shards", "2")
    session = Session(pair.hub.socket)
    try:
        for event in ("list-sa", "ike-updown", "child-updown"):
            expect(session.register(event), f"{event} is not known")
        same(session.ask("version")["daemon"], "ikehubd", "daemon")
        pair.spoke.start()
        pair.hub.wait(event="ph2-up")
        until(lambda: len(session.events) >= 2, 10, "no events came")
        (ike, up), (child, child_up) = session.events[:2]
        same((ike, up["up"], up["site"]["remote-id"]), ("ike-updown", "yes", "spoke.example.org"), "ISAKMP SA")
        same((child, child_up["up"], len(child_up["site"]["child-sas"])), ("child-updown", "yes", 1), "child")
        session.events.clear()
        session.ask("list-sas")
        ((name, message),) = session.events
        same((name, message["site"]["state"]), ("list-sa", "ESTABLISHED"), "listing")
        (tunnel,) = message["site"]["child-sas"].values()
        same(tunnel["local-ts"], ["10.0.0.0/8"], "selector")
    finally:
        session.close()


@case
def vici_tells_what_is_rekeyed(pair):
    pair.up()
    with Client(pair.hub.socket) as client, Client(pair.hub.socket) as other:
        for event in ("ike-rekey", "child-rekey", "ike-updown", "child-updown"):
            expect(client.register(event), f"{event} is not known")
        same(other.ask("rekey", child="net")["success"], "yes", "rekey of a child")
        kind, name, message = client.receive()
        same((kind, name), (EVENT, "child-rekey"), "event")
        child = message["site"]["child-sas"]["net"]
        same((child["old"]["state"], child["new"]["state"]), ("REKEYING", "INSTALLED"), "states")
        expect(child["old"]["spi-in"] != child["new"]["spi-in"], "the SPI is the same")
        # One that is begun within half a second of another is taken for what both sides began at once.
        until(lambda: other.list_sas()[0][1]["established"] != "0", 10, "no second went by")
        same(other.ask("rekey", ike="site")["success"], "yes", "rekey of an ISAKMP SA")
        kind, name, message = client.receive()
        same((kind, name), (EVENT, "ike-rekey"), "event")
        expect(message["site"]["old"]["initiator-spi"] != message["site"]["new"]["initiator-spi"], "the same cookie")
        # What was replaced goes without an event: the next one is of what is ended now.
        pair.hub.wait(event="ph1-down", reason="rekeyed")
        other.ask("terminate", ike="site")
        kind, name, message = client.receive()
        same((name, "up" in message), ("child-updown", False), "event")
        same(client.receive()[1], "ike-updown", "event")


@case
def vici_two_administrators(pair):
    """Both load, unload and list at once; each has its own answers, and what is left is what was loaded last."""
    pair.hub.start()
    with Client(pair.hub.socket) as one, Client(pair.hub.socket) as other:
        for round_ in range(20):
            for client, name in ((one, "one"), (other, "other")):
                pool = {name: {"addrs": f"10.{20 + round_}.0.0/16"}}
                client.send(REQUEST, "load-pool", **pool)
            for client in (one, other):
                same(client.stream()[1]["success"], "yes", "load-pool")
        same(set(one.ask("get-pools")), {"one", "other"}, "pools")
        same(other.ask("get-pools")["one"]["base"], "10.39.0.0", "the last one")
        one.send(REQUEST, "unload-pool", name="one")
        other.send(REQUEST, "unload-pool", name="one")
        same(sorted([one.stream()[1]["success"], other.stream()[1]["success"]]), ["no", "yes"], "unload-pool")


@case
def vici_secrets_come_and_go(pair):
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        for number in range(3):
            same(client.ask("load-shared", id=f"s{number}", type="IKE", data=b"\x00\xff secret", owners=["a.example.org"])["success"], "yes", "load-shared")
        same(client.ask("load-shared", type="IKE", data="unnamed")["success"], "yes", "without a name")
        same(client.ask("get-shared")["keys"], ["s0", "s1", "s2"], "names")
        same(client.ask("unload-shared", id="s1")["success"], "yes", "unload-shared")
        same(client.ask("get-shared")["keys"], ["s0", "s2"], "names")
        same(client.ask("clear-creds")["success"], "yes", "clear-creds")
        same(client.ask("get-shared")["keys"], [], "names")
        for wrong in ({"type": "PPK", "data": "x"}, {"type": "IKE"}, {"data": "x"}, {"type": "XAUTH", "data": "x"}):
            answer = client.ask("load-shared", **wrong)
            same(answer["success"], "no", f"{wrong}")
            expect("secret" not in answer["errmsg"] or "x" != answer["errmsg"], "a secret is told")


@case
def vici_refuses_what_it_cannot_use(pair):
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        for command, message in (
            ("load-conn", {}),
            ("load-conn", {"a": {}, "b": {}}),
            ("load-conn", {"a": {"local_addrs": ["127.0.0.1\n"]}}),
            ("load-conn", {"a": {"children": {"c": {"esp_proposals": ["none"]}}}}),
            ("load-pool", {"p": {"addrs": "10.0.0.0/99"}}),
            ("load-authority", {"x": {"cacert": os.urandom(600)}}),
            ("load-key", {"type": "rsa", "data": os.urandom(600)}),
            ("load-cert", {"type": "X509", "flag": "CA", "data": os.urandom(600)}),
            ("load-cert", {"type": "X509", "flag": "AA", "data": "x"}),
            ("load-token", {"handle": "00"}),
            ("unload-conn", {"name": "site"}),
            ("unload-conn", {}),
            ("rekey", {}),
        ):
            answer = client.ask(command, **message)
            same(answer["success"], "no", f"{command} {message}")
            expect(answer["errmsg"], f"{command} is refused without a reason")
        same(client.ask("version")["daemon"], "ikehubd", "daemon")


@case
def vici_client_that_never_reads_events(pair):
    """It loses events, and nobody else does."""
    pair.configure_spoke(start="none")
    pair.hub.start("--log-level", "debug")
    with Client(pair.hub.socket) as deaf, Client(pair.hub.socket) as good, Client(pair.hub.socket) as busy:
        for client in (deaf, good):
            expect(client.register("log"), "log is not known")
        while not pair.hub.find(event="control-events-lost"):
            for _ in range(200):
                busy.send(REQUEST, "version")
            for _ in range(200):
                busy.receive()
                same(good.receive()[:2], (EVENT, "log"), "an event")
        same(busy.ask("version")["daemon"], "ikehubd", "daemon")


@case
def vici_half_open_clients(pair):
    pair.hub.start()
    clients = [Client(pair.hub.socket) for _ in range(8)]
    try:
        for client in clients[:4]:
            client.socket.sendall(struct.pack(">I", 100) + b"\x00\x07vers")
        for client in clients[4:6]:
            client.socket.sendall(b"\x00\x00")
        same(clients[6].ask("version")["daemon"], "ikehubd", "daemon")
    finally:
        for client in clients:
            client.socket.close()
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")
        client.send(3, "ike-updown")
        same(client.receive()[0], CONFIRM, "register")
