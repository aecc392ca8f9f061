# SPDX-License-Identifier: BSD-2-Clause
"""Traffic selectors as text, in a form in which equal selectors compare equal."""

import ipaddress
import re
import socket
from typing import NamedTuple

SELECTOR = re.compile(
    r"^(?P<addresses>[^\[]+)(?:\[(?P<protocol>[^/\]]*)(?:/(?P<port>[^\]]*))?\])?$"
)
ANY = ("", "any", "0", "%any", "opaque")


class Selector(NamedTuple):
    """First and last address, protocol and port; 0 stands for any protocol or port."""

    first: ipaddress.IPv4Address | ipaddress.IPv6Address
    last: ipaddress.IPv4Address | ipaddress.IPv6Address
    protocol: int
    port: int


def number(text, by_name):
    if text is None or text in ANY:
        return 0
    return int(text) if text.isdigit() else by_name(text)


def address_range(text):
    """`a/n`, `a..b`, `a-b` or `a` as (first, last)."""
    ends = re.split(r"\.\.|-", text)
    if len(ends) == 2:
        return tuple(map(ipaddress.ip_address, ends))
    network = ipaddress.ip_network(text)
    return network[0], network[-1]


def parse(text):
    """`10.1.0.0/24[tcp/80]` as a Selector; service and protocol names are resolved."""
    match = SELECTOR.match(text)
    first, last = address_range(match["addresses"])
    return Selector(
        first,
        last,
        number(match["protocol"], socket.getprotobyname),
        number(match["port"], socket.getservbyname),
    )


def same(texts, expected):
    """Whether the list `texts` is the selectors that the comma-separated `expected` names."""
    return sorted(map(parse, texts)) == sorted(parse(part.strip()) for part in expected.split(","))
