# SPDX-License-Identifier: BSD-2-Clause
"""Bounded waiting: every wait in this folder ends with a condition or with a Failed."""

import time

POLL_SECONDS = 0.02


class Failed(Exception):
    """A case did not see what it must see; the text is the reason that is printed."""


class Skipped(Exception):
    """A case cannot run here; the text says why."""


def until(condition, seconds, what):
    """Return condition()'s first true value; raise Failed(what) after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Failed(f"{what} (waited {seconds:g} s)")
        time.sleep(POLL_SECONDS)
