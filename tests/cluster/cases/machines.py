# SPDX-License-Identifier: BSD-2-Clause
"""The servers and Sentinels of deploy/failover on three machines, of which one fails or is cut off."""

from lab import case, check_all_there, expect, same
from machines import Machines
from wait import until

SECONDS = 60


def two_hubs(lab):
    machines = Machines(lab)
    hubs = [machines.node(host) for host in ("hub1", "hub2")]
    for hub in hubs:
        hub.claim(hub.node)
        hub.say("put 0 2000 300")
        hub.settle()
    return machines, *hubs


def take_over(hub, estate):
    """As soon as the lease has run out, at whatever server is the primary by then."""

    def taken():
        owned = hub.ask("claim", estate)
        return owned if owned.result == "done" else None

    return until(taken, SECONDS, f"{hub.node} does not get {estate}")


@case
def machine_fails(lab):
    """Primary, Sentinel and node at once."""
    machines, one, two = two_hubs(lab)
    machines["hub1"].kill()
    one.kill()
    take_over(two, "hub1")
    same(two.load("hub1", seconds=SECONDS).records, 2000, "records of the machine that failed")
    two.say("put 0 100 300")
    two.settle(SECONDS)


@case
def machine_is_cut_off(lab):
    """It goes on, with a primary that takes nothing; when it is back it is told that it lost its estate."""
    machines, one, two = two_hubs(lab)
    machines.network.cable("hub1", False)
    until(lambda: one.ask("renew").result == "away", SECONDS, "hub1 does not notice that it is alone")
    one.say("put 0 3000 300")
    token = take_over(two, "hub1").token
    same(two.load("hub1", seconds=SECONDS).records, 2000, "records of the machine that is cut off")
    same(one.ask("renew").result, "away", "renewal by the machine that is cut off")
    machines.network.cable("hub1", True)

    def told():
        owned = one.ask("renew")  # the former primary may take one before the Sentinels demote it
        return owned if owned.result == "fenced" else None

    same(until(told, SECONDS, "hub1 is not told")[2:], ("hub2", "fenced"), "renewal afterwards")
    one.say("put 0 100 300")
    expect(one.settle(SECONDS).fenced > 0, "what hub1 writes afterwards was not refused")
    same(two.load("hub1").records, 2000, "records after hub1 is back")
    same(two.ask("renew").token, token, "token")
    two.say("release")
    two.hear("no release")
    one.claim("hub1")
    one.say("put 0 3000 300")
    one.settle(SECONDS)
    check_all_there(one, 3000, "hub1")
