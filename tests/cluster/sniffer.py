# SPDX-License-Identifier: BSD-2-Clause
"""
What went over the loopback between a hub and its peers: whose tunnels came up is seen here by name, whatever both sides
say. Only headers are read, which are in the clear (RFC 2408 3.1).
"""

import socket
import struct
import threading

from lab import same

ETH_P_IP = 0x0800
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
BUFFER = 16 << 20
UDP, UDP_HEADER, ISAKMP_HEADER = 17, 8, 28
QUICK_MODE, INFORMATIONAL = 32, 5
# Longer than it takes a thread to see that it is to end.
POLL_SECONDS = 0.2


class Exchange:
    """What was sent with one message ID; repetitions count once."""

    def __init__(self, kind, by_hub):
        self.kind = kind
        self.by_hub = by_hub  # who began it
        self.hub = set()
        self.peer = set()


class Sniffer:
    """Of the hub's UDP port `port`."""

    name = "sniffer"

    def __init__(self, lab, port):
        self._port = port
        self._exchanges = {}  # (cookies, message ID)
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._socket.bind(("lo", ETH_P_IP))
        self._socket.settimeout(POLL_SECONDS)
        self._ended = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        lab.keep(self)

    def _run(self):
        while not self._ended:
            try:
                packet = self._socket.recv(65535)
            except TimeoutError:
                continue
            if packet[9] == UDP:
                self._take(packet[4 * (packet[0] & 15) :])

    def _take(self, datagram):
        source, target = struct.unpack_from(">HH", datagram)
        message = datagram[UDP_HEADER:]
        if self._port not in (source, target) or len(message) < ISAKMP_HEADER:
            return
        kind, message_id = message[18], message[20:24]
        if kind not in (QUICK_MODE, INFORMATIONAL) or message_id == bytes(4):
            return
        by_hub = source == self._port
        with self._lock:
            exchange = self._exchanges.setdefault((message[:16].hex(), message_id), Exchange(kind, by_hub))
            (exchange.hub if by_hub else exchange.peer).add(message)

    def _quick_modes(self, messages):
        with self._lock:
            return {
                cookies
                for (cookies, _), exchange in self._exchanges.items()
                if exchange.kind == QUICK_MODE and not exchange.by_hub and len(exchange.peer) >= messages
            }

    def asking(self):
        """Cookies of the ISAKMP SAs that a peer believes in: it has begun a quick mode."""
        return self._quick_modes(1)

    def believed(self):
        """Cookies of the tunnels that a peer believes in: it has sent the last message of a quick mode."""
        return self._quick_modes(2)

    def check_message_ids(self):
        """What the hub began with a message ID was one message, however often it was sent."""
        with self._lock:
            twice = [
                (cookies, message_id.hex(), exchange.kind)
                for (cookies, message_id), exchange in self._exchanges.items()
                if exchange.by_hub and exchange.kind == INFORMATIONAL and len(exchange.hub) > 1
            ]
            begun = sum(exchange.by_hub for exchange in self._exchanges.values())
        same(twice, [], "message IDs of the hub's that were used twice")
        return begun

    def check_complete(self):
        """It has missed nothing."""
        _, dropped = struct.unpack("II", self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8))
        same(dropped, 0, "datagrams that were not looked at")

    def kill(self):
        self._ended = True
        self._thread.join()
        self._socket.close()
