# SPDX-License-Identifier: BSD-2-Clause
"""What two gateways agree on, written once and rendered as swanctl.conf for either side."""

from dataclasses import dataclass, field

from netns import HOSTS, OURS, PEER


def other(side):
    return PEER if side == OURS else OURS


@dataclass(frozen=True)
class Child:
    """One quick mode: selectors as seen from each side, ESP proposals (none: the options have
    ah_proposals), further child options."""

    name: str = "net"
    ours_ts: str = "10.1.0.0/24"
    peer_ts: str = "10.2.0.0/24"
    esp: str = "aes128-sha256"
    options: dict = field(default_factory=dict)

    def ts(self, side):
        return self.ours_ts if side == OURS else self.peer_ts


@dataclass(frozen=True)
class Site:
    """One connection between `ours` and `peer`; an empty identity is the outside address. `local` and
    `remote` are further options of these sections, by side; `rounds` further sections of the
    connection, `secrets` of the secrets, `more` of the whole."""

    name: str = "site"
    proposals: str = "aes128-sha256-modp2048"
    ours_addr: str = HOSTS[OURS].outside4
    peer_addr: str = HOSTS[PEER].outside4
    ours_id: str = ""
    peer_id: str = ""
    secret: str = "a shared secret of some length"
    auth: str = "psk"
    local: dict = field(default_factory=dict)
    remote: dict = field(default_factory=dict)
    rounds: dict = field(default_factory=dict)
    secrets: dict = field(default_factory=dict)
    more: dict = field(default_factory=dict)
    children: tuple = (Child(),)
    options: dict = field(default_factory=dict)

    def addr(self, side):
        return self.ours_addr if side == OURS else self.peer_addr

    def id(self, side):
        return (self.ours_id if side == OURS else self.peer_id) or self.addr(side)


def render(sections, depth=0):
    """Nested dicts as text in swanctl.conf's grammar."""
    indent = "  " * depth
    text = ""
    for name, value in sections.items():
        if isinstance(value, dict):
            text += f"{indent}{name} {{\n{render(value, depth + 1)}{indent}}}\n"
        else:
            text += f"{indent}{name} = {value}\n"
    return text


def child_section(child, side, start, extra):
    return {
        "local_ts": child.ts(side),
        "remote_ts": child.ts(other(side)),
        **({"esp_proposals": child.esp} if child.esp else {}),
        "start_action": "start" if start else "none",
        **child.options,
        **extra,
    }


def connection_section(site, side, start, child_extra):
    return {
        "version": 1,
        "local_addrs": site.addr(side),
        "remote_addrs": site.addr(other(side)),
        "proposals": site.proposals,
        **site.options,
        "local": {"auth": site.auth, "id": site.id(side), **site.local.get(side, {})},
        "remote": {"auth": site.auth, "id": site.id(other(side)), **site.remote.get(side, {})},
        **site.rounds,
        "children": {
            child.name: child_section(child, side, start, child_extra)
            for child in site.children
        },
    }


def swanctl_conf(site, side, start=False, child_extra={}):
    """The sections `connections` and `secrets` of one side. `start` makes that side initiate;
    `child_extra` are options that only its implementation knows."""
    connection = connection_section(site, side, start, child_extra)
    secret = {"id": site.id(other(side)), "secret": f'"{site.secret}"'}
    return render(
        {
            "connections": {site.name: connection},
            "secrets": {f"ike-{site.name}": secret, **site.secrets},
            **site.more,
        }
    )
