# SPDX-License-Identifier: BSD-2-Clause
"""A client of the control socket, as small as the cases need it."""

import socket
import struct

REQUEST, RESPONSE, UNKNOWN, REGISTER, _, CONFIRM, _, EVENT = range(8)
SECTION, SECTION_END, PAIR, LIST, ITEM, LIST_END = range(1, 7)

ANSWER_SECONDS = 10


def short(text):
    return bytes([len(text)]) + text.encode()


def long(value):
    data = value if isinstance(value, bytes) else str(value).encode()
    return struct.pack(">H", len(data)) + data


def encode(values):
    """A message: dictionaries are sections, lists are lists, and the rest is text or bytes."""
    message = b""
    for key, value in values.items():
        if isinstance(value, dict):
            message += bytes([SECTION]) + short(key) + encode(value) + bytes([SECTION_END])
        elif isinstance(value, list):
            items = b"".join(bytes([ITEM]) + long(item) for item in value)
            message += bytes([LIST]) + short(key) + items + bytes([LIST_END])
        else:
            message += bytes([PAIR]) + short(key) + long(value)
    return message


class Reader:
    """The elements of a message, as nested dictionaries and lists."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size : self.at]

    def name(self):
        return self.take(self.take(1)[0]).decode()

    def value(self):
        return self.take(struct.unpack(">H", self.take(2))[0]).decode(errors="replace")

    def items(self):
        found = []
        while self.take(1)[0] == ITEM:
            found.append(self.value())
        return found

    def section(self):
        found = {}
        while self.at < len(self.data):
            kind = self.take(1)[0]
            if kind == SECTION_END:
                break
            name = self.name()
            found[name] = {SECTION: self.section, PAIR: self.value, LIST: self.items}[kind]()
        return found


class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.connect(path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, kind, name, /, **arguments):
        packet = bytes([kind]) + short(name) + encode(arguments)
        self.socket.sendall(struct.pack(">I", len(packet)) + packet)

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """The next packet: its kind, its name or "", its message."""
        packet = Reader(self.read(struct.unpack(">I", self.read(4))[0]))
        kind = packet.take(1)[0]
        name = packet.name() if kind == EVENT else ""
        return kind, name, packet.section()

    def ask(self, name, /, **arguments):
        """A command's response."""
        self.send(REQUEST, name, **arguments)
        return self.stream()[1]

    def stream(self):
        """Events up to the response, and that; None: the command is not known."""
        events = []
        while True:
            kind, _, message = self.receive()
            if kind != EVENT:
                return events, message if kind == RESPONSE else None
            events.append(message)

    def register(self, event):
        self.send(REGISTER, event)
        return self.receive()[0] == CONFIRM

    def list_sas(self, **arguments):
        """The SAs, each with the name of its connection."""
        self.register("list-sa")
        self.send(REQUEST, "list-sas", **arguments)
        return [sa for event in self.stream()[0] for sa in event.items()]
