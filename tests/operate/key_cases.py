# SPDX-License-Identifier: BSD-2-Clause
"""Private keys are in a process of their own: it signs, it ends and begins again, and nobody else has them."""

import json
import os
import re
import shutil
import signal
import subprocess

from authority import Authority, raw_key
from registry import case, expect, register, same
from vici import Client
from wait import until

KINDS = ("rsa", "ecdsa256", "ecdsa384")
SECONDS = 15
ROUNDS = 3

SITE = """
ikehub {{
    retransmit_timeout = 0.2
    retransmit_tries = 6
    {daemon}
}}
connections {{
    site {{
        version = 1
        local_addrs = {local}
        remote_addrs = {remote}
        remote_port = {remote_port}
        proposals = aes128-sha256-ecp256
        local {{
            auth = pubkey
            certs = {cert}
            id = {id}
        }}
        remote {{
            auth = pubkey
            id = {remote_id}
        }}
        children {{
            net {{
                local_ts = {local_ts}
                remote_ts = {remote_ts}
                esp_proposals = aes128gcm16
            }}
        }}
    }}
}}
{secrets}
"""


def install(pair, folder, path):
    """Into a folder beside the configuration; returns where it is."""
    os.makedirs(os.path.join(pair.directory, folder), exist_ok=True)
    return shutil.copy(path, os.path.join(pair.directory, folder))


def configure(pair, own, peer, daemon="", secrets=""):
    """Both from one folder: each takes what its certificate needs."""
    ends = ((pair.hub, own, pair.spoke, "10.0.0.0/8"), (pair.spoke, peer, pair.hub, "10.1.0.0/16"))
    for (here, certificate, there, net), (_, _, _, other) in zip(ends, reversed(ends)):
        here.write(
            SITE.format(
                daemon=daemon,
                local=here.address,
                remote=there.address,
                remote_port=there.port,
                cert=os.path.basename(certificate.path),
                id=f"{here.name}.example.org",
                remote_id=f"{there.name}.example.org",
                local_ts=net,
                remote_ts=other,
                secrets=secrets if here is pair.hub else "",
            )
        )


def certificates(pair, kind="rsa"):
    ca = Authority(pair.directory, "ca")
    own, peer = (ca.issue(name, kind=kind, alternative=f"DNS:{name}.example.org") for name in ("hub", "spoke"))
    install(pair, "x509ca", ca.own.path)
    for certificate in (own, peer):
        install(pair, "x509", certificate.path)
        os.chmod(install(pair, "private", certificate.key), 0o600)
    return own, peer


def handshake(pair):
    """One more, begun by the spoke."""
    count = len(pair.hub.find(event="ph1-up"))
    done = pair.spoke.control("initiate", "--ike", "site", "--child", "net")
    same(done.returncode, 0, done.stdout + done.stderr)
    pair.hub.wait(event="ph1-up", count=count + 1)
    same(pair.spoke.control("terminate", "--ike", "site").returncode, 0, "terminate")


def signatures(daemon, counter="sign_made"):
    text = daemon.control("--json", "stats").stdout
    return sum(int(number) for number in re.findall(rf'"{counter}": (\d+)', text))


def key_process(daemon):
    """The number of the one that there is now."""
    return int(daemon.find(event="key-process")[-1]["pid"])


def kill_key_process(daemon):
    count = len(daemon.find(event="keys-read"))
    os.kill(key_process(daemon), signal.SIGKILL)
    return count


def add_signing(kind):
    def signs(pair):
        configure(pair, *certificates(pair, kind))
        pair.start()
        handshake(pair)
        expect(signatures(pair.hub) > 0, "nothing was signed by the key process")

    register(f"key-process-signs-{kind}", signs)


for each in KINDS:
    add_signing(each)


@case
def keys_in_one_process(pair):
    """`privileges = none`: the same, without another process."""
    configure(pair, *certificates(pair), daemon="privileges = none")
    pair.start()
    handshake(pair)
    same(signatures(pair.hub), 0, "signatures of another process")
    same(pair.hub.find(event="key-process"), [], "key processes")


@case
def key_process_killed(pair):
    """Handshakes that are under way go on, and so do those that come."""
    configure(pair, *certificates(pair))
    pair.start()
    handshake(pair)
    for round in range(ROUNDS):
        up = len(pair.hub.find(event="ph1-up"))
        asking = pair.spoke.begin("initiate", "--ike", "site", "--child", "net")
        read = kill_key_process(pair.hub)
        pair.hub.wait(event="ph1-up", count=up + 1)
        pair.hub.wait(event="keys-read", count=read + 1)
        same(asking.wait(SECONDS), 0, f"handshake of round {round}")
        same(pair.spoke.control("terminate", "--ike", "site").returncode, 0, "terminate")
        handshake(pair)
    same(pair.hub.process.poll(), None, "the daemon's status")
    same(signatures(pair.hub, "sign_lost"), 0, "signatures that were given up")


@case
def key_process_stopped(pair):
    """A process that does nothing delays nobody but those who need it; what is up goes on."""
    configure(pair, *certificates(pair))
    pair.start()
    done = pair.spoke.control("initiate", "--ike", "site", "--child", "net")
    same(done.returncode, 0, done.stderr)
    held = key_process(pair.hub)
    os.kill(held, signal.SIGSTOP)
    same(pair.spoke.control("rekey", "--child", "net").returncode, 0, "rekey")
    pair.hub.wait(event="ph2-up", count=2)
    with Client(pair.hub.socket) as client:
        same(len(client.list_sas()), 1, "SAs")
    os.kill(held, signal.SIGKILL)
    pair.hub.wait(event="keys-read", count=2)
    same(pair.spoke.control("terminate", "--ike", "site").returncode, 0, "terminate")
    handshake(pair)


def prime_of(path):
    """The first prime of an RSA key, as bytes."""
    text = subprocess.run(
        ["openssl", "pkey", "-in", path, "-noout", "-text"], check=True, capture_output=True, text=True
    ).stdout
    digits = re.search(r"prime1:\n((?:    [0-9a-f:]+\n)+)", text).group(1)
    return bytes.fromhex(re.sub(r"[^0-9a-f]", "", digits)).lstrip(b"\0")


def has_in_memory(pid, secrets):
    """Whether one of the secrets is in what the process can write to."""
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            fields = line.split()
            begin, end = (int(number, 16) for number in fields[0].split("-"))
            if not fields[1].startswith("rw"):
                continue
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except (OSError, ValueError):
                continue
            if any(secret in data for secret in secrets):
                return True
    return False


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return [int(number) for number in file.read().split()]


@case
def keys_are_nowhere_else(pair):
    """The bytes of a prime, in the order of files and in OpenSSL's, are in the key process and in no other."""
    own, peer = certificates(pair)
    configure(pair, own, peer)
    pair.start()
    handshake(pair)
    with Client(pair.hub.socket) as client, open(own.key, "rb") as file:
        same(client.ask("load-key", type="any", data=file.read())["success"], "yes", "load-key")
        pair.hub.wait(event="reloaded")
    pair.hub.send(signal.SIGHUP)
    pair.hub.wait(event="reloaded", count=2)
    prime = prime_of(own.key)
    secrets = (prime[:64], prime[::-1][:64])
    holder = key_process(pair.hub)
    others = [pair.hub.process.pid]
    for pid in others:
        others += [child for child in children_of(pid) if child != holder]
    expect(len(others) > 1, "the daemon has no other process")
    expect(has_in_memory(holder, secrets), "the key process does not have the key")
    for pid in others:
        expect(not has_in_memory(pid, secrets), f"process {pid} has the key")


@case
def keys_are_encrypted(pair):
    """What a passphrase opens is opened again by the next process."""
    own, peer = certificates(pair)
    sealed = os.path.join(pair.directory, "pkcs8", "sealed.pem")
    os.makedirs(os.path.dirname(sealed))
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", own.key, "-out", sealed, "-passout", "pass:open"],
        check=True,
        capture_output=True,
    )
    os.chmod(sealed, 0o600)
    os.unlink(os.path.join(pair.directory, "private", os.path.basename(own.key)))
    os.unlink(os.path.join(pair.directory, "private", os.path.basename(peer.key)))
    os.chmod(install(pair, "rsa", peer.key), 0o600)
    passphrase = 'secrets {\n    pkcs8-own {\n        file = sealed.pem\n        secret = "open"\n    }\n}'
    configure(pair, own, peer, secrets=passphrase)
    pair.hub.start()
    pair.hub.wait(event="keys-read")
    # The spoke is in one folder with it, and has no passphrase.
    away = shutil.move(sealed, pair.directory)
    pair.spoke.start()
    pair.spoke.wait(event="keys-read")
    shutil.move(away, sealed)
    handshake(pair)
    read = kill_key_process(pair.hub)
    same(pair.hub.wait(event="keys-read", count=read + 1)["keys"], "2", "keys")
    handshake(pair)


@case
def keys_are_loaded_and_lost(pair):
    """A key that a client loaded is gone with the process, which is told; loaded again it signs again."""
    own, peer = certificates(pair)
    mine = os.path.join(pair.directory, "private", os.path.basename(own.key))
    configure(pair, own, peer)
    with open(pair.hub.conf) as file:
        loaded = file.read()
    # The file's connection has no key, and what is loaded has.
    os.unlink(mine)
    pair.hub.write(loaded[: loaded.index("connections {")])
    pair.hub.start()
    pair.spoke.start()
    sides = {"auth": "pubkey", "id": "spoke.example.org"}
    with open(own.path, "rb") as file:
        certificate = file.read()
    connection = {
        "version": "1",
        "local_addrs": [pair.hub.address],
        "remote_addrs": [pair.spoke.address],
        "remote_port": str(pair.spoke.port),
        "proposals": ["aes128-sha256-ecp256"],
        "local": {"auth": "pubkey", "id": "hub.example.org", "certs": [certificate]},
        "remote": sides,
        "children": {"net": {"local_ts": ["10.0.0.0/8"], "remote_ts": ["10.1.0.0/16"], "esp_proposals": ["aes128gcm16"]}},
    }
    with open(own.key, "rb") as file:
        key = file.read()
    with Client(pair.hub.socket) as client:
        name = client.ask("load-key", type="rsa", data=key)["id"]
        same(client.ask("load-conn", site=connection)["success"], "yes", "load-conn")
        same(client.ask("get-keys")["keys"], [name], "keys")
        handshake(pair)
        kill_key_process(pair.hub)
        same(pair.hub.wait(event="keys-lost")["keys"], "1", "keys that were lost")
        same(client.ask("get-keys").get("keys", []), [], "keys")
        same(client.ask("load-key", type="rsa", data=key)["id"], name, "the key's name")
        until(lambda: client.ask("get-conns")["conns"] == ["site"], SECONDS, "the connection is not there")
        handshake(pair)
        same(client.ask("unload-key", id=name)["success"], "yes", "unload-key")
        same(client.ask("load-key", type="rsa", data=b"no key")["success"], "no", "load-key of what is none")


@case
def key_process_asked_for_garbage(pair):
    """An exchange with it is bounded in any case: a key that is too long is refused, and it goes on."""
    own, peer = certificates(pair)
    configure(pair, own, peer)
    pair.start()
    with Client(pair.hub.socket) as client:
        for data in (b"", os.urandom(100), os.urandom(20000), b"-----BEGIN PRIVATE KEY-----\nAAAA\n"):
            same(client.ask("load-key", type="any", data=data)["success"], "no", "load-key")
    public, _ = raw_key(pair.directory, "other")
    with Client(pair.hub.socket) as client, open(public, "rb") as file:
        same(client.ask("load-key", type="any", data=file.read())["success"], "no", "load-key of a public one")
    handshake(pair)
    same(len(pair.hub.find(event="key-process")), 1, "key processes")
    expect(json.loads(pair.hub.control("--json", "stats").stdout), "stats")
