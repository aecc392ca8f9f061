# SPDX-License-Identifier: BSD-2-Clause
"""Clients with users and addresses come one after the other, while the daemon is killed: no address has two of them."""

import os
import random
import subprocess
import time
from dataclasses import replace

from cases.clients import INSIDE, NAMED, POOL
from lab import case, expect, same
from netns import PEER
from nodes import Estate
from strongswan import SWANCTL
from tunnel import connection_section
from vici import Client

USERS = [f"user{number}" for number in range(12)]
KILLED_AFTER = (3, 5, 8, 11)
PAUSE_SECONDS = (0.0, 0.3)


def passwords():
    return {f"xauth-{user}": {"id": user, "secret": '"a password"'} for user in USERS}


def hub():
    return replace(
        NAMED,
        children=(INSIDE,),
        more={"pools": POOL},
        secrets=passwords(),
        options={"pools": "inside"},
        rounds={"remote-user": {"auth": "xauth"}},
    )


def site_of(user):
    return replace(
        NAMED,
        name=user,
        children=(replace(INSIDE, name=f"{user}-net"),),
        secrets=passwords(),
        options={"vips": "0.0.0.0"},
        rounds={"local-user": {"auth": "xauth", "xauth_id": user}},
    )


def peers():
    sections = {user: connection_section(site_of(user), PEER, False, {"policies": "no"}) for user in USERS}
    return replace(site_of(USERS[0]), more={"connections": sections})


def begin(client, user):
    """It comes up, or is given up when its daemon was killed meanwhile."""
    command = [SWANCTL, "--initiate", "--child", f"{user}-net", "--timeout", "20", "--uri", f"unix://{client.vici}"]
    environment = {**os.environ, **client.environment()}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def addresses_of(node):
    """Of the clients that it has, by the initiator's cookie."""
    with Client(node.vici) as control:
        return {
            sa["initiator-spi"]: sa["remote-vips"][0]
            for _, sa in control.list_sas()
            if sa["state"] == "ESTABLISHED" and "remote-vips" in sa
        }


@case
def none_is_given_twice(lab):
    instants = random.Random(1)
    estate = Estate(lab, embedded=True)
    estate.one.serve(hub())
    estate.client.start(peers())
    begun = []
    for count, user in enumerate(USERS, 1):
        begun.append(begin(estate.client, user))
        # These pauses are what is tested.
        time.sleep(instants.uniform(*PAUSE_SECONDS))
        if count in KILLED_AFTER:
            estate.one.crash()
            estate.one.serve(hub())
    up = sum(each.wait() == 0 for each in begun)
    expect(up > len(KILLED_AFTER), f"only {up} clients came up")
    ours = addresses_of(estate.one)
    same(len(set(ours.values())), len(ours), f"addresses of {len(ours)} clients: {sorted(ours.values())}")
    print(f"    {up} of {len(USERS)} clients came up, {len(ours)} are there at the end")
    theirs = {sa["initiator-spi"]: sa["local-vips"] for sa in estate.client.isakmp_sas() if "local-vips" in sa}
    for cookie in ours.keys() & theirs.keys():
        same(theirs[cookie], [ours[cookie]], f"address of the client of {cookie}")
    expect(len(ours.keys() & theirs.keys()) > len(KILLED_AFTER), "hardly any client is there on both sides")
