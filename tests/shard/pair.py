# SPDX-License-Identifier: BSD-2-Clause
"""Two daemons that are configured for each other: `spoke` initiates, `hub` answers."""

from daemon import Daemon

HUB, SPOKE = "127.0.0.1", "127.0.0.2"

TEMPLATE = """
ikehub {{
    {resending}
    {daemon}
}}
connections {{
    site {{
        version = 1
        local_addrs = {local}
        remote_addrs = {remote}
        remote_port = {remote_port}
        proposals = {proposals}
        {connection}
        local {{
            auth = psk
            id = {local_id}
        }}
        remote {{
            auth = psk
            id = {remote_id}
        }}
        children {{
            net {{
                local_ts = {local_ts}
                remote_ts = {remote_ts}
                esp_proposals = {esp}
                start_action = {start}
                {child}
            }}
        }}
    }}
}}
secrets {{
    ike-site {{
        secret = {secret}
    }}
}}
"""

DEFAULTS = {
    "resending": "retransmit_timeout = 0.2\nretransmit_tries = 3",
    "daemon": "",
    "connection": "",
    "child": "",
    "proposals": "aes128-sha256-ecp256",
    "esp": "aes128gcm16-ecp256",
    "secret": '"a shared secret"',
    "start": "none",
}


class Pair:
    """`hub` and `spoke`; options given to configure() override the template's."""

    def __init__(self, binary, ctl, directory):
        self.hub = Daemon(binary, ctl, directory, "hub", HUB)
        self.spoke = Daemon(binary, ctl, directory, "spoke", SPOKE)
        self.configure_hub()
        self.configure_spoke()

    def hub_text(self, **options):
        own = {
            "local": HUB,
            "remote": SPOKE,
            "remote_port": self.spoke.port,
            "local_id": "hub.example.org",
            "remote_id": "spoke.example.org",
            "local_ts": "10.0.0.0/8",
            "remote_ts": "10.1.0.0/16",
        }
        return TEMPLATE.format(**{**DEFAULTS, **own, **options})

    def configure_hub(self, **options):
        self.hub.write(self.hub_text(**options))

    def configure_spoke(self, **options):
        own = {
            "local": SPOKE,
            "remote": HUB,
            "remote_port": self.hub.port,
            "local_id": "spoke.example.org",
            "remote_id": "hub.example.org",
            "local_ts": "10.1.0.0/16",
            "remote_ts": "10.0.0.0/8",
            "start": "start",
        }
        self.spoke.write(TEMPLATE.format(**{**DEFAULTS, **own, **options}))

    def start(self, *arguments):
        self.hub.start(*arguments)
        self.spoke.start(*arguments)

    def up(self, *arguments):
        """Start both; returns the ph2-up lines of hub and spoke."""
        self.start(*arguments)
        return self.hub.wait(event="ph2-up"), self.spoke.wait(event="ph2-up")

    def end(self):
        self.hub.kill()
        self.spoke.kill()

    def logs(self):
        """(name, last lines) of both."""
        return [(daemon.name, daemon.tail()) for daemon in (self.hub, self.spoke)]
