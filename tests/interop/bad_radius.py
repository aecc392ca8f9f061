#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""A RADIUS server that is silent, lies, is slow or asks again: bad_radius.py PORT SECRET MANNER."""

import hashlib
import hmac
import socket
import struct
import sys
import threading

ACCEPT, CHALLENGE = 2, 11
STATE, MESSAGE_AUTHENTICATOR = 24, 80
AGAIN = bytes([STATE, 7]) + b"again" + bytes([18, 8]) + b"token?"
SLOW_SECONDS = 1.5


def answer(request, secret, proof=True, code=ACCEPT, more=b""):
    """Lets everybody in."""
    identifier, authenticator = request[1], request[4:20]
    attributes = (bytes([MESSAGE_AUTHENTICATOR, 18]) + bytes(16) if proof else b"") + more
    length = 20 + len(attributes)
    head = struct.pack("!BBH", code, identifier, length)
    if proof:
        digest = hmac.new(secret, head + authenticator + attributes, hashlib.md5).digest()
        attributes = bytes([MESSAGE_AUTHENTICATOR, 18]) + digest + more
    return head + hashlib.md5(head + authenticator + attributes + secret).digest() + attributes


def ask_again(request, secret):
    """Once: who says again what it was told is let in."""
    if AGAIN[:7] in request:
        return answer(request, secret)
    return answer(request, secret, code=CHALLENGE, more=AGAIN)


MANNERS = {
    "silent": lambda request, secret: [],
    "of-another-secret": lambda request, secret: [answer(request, b"guessed")],
    "without-proof": lambda request, secret: [answer(request, secret, proof=False)],
    "garbage": lambda request, secret: [b"\x02", b"\x02" * 19, b"\xff" * 4096, request[:20]],
    "cut-short": lambda request, secret: [answer(request, secret)[:30]],
    "of-another-request": lambda request, secret: [
        answer(bytes([request[0], request[1] ^ 1]) + request[2:], secret)
    ],
    "asks-again": lambda request, secret: [ask_again(request, secret)],
    "slow": lambda request, secret: [answer(request, secret)],
}


def main():
    port, secret, manner = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3]
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", port))
    print("ready", flush=True)
    while True:
        request, peer = server.recvfrom(4096)
        print(f"asked {request[0]} {request[1]}", flush=True)
        delay = SLOW_SECONDS if manner == "slow" else 0
        for reply in MANNERS[manner](request, secret):
            threading.Timer(delay, server.sendto, (reply, peer)).start()


if __name__ == "__main__":
    main()
