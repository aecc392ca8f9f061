# SPDX-License-Identifier: BSD-2-Clause
"""Several jobs at a time, each a process of its own in a network namespace of its own."""

import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import traceback

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1


def _libc(function, *arguments):
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments):
        error = ctypes.get_errno()
        raise OSError(error, f"{function}: {os.strerror(error)}")


def _enter_namespace():
    """With a loopback of its own no port is anybody else's."""
    _libc("unshare", CLONE_NEWNET)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def _work(job, sink):
    """In the child: what it prints goes to `sink`."""
    _libc("prctl", PR_SET_PDEATHSIG, signal.SIGTERM)
    os.dup2(sink.fileno(), sys.stdout.fileno())
    os.dup2(sink.fileno(), sys.stderr.fileno())
    _enter_namespace()
    return 0 if job() else 1


class Crew:
    """At most `size` jobs at a time; what one printed is printed as a whole when it has ended."""

    def __init__(self, size):
        self._size = size
        self._sinks = {}
        self._failed = False

    def begin(self, job):
        """`job()` returns whether it went well."""
        if len(self._sinks) == self._size:
            self._await()
        sink = tempfile.TemporaryFile()
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                status = _work(job, sink)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        self._sinks[child] = sink

    def _await(self):
        child, status = os.wait()
        with self._sinks.pop(child) as sink:
            sink.seek(0)
            sys.stdout.write(sink.read().decode(errors="replace"))
            sys.stdout.flush()
        self._failed |= status != 0

    def end(self):
        """When all have ended: whether all went well."""
        while self._sinks:
            self._await()
        return not self._failed
