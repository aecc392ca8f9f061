# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of the log of an ikehubd: its formats, and readers that make trouble."""

import json
import os
import socket

from pair import HUB
from registry import case, expect, same
from wait import until

ANSWER_SECONDS = 10

# Ends a string, a line and an object, and moves a terminal's cursor.
HOSTILE = b'x","event":"forged"}\n{" event=forged \x1b[2J\x80\xff'


def object_of(pairs):
    keys = [key for key, _ in pairs]
    expect(len(keys) == len(set(keys)), f"a key comes twice: {keys}")
    return dict(pairs)


def objects(daemon):
    with open(daemon.log, "rb") as file:
        lines = file.read().split(b"\n")[:-1]
    return [json.loads(line, object_pairs_hook=object_of) for line in lines]


def with_event(daemon, name):
    """All lines of this event, as soon as there is one."""
    return until(
        lambda: [line for line in objects(daemon) if line["event"] == name],
        ANSWER_SECONDS,
        f"{daemon.name} did not log {name}",
    )


def answers(daemon):
    """Its control thread and its shards do."""
    until(lambda: daemon.control("status").returncode == 0, ANSWER_SECONDS, "it does not answer")
    same(daemon.control("list-sas").returncode, 0, "list-sas")


def flood(daemon, count=3000):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(count):
            stranger.sendto(os.urandom(64), (HUB, daemon.port))


@case
def log_as_json(pair):
    pair.hub.launch("--log-format", "json", "--log-level", "debug")
    with_event(pair.hub, "ready")
    pair.spoke.start()
    pair.spoke.wait(event="ph2-up")
    up = with_event(pair.hub, "ph1-up")[0]
    same((up["level"], up["connection"], up["remote_id"]), ("info", "site", "spoke.example.org"), "ph1-up")
    expect(isinstance(up["life_s"], int), "a number is no number")


@case
def hostile_identity_cannot_forge_a_line(pair):
    identity = "keyid:0x" + HOSTILE.hex()
    pair.configure_spoke(local_id=identity)
    pair.configure_hub(remote_id=identity)
    pair.hub.launch("--log-format", "json")
    with_event(pair.hub, "ready")
    pair.spoke.start()
    pair.spoke.wait(event="ph2-up")
    with_event(pair.hub, "ph2-up")
    for line in objects(pair.hub):
        expect(line["event"] != "forged", f"forged: {line}")
    expect(not pair.spoke.find(event="forged"), "forged in logfmt")


@case
def format_changes_with_a_reload(pair):
    pair.hub.start()
    pair.configure_hub(daemon="log_format = json")
    same(pair.hub.control("reload").returncode, 0, "reload")
    until(lambda: any('"event":"reloaded"' in line for line in pair.hub.tail()), ANSWER_SECONDS, "no line in JSON")


@case
def full_disk_stops_nothing(pair):
    with open("/dev/full", "wb") as full:
        pair.hub.launch_into(full, "--log-level", "debug")
    answers(pair.hub)
    pair.spoke.start()
    pair.spoke.wait(event="ph2-up")
    flood(pair.hub)
    answers(pair.hub)


@case
def closed_standard_error_is_no_file_of_ours(pair):
    pair.hub.launch_into(None, preexec_fn=lambda: os.close(2))
    answers(pair.hub)
    same(os.readlink(f"/proc/{pair.hub.process.pid}/fd/2"), "/dev/null", "descriptor 2")
    pair.spoke.start()
    pair.spoke.wait(event="ph2-up")


@case
def stuck_reader_stops_nothing(pair):
    reader, writer = os.pipe()
    pair.hub.launch_into(writer, "--log-level", "debug")
    answers(pair.hub)
    flood(pair.hub)
    pair.spoke.start()
    pair.spoke.wait(event="ph2-up")
    answers(pair.hub)
    os.close(reader)
    os.close(writer)
    answers(pair.hub)
