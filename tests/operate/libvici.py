# SPDX-License-Identifier: BSD-2-Clause
"""strongSwan's own client library, libvici.so of Debian's strongswan-swanctl, unmodified, by ctypes."""

import ctypes
import os

LIBRARY = "/usr/lib/ipsec/libvici.so.0"

EVENT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
SECTION = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p)
VALUE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)


def load():
    library = ctypes.CDLL(LIBRARY, use_errno=True)
    for name in ("vici_connect", "vici_begin", "vici_submit"):
        getattr(library, name).restype = ctypes.c_void_p
    library.vici_connect.argtypes = [ctypes.c_char_p]
    library.vici_begin.argtypes = [ctypes.c_char_p]
    library.vici_submit.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    library.vici_register.argtypes = [ctypes.c_void_p, ctypes.c_char_p, EVENT, ctypes.c_void_p]
    library.vici_parse_cb.argtypes = [ctypes.c_void_p, SECTION, VALUE, VALUE, ctypes.c_void_p]
    library.vici_free_res.argtypes = [ctypes.c_void_p]
    library.vici_disconnect.argtypes = [ctypes.c_void_p]
    library.vici_init()
    return library


class Session:
    """One connection; its events are tuples of a name and a message, in the order in which they came."""

    def __init__(self, socket):
        self.library = load()
        self.events = []
        self.connection = self.library.vici_connect(f"unix://{socket}".encode())
        if not self.connection:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        self.callback = EVENT(lambda user, name, message: self.events.append((name.decode(), self.parse(message))))

    def parse(self, message):
        found = {}

        def on_section(user, rest, name):
            found[name.decode()] = self.parse(rest)
            return 0

        def on_value(user, rest, name, value, length):
            found[name.decode()] = ctypes.string_at(value, length).decode()
            return 0

        def on_item(user, rest, name, value, length):
            found.setdefault(name.decode(), []).append(ctypes.string_at(value, length).decode())
            return 0

        self.library.vici_parse_cb(message, SECTION(on_section), VALUE(on_value), VALUE(on_item), None)
        return found

    def register(self, event):
        return self.library.vici_register(self.connection, event.encode(), self.callback, None) == 0

    def ask(self, command):
        response = self.library.vici_submit(self.library.vici_begin(command.encode()), self.connection)
        if not response:
            raise OSError(ctypes.get_errno(), command)
        try:
            return self.parse(response)
        finally:
            self.library.vici_free_res(response)

    def close(self):
        self.library.vici_disconnect(self.connection)
