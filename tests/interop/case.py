# SPDX-License-Identifier: BSD-2-Clause
"""The register of cases. A case is a function of a Lab that raises Failed, or returns."""

from dataclasses import dataclass
from typing import Callable

from netns import OURS, PEER

# How a case's name says who initiates.
DIRECTIONS = {"by-strongswan": PEER, "by-ikehubd": OURS}

CASES = {}


@dataclass(frozen=True)
class Case:
    name: str
    run: Callable


def register(name, run):
    if name in CASES:
        raise ValueError(f"two cases are called {name}")
    CASES[name] = Case(name, run)


def case(name):
    """Register `run(lab)`."""

    def decorate(run):
        register(name, run)
        return run

    return decorate


def both_directions(name):
    """Register `run(lab, by)` as NAME/by-strongswan and NAME/by-ikehubd."""

    def decorate(run):
        for suffix, by in DIRECTIONS.items():
            register(f"{name}/{suffix}", lambda lab, by=by: run(lab, by))
        return run

    return decorate


def agreement(name, site):
    """Both directions of: all children of `site` come up and both sides agree on what they are."""
    both_directions(name)(lambda lab, by: lab.up(site, by))
