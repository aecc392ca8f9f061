# SPDX-License-Identifier: BSD-2-Clause
"""FreeRADIUS beside the gateway under test: users, and what it is told of their sessions."""

import os
import re
import subprocess

from logfile import LogFile
from process import Process
from wait import Failed, until

PROGRAM = "/usr/sbin/freeradius"
RADCLIENT = "/usr/bin/radclient"
SECRET = "between gateway and server"
DAE_SECRET = "for requests of the server"
DAE_PORT = 3799

CONFIGURATION = """
raddbdir = {directory}
logdir = {directory}
run_dir = {directory}
libdir = /usr/lib/freeradius
security {{
    allow_vulnerable_openssl = yes
}}
client gateway {{
    ipaddr = {clients}
    secret = "{secret}"
    require_message_authenticator = yes
}}
modules {{
    pap {{
    }}
    files {{
        filename = {directory}/users
    }}
    detail {{
        filename = {directory}/detail
    }}
}}
server default {{
    listen {{
        type = auth
        ipaddr = {address}
        port = 1812
    }}
    listen {{
        type = acct
        ipaddr = {address}
        port = 1813
    }}
    authorize {{
        files
        pap
    }}
    authenticate {{
        Auth-Type PAP {{
            pap
        }}
    }}
    accounting {{
        detail
    }}
    post-auth {{
        update reply {{
            Message-Authenticator := 0x00
        }}
        Post-Auth-Type REJECT {{
            update reply {{
                Message-Authenticator := 0x00
            }}
        }}
    }}
}}
"""


def users_file(users):
    """{name: (password, {attribute: value})} as FreeRADIUS reads it."""
    text = ""
    for name, (password, attributes) in users.items():
        text += f'{name} Cleartext-Password := "{password}"\n'
        text += ",\n".join(f"    {key} = {value}" for key, value in attributes.items()) + "\n\n"
    return text


class FreeRadius:
    """A server at an address of a namespace, for gateways of a subnet; a context manager."""

    START_SECONDS = 15
    RECORD_SECONDS = 10

    def __init__(self, namespace, directory, users, address="127.0.0.1", clients="127.0.0.1"):
        self._namespace = namespace
        self._directory = os.path.join(directory, "freeradius")
        self._users = users
        self._place = {"address": address, "clients": clients}
        self.log = LogFile(os.path.join(self._directory, "radius.out"))
        self.process = None

    def _write(self, name, text):
        with open(os.path.join(self._directory, name), "w") as file:
            file.write(text)

    def __enter__(self):
        os.makedirs(self._directory)
        os.chmod(self._directory, 0o700)
        self._write("dictionary", "$INCLUDE /usr/share/freeradius/dictionary\n")
        self._write("users", users_file(self._users))
        self._write(
            "radiusd.conf", CONFIGURATION.format(directory=self._directory, secret=SECRET, **self._place)
        )
        self.process = Process(
            self._namespace, [PROGRAM, "-f", "-l", "stdout", "-d", self._directory], self.log.path
        )
        until(self._is_ready, self.START_SECONDS, "freeradius is not ready")
        return self

    def __exit__(self, *_):
        self.process.kill()

    def _is_ready(self):
        if not self.process.running:
            raise Failed("freeradius ended: " + "\n".join(self.log.lines()[-5:]))
        return any("Ready to process requests" in line for line in self.log.lines())

    def records(self):
        """What it was told of sessions: a dictionary a record, in their order."""
        path = os.path.join(self._directory, "detail")
        if not os.path.exists(path):
            return []
        with open(path) as file:
            blocks = file.read().split("\n\n")
        return [
            {key: value.strip('"') for key, value in re.findall(r"^\t([\w-]+) = (.*)$", block, re.M)}
            for block in blocks
            if "\t" in block
        ]

    def wait_record(self, status, n=0):
        """The n-th record of this Acct-Status-Type."""

        def found():
            of_kind = [r for r in self.records() if r.get("Acct-Status-Type") == status]
            return of_kind[n] if len(of_kind) > n else None

        return until(found, self.RECORD_SECONDS, f"freeradius was not told of {status}")

    def ask(self, kind, attributes, secret=DAE_SECRET, gateway="127.0.0.1"):
        """radclient's `disconnect` or `coa`; returns what it prints."""
        text = "".join(f"{key} = {value}\n" for key, value in attributes.items())
        command = [RADCLIENT, "-x", "-r", "1", "-t", "2", f"{gateway}:{DAE_PORT}", kind, secret]
        done = subprocess.run(
            [*self._namespace.prefix, *command],
            input=text + "Message-Authenticator = 0x00\n",
            capture_output=True,
            text=True,
            timeout=20,
        )
        return done.stdout + done.stderr
