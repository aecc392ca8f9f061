# SPDX-License-Identifier: BSD-2-Clause
"""A TCP proxy between a node and Redis that loses, spoils or cuts what passes."""

import random
import selectors
import socket
import threading

from servers import HOST
from wait import until

PIECE = 4096


class Proxy:
    """Listens at `address`; connects to the port `target`. All of it is one thread."""

    def __init__(self, target, seed=1):
        self.target = target
        self.silent = False  # takes everything, passes nothing: a partition
        self.mute = False  # what the node sends is passed on, the replies are not
        self.spoil = False  # replies have wrong bytes
        self.cut_after = None  # bytes of replies, of each connection
        self.connections = 0
        self._held = {}  # near socket: what came of it since hold()
        self._random = random.Random(seed)
        self._listener = socket.create_server((HOST, 0))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._stop, self._stopped = socket.socketpair()
        self._selector.register(self._stopped, selectors.EVENT_READ, None)
        self._replied = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def port(self):
        return self._listener.getsockname()[1]

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    def _run(self):
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._stopped:
                    if self._stopped.recv(1) == b"x":
                        return
                    self._let_go()
                    continue
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._replied or key.data in self._replied:
                    self._pass(key.fileobj, key.data)

    def hold(self):
        """Of the connections there are, what the node sends is kept, even when it hangs up."""
        self._held = {near: bytearray() for near in list(self._replied)}

    def let_go(self):
        """It goes to the server now."""
        self._stop.send(b"l")
        until(lambda: not self._held, 10, "the proxy does not let go")

    def _let_go(self):
        for near, data in list(self._held.items()):
            far = next((key.fileobj for key in self._selector.get_map().values() if key.data is near), None)
            if far:
                far.sendall(data)
        self._held = {}

    def _keep(self, near, data):
        if data:
            self._held[near] += data
        else:
            self._selector.unregister(near)

    def _accept(self):
        near, _ = self._listener.accept()
        self.connections += 1
        try:
            far = socket.create_connection((HOST, self.target))
        except OSError:
            near.close()
            return
        self._selector.register(near, selectors.EVENT_READ, far)
        self._selector.register(far, selectors.EVENT_READ, near)
        self._replied[near] = 0

    def _close(self, one, other):
        for each in (one, other):
            if each in self._selector.get_map():
                self._selector.unregister(each)
            self._replied.pop(each, None)
            each.close()

    def _pass(self, source, sink):
        try:
            data = source.recv(PIECE)
            if source in self._held:
                self._keep(source, data)
                return
            if not data:
                self._close(source, sink)
                return
            if self.silent or (self.mute and sink in self._replied):
                return
            if sink in self._replied:
                data = self._reply(sink, data)
            sink.sendall(data)
        except OSError:
            self._close(source, sink)
            return
        if self.cut_after is not None and self._replied.get(sink, 0) >= self.cut_after:
            self._close(source, sink)

    def _reply(self, near, data):
        if self.cut_after is not None:
            data = data[: max(0, self.cut_after - self._replied[near])]
        self._replied[near] += len(data)
        if self.spoil and data:
            spoilt = bytearray(data)
            spoilt[self._random.randrange(len(data))] = self._random.randrange(256)
            data = bytes(spoilt)
        return data

    def kill(self):
        self._stop.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if key.data in self._replied:
                self._close(key.data, key.fileobj)
        for each in (self._listener, self._stop, self._stopped):
            each.close()
        self._selector.close()
