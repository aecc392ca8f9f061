# SPDX-License-Identifier: BSD-2-Clause
"""A daemon in a network namespace: started, watched and ended by its own process id."""

import os
import subprocess

from wait import until

# The child dies with this program even when that is killed outright.
DIE_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"]


class Process:
    """Runs `command` in `namespace`; what it writes goes to the file `output`."""

    def __init__(self, namespace, command, output, env=None):
        self.name = os.path.basename(command[0])
        with open(output, "ab") as sink:
            self._child = subprocess.Popen(
                DIE_WITH_PARENT + namespace.prefix + command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
            )

    @property
    def running(self):
        return self._child.poll() is None

    @property
    def status(self):
        """Exit status, negative for a signal, None while it runs."""
        return self._child.poll()

    def terminate(self, seconds):
        """SIGTERM, then wait at most `seconds` for the exit; returns the exit status."""
        self._child.terminate()
        until(lambda: not self.running, seconds, f"{self.name} did not leave after SIGTERM")
        return self.status

    def send(self, number):
        """A signal that does not end it."""
        self._child.send_signal(number)

    def kill(self):
        """End it without giving it a chance to say anything to its peer."""
        if self.running:
            self._child.kill()
        self._child.wait()
