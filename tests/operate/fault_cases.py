# SPDX-License-Identifier: BSD-2-Clause
"""Clients of the control socket that do what they should not, and several that work at once."""

import random
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from registry import case, expect, same
from vici import REQUEST, Client, encode, short
from wait import until

SEED = 1
MUTATIONS = 2000
ROUNDS = 25
CLIENTS_MAX = 32
NO_PROTOCOL = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(32),
    b"SSH-2.0-OpenSSH_9.2p1\r\n",
    struct.pack(">I", 0),
    struct.pack(">I", 0xFFFFFFFF) + bytes(16),
    struct.pack(">I", 512 * 1024 + 1) + bytes(16),
    struct.pack(">I", 2) + b"\x00\x07",
)


def serves(pair):
    with Client(pair.hub.socket) as client:
        same(client.ask("version")["daemon"], "ikehubd", "daemon")


def hung_up(client):
    """What is read until the end of the stream."""
    try:
        while client.socket.recv(65536):
            pass
    except ConnectionResetError:
        pass


def requests():
    """Of each kind one that is right, as bytes behind their length."""
    child = {"esp_proposals": ["aes128gcm16"], "local_ts": ["10.0.0.0/8"]}
    sides = {"local": {"auth": "psk", "id": "a"}, "remote": {"auth": "psk", "id": "b"}}
    for name, message in (
        ("load-conn", {"garbage": {"version": "1", "children": {"net": child}, **sides}}),
        ("load-shared", {"id": "garbage", "type": "IKE", "data": b"\x00secret", "owners": ["b"]}),
        ("load-pool", {"garbage": {"addrs": "10.9.0.0/24", "dns": ["10.9.0.1"]}}),
        ("list-sas", {"ike": "site", "ike-id": "1"}),
        ("unload-conn", {"name": "garbage"}),
        ("get-counters", {"name": "site"}),
    ):
        yield bytes([REQUEST]) + short(name) + encode(message)


def mutated(chance, packet):
    data = bytearray(packet)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data))
        kind = chance.randrange(3)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            del data[at : at + chance.randint(1, 8)]
            data = data or bytearray(1)
        else:
            data[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(data)


@case
def vici_garbage(pair):
    """Who speaks something else is hung up on; what is nearly right is answered or hung up on; others are served."""
    pair.up()
    for text in NO_PROTOCOL:
        with Client(pair.hub.socket) as client:
            client.socket.sendall(text)
            client.socket.shutdown(socket.SHUT_WR)
            hung_up(client)
    chance = random.Random(SEED)
    right = list(requests())
    for _ in range(MUTATIONS):
        packet = mutated(chance, chance.choice(right))
        with Client(pair.hub.socket) as client:
            client.socket.sendall(struct.pack(">I", len(packet)) + packet)
            client.socket.shutdown(socket.SHUT_WR)
            hung_up(client)
    serves(pair)
    with Client(pair.hub.socket) as client:
        same(len(client.list_sas(ike="site")), 1, "SAs")


@case
def vici_client_that_never_reads_answers(pair):
    """Its requests are left alone when enough waits for it; others are served meanwhile."""
    pair.hub.start()
    with Client(pair.hub.socket) as deaf:
        deaf.socket.setblocking(False)
        request = struct.pack(">I", 9) + bytes([REQUEST]) + short("version")
        try:
            while True:
                deaf.socket.send(request * 64)
        except BlockingIOError:
            pass
        for _ in range(ROUNDS):
            serves(pair)


@case
def vici_more_clients_than_are_served(pair):
    """Those beyond are hung up on, and there is room again when some go."""
    pair.hub.start()
    clients = []
    try:
        while len(clients) < CLIENTS_MAX:
            clients.append(Client(pair.hub.socket))
            same(clients[-1].ask("version")["daemon"], "ikehubd", "daemon")
        with Client(pair.hub.socket) as further:
            hung_up(further)
        pair.hub.wait(event="control-refused")
    finally:
        for client in clients:
            client.socket.close()

    def again():
        try:
            serves(pair)
        except (EOFError, ConnectionError):
            return False
        return True

    until(again, 10, "there is no room again")


class Administrator:
    """Loads, lists, begins, ends and unloads, again and again. All commands are answered."""

    def __init__(self, pair, name):
        self.pair = pair
        self.name = name

    def connection(self, number):
        return {
            f"{self.name}-{number}": {
                "remote_addrs": [f"192.0.2.{number}"],
                "local": {"auth": "psk", "id": "hub.example.org"},
                "remote": {"auth": "psk", "id": f"{self.name}-{number}.example.org"},
                "children": {"net": {"esp_proposals": ["aes128gcm16"]}},
            }
        }

    def round(self, client, number):
        same(client.ask("load-conn", **self.connection(number))["success"], "yes", "load-conn")
        secret = {"id": self.name, "type": "IKE", "data": f"{number}", "owners": [self.name]}
        same(client.ask("load-shared", **secret)["success"], "yes", "load-shared")
        expect(f"{self.name}-{number}" in client.ask("get-conns")["conns"], "what was loaded is not there")
        for command in ("initiate", "terminate"):
            answer = client.ask(command, ike="site", child="net", timeout=5000)
            expect(answer["success"] == "yes" or answer["errmsg"], f"{command} has no reason: {answer}")
        expect(client.list_sas() is not None, "list-sas is not known")
        if number % 2:
            same(client.ask("unload-conn", name=f"{self.name}-{number}")["success"], "yes", "unload-conn")

    def work(self):
        with Client(self.pair.hub.socket) as client:
            for number in range(1, ROUNDS + 1):
                self.round(client, number)


@case
def vici_administrators_at_once(pair):
    """Two of them, who also begin and end the same child; what each has loaded and not unloaded is there afterwards."""
    pair.configure_spoke(start="none")
    pair.start("--shards", "2")
    names = ("one", "other")
    with ThreadPoolExecutor(len(names)) as threads:
        for done in [threads.submit(Administrator(pair, name).work) for name in names]:
            done.result()
    with Client(pair.hub.socket) as client:
        left = {f"{name}-{number}" for name in names for number in range(2, ROUNDS + 1, 2)}
        same(set(client.ask("get-conns")["conns"]), left, "connections")
        same(set(client.ask("get-shared")["keys"]), set(names), "secrets")
        same(client.ask("initiate", ike="site", child="net")["success"], "yes", "a child in the end")
        installed = [child for sa in client.list_sas() for child in sa[1]["child-sas"].values()]
        same([child["state"] for child in installed], ["INSTALLED"], "children")
