#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Asks for a daemon's metrics again and again: the milliseconds that each answer took, one a line, whole and read."""

import argparse
import socket
import time

REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"


def scrape(address):
    """Bytes of an answer."""
    with socket.create_connection(address, timeout=60) as client:
        client.sendall(REQUEST)
        size = 0
        while piece := client.recv(1 << 20):
            size += len(piece)
    return size


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", metavar="ADDRESS:PORT")
    parser.add_argument("count", type=int)
    arguments = parser.parse_args()
    host, port = arguments.address.rsplit(":", 1)
    for _ in range(arguments.count):
        begin = time.perf_counter()
        if scrape((host, int(port))) < 10000:
            parser.error("that is no answer")
        print(f"{(time.perf_counter() - begin) * 1000:.2f}")


if __name__ == "__main__":
    main()
