# SPDX-License-Identifier: BSD-2-Clause
"""A daemon reads records that are spoilt, foreign, or sealed with another key: each is refused, and none stops others."""

import random

from hubs import KEY, PARTITIONS, Hubs, all_is_written, listed, revived, settled, statistics, write_keys
from lab import case, expect, same
from load import HUB, Load
from resp import Refused
from wait import until

COUNT = 40
SPOILT = 5
OTHER_KEY = "a5" * 32
SEALED_VERSION, SEALED_KEY_ID = slice(0, 1), slice(1, 5)
ISAKMP, CHILD = 1, 2


class Kept:
    """Daemon `one` has had tunnels of ikeload, and was killed; its records are in Redis."""

    def __init__(self, lab):
        self.lab = lab
        self.server = lab.server().start()
        self.hubs = Hubs(lab, self.server.address, **HUB)
        self.one, self.two = self.hubs.one, self.hubs.two
        self.one.start()
        self.load = Load(lab, self.one, COUNT, 200)
        self.load.all_up()
        all_is_written(self.one, self.server)
        self.one.kill()

    def records(self, kind=None):
        """[(key of the partition, name, what is sealed)], of one kind or of both."""
        found = []
        for partition in range(PARTITIONS):
            key = f"ikehub:{{hubs.{partition}}}"
            found += [(key, name, data) for name, data in sorted(self.server.records(key).items())]
        return [record for record in found if kind in (None, record[1][0])]

    def put(self, key, name, data):
        self.server("HSET", key, name, data)

    def goes_on(self, isakmp_sas, children, **refused):
        """`refused` are counters by reason, without their prefix."""
        self.one.start()
        same(revived(self.one, 2)[:2], (isakmp_sas, children), "ISAKMP SAs and children")
        counters = statistics(self.one)
        found = {reason: int(counters.get(f"store_{reason}", 0)) for reason in refused}
        same(found, refused, "records that were not gone on with")

    def ends(self):
        """The peers delete what is left, but for children without ISAKMP SA, of which we would not hear it."""
        self.load.end()
        until(lambda: not listed(self.one), 20, "not all was deleted")
        settled(self.one)


def spoil(lab, change, **refused):
    """`change(sealed)` is done to some ISAKMP SAs; their children go on without."""
    kept = Kept(lab)
    for key, name, sealed in kept.records(ISAKMP)[:SPOILT]:
        kept.put(key, name, change(bytearray(sealed)))
    kept.goes_on(COUNT - SPOILT, COUNT, orphaned=SPOILT, **refused)
    kept.ends()


@case
def changed(lab):
    def change(sealed):
        sealed[-1] ^= 1
        return bytes(sealed)

    spoil(lab, change, refused_forged=SPOILT)


@case
def cut(lab):
    spoil(lab, lambda sealed: bytes(sealed[:20]), refused_truncated=SPOILT)


@case
def of_a_newer_version(lab):
    def change(sealed):
        sealed[SEALED_VERSION] = b"\x7f"
        return bytes(sealed)

    spoil(lab, change, refused_too_new=SPOILT)


@case
def of_an_unknown_key(lab):
    def change(sealed):
        sealed[SEALED_KEY_ID] = b"none"
        return bytes(sealed)

    spoil(lab, change, refused_unknown_key=SPOILT)


@case
def in_the_place_of_another(lab):
    """Children are exchanged in pairs, within their partitions or not."""
    kept = Kept(lab)
    records = kept.records(CHILD)[: 2 * SPOILT]
    for (key, name, _), (_, _, sealed) in zip(records, records[SPOILT:] + records[:SPOILT]):
        kept.put(key, name, sealed)
    kept.goes_on(COUNT, COUNT - 2 * SPOILT, refused_forged=2 * SPOILT)
    kept.ends()


@case
def of_another_estate(lab):
    """With the same key, and of the same peers: all of its records are copied into ours."""
    kept = Kept(lab)
    kept.hubs.configure(kept.two, estate="other")
    kept.two.start()
    load = Load(lab, kept.two, COUNT, 200)
    load.all_up()
    settled(kept.two)
    kept.two.kill()
    for partition in range(PARTITIONS):
        for name, sealed in kept.server.records(f"ikehub:{{other.{partition}}}").items():
            kept.put(f"ikehub:{{hubs.{partition}}}", name, sealed)
    kept.goes_on(COUNT, COUNT, refused_forged=2 * COUNT)
    kept.ends()


def junk(chance):
    """A name, sometimes such as a record has, and bytes."""
    name = chance.choice(
        (
            bytes([ISAKMP]) + chance.randbytes(16),
            bytes([CHILD]) + chance.randbytes(4),
            chance.randbytes(chance.randrange(1, 40)),
        )
    )
    return name, chance.randbytes(chance.choice((0, 1, 33, 300, 5000)))


@case
def among_junk(lab):
    """Ten thousand fields that nobody of ours has written, and records among them."""
    kept = Kept(lab)
    chance = random.Random(1)
    for _ in range(100):
        words = [word for _ in range(100) for word in junk(chance)]
        kept.server("HSET", f"ikehub:{{hubs.{chance.randrange(PARTITIONS)}}}", *words)
    kept.one.start()
    same(revived(kept.one, 2)[:2], (COUNT, COUNT), "ISAKMP SAs and children")
    kept.ends()


@case
def partition_of_another_type(lab):
    """A key of ours is no hash any more, before the start and while the daemon serves: what is there is written again."""
    kept = Kept(lab)
    key, *_ = kept.records()[0]
    left = COUNT - len([name for at, name, _ in kept.records(ISAKMP) if at == key])
    kept.server("SET", key, "junk")
    kept.goes_on(left, left)
    kept.server("SET", key, "junk")
    # So many that some have that partition.
    later = Load(lab, kept.one, 10 * COUNT, 400, "--id-prefix", "later")
    later.all_up()
    all_is_written(kept.one, kept.server)
    later.end()
    kept.ends()


def key_ids(kept):
    return {sealed[SEALED_KEY_ID] for _, _, sealed in kept.records()}


@case
def wrong_key(lab):
    """Nothing opens, and nothing is erased: with the right key all go on."""
    kept = Kept(lab)
    before = kept.records()
    write_keys(kept.hubs.keys, OTHER_KEY)
    kept.goes_on(0, 0, refused_unknown_key=2 * COUNT)
    kept.one.kill()
    expect(kept.records() == before, "records were changed by who cannot open them")
    write_keys(kept.hubs.keys, KEY)
    kept.one.start()
    same(revived(kept.one, 3), (COUNT, COUNT, 0), "ISAKMP SAs, children, refused")
    kept.ends()


@case
def rotation(lab):
    """
    A new key comes to two nodes, one after the other, while they take over from each other; old records open, new ones
    are sealed with the new key, and only that is needed when the old SAs are gone.
    """
    kept = Kept(lab)
    old = key_ids(kept)
    keys = f"{kept.hubs.keys}.two"
    write_keys(keys, OTHER_KEY, KEY)
    write_keys(kept.hubs.keys, KEY, OTHER_KEY)
    kept.hubs.configure(kept.two, key_file=keys)
    kept.two.start()
    same(revived(kept.two), (COUNT, COUNT, 0), "ISAKMP SAs, children, refused at the node with the new key")
    later = Load(lab, kept.two, COUNT, 200, "--id-prefix", "later")
    later.all_up()
    all_is_written(kept.two, kept.server)
    same(len(key_ids(kept)), 2, "keys that seal")
    kept.two.kill()
    kept.one.start()
    same(revived(kept.one, 2), (2 * COUNT, 2 * COUNT, 0), "ISAKMP SAs, children, refused at the node with both")
    kept.load.end()
    until(lambda: len(listed(kept.one)) == 2 * COUNT, 20, "not all were deleted")
    all_is_written(kept.one, kept.server)
    same(len(key_ids(kept)), 1, "keys that seal afterwards")
    expect(key_ids(kept) != old, "it is the old key")
    kept.one.kill()
    write_keys(keys, OTHER_KEY)
    kept.two.start()
    same(revived(kept.two, 2), (COUNT, COUNT, 0), "ISAKMP SAs, children, refused without the old key")
    later.end()
    until(lambda: not listed(kept.two), 20, "not all was deleted")
