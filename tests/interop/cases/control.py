# SPDX-License-Identifier: BSD-2-Clause
"""swanctl as a client of ikehubd's control socket."""

import os
import subprocess

from case import case
from netns import PEER
from strongswan import SWANCTL
from tunnel import Child, Site
from vici_text import parse_events
from wait import Failed

SITE = Site(children=(Child("lan"),))

COMMAND_SECONDS = 10


class Swanctl:
    def __init__(self, path):
        self.path = path

    def __call__(self, *arguments):
        command = [SWANCTL, *arguments, "--uri", f"unix://{self.path}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS + 5)
        if done.returncode:
            raise Failed(f"swanctl {' '.join(arguments)}: {(done.stdout + done.stderr).strip()}")
        return done.stdout


def start(lab):
    """Both gateways, with nothing up; returns swanctl for ours."""
    path = os.path.join(lab.ours.directory, "vici")
    lab.ours.daemon = {"socket": path}
    lab.start(SITE, PEER)
    return Swanctl(path)


def same(found, wanted, what):
    if found != wanted:
        raise Failed(f"{what}: {found!r}, expected {wanted!r}")


@case("control/swanctl-initiates-lists-terminates")
def whole_life(lab):
    swanctl = start(lab)
    swanctl("--initiate", "--child", "lan", "--timeout", str(COMMAND_SECONDS))
    lab.agree(SITE)
    (event,) = parse_events(swanctl("--list-sas", "--raw"), "list-sa event")
    (child,) = event["site"]["child-sas"].values()
    theirs = lab.peer.newest_child("lan")
    same((child["spi-in"], child["spi-out"]), (theirs.spi_out, theirs.spi_in), "SPIs")
    same((event["site"]["state"], event["site"]["initiator"]), ("ESTABLISHED", "yes"), "ISAKMP SA")
    swanctl("--terminate", "--ike", "site")
    lab.peer.report("received Delete of the ISAKMP SA")
    same(swanctl("--list-sas"), "", "SAs that are left")


@case("control/swanctl-version-and-stats")
def version_and_stats(lab):
    swanctl = start(lab)
    for command, wanted in (
        (["--version", "--daemon"], "ikehubd"),
        (["--stats"], "IKE_SAs: 0 total, 0 half-open"),
    ):
        output = swanctl(*command)
        if wanted not in output:
            raise Failed(f"swanctl {' '.join(command)} does not print {wanted!r}:\n{output}")


@case("control/swanctl-reloads")
def reloads(lab):
    swanctl = start(lab)
    swanctl("--initiate", "--child", "lan", "--timeout", str(COMMAND_SECONDS))
    before = swanctl("--list-sas", "--raw")
    swanctl("--reload-settings")
    lab.ours.report("loaded anew")
    same(len(parse_events(swanctl("--list-sas", "--raw"), "list-sa event")), 1, f"SAs after\n{before}")


@case("control/swanctl-refusals")
def refusals(lab):
    """What is not there is refused, and the daemon goes on."""
    swanctl = start(lab)
    for command in (["--initiate", "--child", "nothing"], ["--terminate", "--ike", "site"]):
        try:
            swanctl(*command)
        except Failed:
            continue
        raise Failed(f"swanctl {' '.join(command)} did not fail")
    same(swanctl("--list-sas"), "", "SAs")
