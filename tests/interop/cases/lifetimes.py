# SPDX-License-Identifier: BSD-2-Clause
"""Lifetimes that differ do not keep a child from coming up."""

from case import both_directions
from tunnel import Child, Site


def with_life(**options):
    return Site(children=(Child(options=options),))


@both_directions("lifetime/shorter-at-responder")
def shorter(lab, by):
    lab.offer(with_life(life_time="8h"), with_life(life_time="10m"), by)


@both_directions("lifetime/longer-at-responder")
def longer(lab, by):
    lab.offer(with_life(life_time="10m"), with_life(life_time="8h"), by)


@both_directions("lifetime/more-than-a-day")
def more_than_a_day(lab, by):
    """86,400 s and above need a lifetime attribute of four bytes."""
    lab.up(with_life(life_time="7d"), by)


@both_directions("lifetime/kilobytes")
def kilobytes(lab, by):
    lab.up(with_life(life_time="1h", life_bytes="4718592000"), by)


@both_directions("lifetime/fewer-kilobytes-at-responder")
def fewer_kilobytes(lab, by):
    """RESPONDER-LIFETIME has both limits."""
    offered = with_life(life_time="8h", life_bytes="4718592000")
    lab.offer(offered, with_life(life_time="10m", life_bytes="1048576000"), by)
