# SPDX-License-Identifier: BSD-2-Clause
"""Keying material of IPsec SAs, from charon's log at level `chd = 4`.

charon dumps, for each quick mode and in one thread, the seeds of both SAs and the keys derived from
them. A seed holds 02 (AH) or 03 (ESP) and the SPI of the SA that it makes: that tells which key
belongs to which SPI, whoever initiated.
"""

import re

LINE = re.compile(r"^(?P<thread>\d+)\[CHD\] (?P<text>.*)$")
DUMP = re.compile(r"^(?P<title>\w[\w ]*) => (?P<length>\d+) bytes @ ")
HEX = re.compile(r"^ *\d+: (?P<bytes>(?:[0-9A-F]{2} )+)")
INSTALL = re.compile(r"^  SPI 0x(?P<spi>[0-9a-f]{8}), src ")
ROLES = ("initiator", "responder")
PROTOCOLS = (b"\x02", b"\x03")


class ThreadDumps:
    """Dumps of one thread since its last `SA seed` of an initiator."""

    def __init__(self):
        self.dumps = {}
        self.current = None

    def feed(self, text):
        title = DUMP.match(text)
        if title:
            self.current = title["title"]
            if self.current == "initiator SA seed":
                self.dumps = {}
            self.dumps[self.current] = b""
            return
        row = HEX.match(text)
        if row and self.current:
            self.dumps[self.current] += bytes.fromhex(row["bytes"])
            return
        self.current = None

    def keys_of(self, spi):
        """Encryption key (an AEAD's with its salt) followed by the integrity key."""
        for role in ROLES:
            seed = self.dumps.get(f"{role} SA seed", b"")
            if any(protocol + bytes.fromhex(spi) in seed for protocol in PROTOCOLS):
                kinds = ("encryption", "integrity")
                return b"".join(self.dumps.get(f"{kind} {role} key", b"") for kind in kinds)
        return None


def read_keys(lines):
    """{spi: keying material}, both as lower-case hex, of every SA that charon installed."""
    threads, keys = {}, {}
    for match in filter(None, map(LINE.match, lines)):
        dumps = threads.setdefault(match["thread"], ThreadDumps())
        dumps.feed(match["text"])
        install = INSTALL.match(match["text"])
        if not install:
            continue
        material = dumps.keys_of(install["spi"])
        if material is not None:
            keys[install["spi"]] = material.hex()
    return keys
