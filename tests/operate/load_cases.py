# SPDX-License-Identifier: BSD-2-Clause
"""Much that is loaded one by one."""

from registry import case, expect, same
from vici import Client

CONNECTIONS = 2000


def connection(number):
    address = f"10.{100 + number // 65536}.{number // 256 % 256}.{number % 256}"
    return {
        "local_addrs": ["127.0.0.1"],
        "remote_addrs": [address],
        "proposals": ["aes128-sha256-ecp256"],
        "local": {"auth": "psk", "id": "hub.example.org"},
        "remote": {"auth": "psk", "id": f"site{number}.example.org"},
        "children": {"net": {"local_ts": ["10.0.0.0/8"], "remote_ts": ["10.1.0.0/16"]}},
    }


@case
def load_many_one_by_one(pair):
    """Each is answered at once, and few snapshots are made of all of them."""
    pair.hub.start()
    with Client(pair.hub.socket) as client:
        for number in range(CONNECTIONS):
            name = f"loaded{number}"
            same(client.ask("load-conn", **{name: connection(number)})["success"], "yes", name)
        same(len(client.ask("get-conns")["conns"]), CONNECTIONS, "names")
        expect(client.register("list-conn"), "list-conn is not known")
        client.send(0, "list-conns")
        events, _ = client.stream()
        same(len(events), CONNECTIONS + 1, "connections, with the file's")
        expect(len(pair.hub.find(event="reloaded")) < CONNECTIONS / 20, "snapshots are made one by one")
        for number in range(CONNECTIONS):
            same(client.ask("unload-conn", name=f"loaded{number}")["success"], "yes", "unload-conn")
        client.send(0, "list-conns")
        same(len(client.stream()[0]), 1, "connections that are left")
