# SPDX-License-Identifier: BSD-2-Clause
"""vpnc as a client whose user a RADIUS server knows."""

import os
import sys
from dataclasses import replace

from case import case, register
from cases.certificates import two
from cases.remote_access import PASSWORD, USER, come_up
from cases.remote_access import client as roadwarrior
from cases.remote_access import server as gateway
from cases.vpnc import OPTIONS, SITE
from freeradius import DAE_PORT, DAE_SECRET, SECRET, FreeRadius
from logfile import LogFile
from netns import HOSTS, OURS
from process import Process
from vpnc import Vpnc
from wait import Failed, until

BAD_RADIUS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bad_radius.py")
FRAMED = "10.3.7.7"
CLASS = "sales-people"

# Few and quick tries, so that a server that does not answer is found out soon.
RADIUS = {
    "accounting": "yes",
    "retransmit_timeout": "0.5",
    "retransmit_tries": "2",
    "retransmit_base": "1.2",
    "servers": {"one": {"address": "127.0.0.1", "secret": f'"{SECRET}"'}},
    "dae": {
        "enable": "yes",
        "listen": "127.0.0.1",
        "port": str(DAE_PORT),
        "secret": f'"{DAE_SECRET}"',
    },
}
SERVED = replace(SITE, secrets={}, rounds={"remote-user": {"auth": "xauth-radius"}})
POOLED = {USER: (PASSWORD, {"Class": f'"{CLASS}"', "Reply-Message": '"welcome"'})}


def start(lab, site=SERVED, radius=None):
    lab.ours.daemon = {"radius": radius or RADIUS}
    lab.ours.start(site)


def client(lab, **options):
    options = {"NAT Traversal Mode": "natt", **OPTIONS, **options}
    return Vpnc(lab.peer.namespace, lab.peer.directory, options)


def server(lab, users=None):
    return FreeRadius(lab.ours.namespace, lab.directory, users or POOLED)


def expect(record, **fields):
    for name, value in fields.items():
        name = name.replace("_", "-")
        if record.get(name) != value:
            raise Failed(f"expected {name} = {value}: {record}")


def expect_shown(text, what):
    if what not in text:
        raise Failed(f"expected {what}: {text}")


@case("headend/radius-pool")
def pool(lab):
    """The user is RADIUS's, the address is the pool's; the session is told of from begin to end."""
    with server(lab) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            vpnc.is_told("INTERNAL_IP4_DNS=10.1.0.53")
            line = lab.ours.report("let the user in").string
            expect_shown(line, "message=welcome")
            begin = radius.wait_record("Start")
            expect(
                begin,
                User_Name=USER,
                Framed_IP_Address="10.3.0.1",
                NAS_Identifier="ikehub",
                NAS_IP_Address=HOSTS[OURS].outside4,
                NAS_Port_Type="Virtual",
                Acct_Authentic="RADIUS",
            )
            expect_shown(begin["Class"], "0x" + CLASS.encode().hex())
            vpnc.leave()
            end = radius.wait_record("Stop")
            expect(
                end,
                Acct_Session_Id=begin["Acct-Session-Id"],
                Acct_Terminate_Cause="User-Request",
                Framed_IP_Address="10.3.0.1",
                Class=begin["Class"],
            )
            if "Acct-Session-Time" not in end or "Acct-Input-Octets" in end:
                raise Failed(f"expected a time, and no octets of a back end that counts none: {end}")


@case("headend/radius-framed-address")
def framed(lab):
    """The address is RADIUS's, with its mask; the pool has the rest."""
    users = {
        USER: (PASSWORD, {"Framed-IP-Address": FRAMED, "Framed-IP-Netmask": "255.255.255.0"})
    }
    site = replace(SERVED, options={**SERVED.options, "pools": "radius, inside"})
    with server(lab, users) as radius:
        start(lab, site)
        with client(lab) as vpnc:
            vpnc.is_told(f"INTERNAL_IP4_ADDRESS={FRAMED}")
            vpnc.is_told("INTERNAL_IP4_NETMASK=255.255.255.0")
            vpnc.is_told("INTERNAL_IP4_DNS=10.1.0.53")
            expect(radius.wait_record("Start"), Framed_IP_Address=FRAMED)


@case("headend/radius-framed-without-pool")
def framed_alone(lab):
    users = {USER: (PASSWORD, {"Framed-IP-Address": FRAMED})}
    site = replace(SERVED, options={**SERVED.options, "pools": "radius"}, more={})
    with server(lab, users):
        start(lab, site)
        with client(lab) as vpnc:
            vpnc.is_told(f"INTERNAL_IP4_ADDRESS={FRAMED}")


@case("headend/radius-reject")
def reject(lab):
    with server(lab) as radius:
        start(lab)
        with client(lab, **{"Xauth password": "a guess"}) as vpnc:
            vpnc.ends()
            lab.ours.report("refused the user")
            lab.ours.deny("ISAKMP SA up")
        if radius.records():
            raise Failed(f"a session was told of: {radius.records()}")


@case("headend/radius-group")
def group(lab):
    """Who is let in by the server is refused here if it is of no group that the connection is for."""
    site = replace(
        SERVED, rounds={"remote-user": {"auth": "xauth-radius", "groups": "managers, other"}}
    )
    with server(lab):
        start(lab, site)
        with client(lab) as vpnc:
            vpnc.ends()
            lab.ours.report("refused the user")
    lab.ours.stop()


@case("headend/radius-session-timeout")
def session_timeout(lab):
    users = {USER: (PASSWORD, {"Session-Timeout": "3"})}
    with server(lab, users) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            expect(radius.wait_record("Stop"), Acct_Terminate_Cause="Session-Timeout")
            lab.ours.wait_child_names()


@case("headend/radius-interim")
def interim(lab):
    with server(lab) as radius:
        start(lab, radius={**RADIUS, "accounting_interval": "1s"})
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            begin = radius.wait_record("Start")
            expect(
                radius.wait_record("Interim-Update", 1), Acct_Session_Id=begin["Acct-Session-Id"]
            )


def ended_by(lab, name):
    """Disconnect by the session's ID, or by the user's name."""
    with server(lab) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            begin = radius.wait_record("Start")
            asked = {name: f'"{begin[name]}"', "Framed-IP-Address": "10.3.0.1"}
            expect_shown(radius.ask("disconnect", asked), "Disconnect-ACK")
            expect(radius.wait_record("Stop"), Acct_Terminate_Cause="Admin-Reset")
            lab.ours.wait_child_names()
            shown = radius.ask("disconnect", asked)
            expect_shown(shown, "Disconnect-NAK")
            expect_shown(shown, "Session-Context-Not-Found")


for attribute in ("Acct-Session-Id", "User-Name"):
    register(
        f"headend/radius-disconnect/by-{attribute.lower()}",
        lambda lab, attribute=attribute: ended_by(lab, attribute),
    )


@case("headend/radius-disconnect/refused")
def disconnect_refused(lab):
    """Of another secret: no answer. Of nobody, or with what is not known: what is wrong."""
    with server(lab) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            user = {"User-Name": USER}
            expect_shown(radius.ask("disconnect", user, "guessed"), "No reply from server")
            expect_shown(radius.ask("disconnect", {"NAS-Port": "1"}), "Missing-Attribute")
            shown = radius.ask("disconnect", {**user, "Filter-Id": '"x"'})
            expect_shown(shown, "Unsupported-Attribute")
            shown = radius.ask("disconnect", {**user, "NAS-Identifier": '"another"'})
            expect_shown(shown, "NAS-Identification-Mismatch")
            lab.ours.wait_child_names("net")


@case("headend/radius-coa")
def coa(lab):
    """A session gets another end."""
    with server(lab) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            radius.wait_record("Start")
            shown = radius.ask("coa", {"User-Name": USER, "Session-Timeout": "2"})
            expect_shown(shown, "CoA-ACK")
            expect(radius.wait_record("Stop"), Acct_Terminate_Cause="Session-Timeout")


@case("headend/radius-stop-of-the-daemon")
def stopped(lab):
    """Its last words are about the sessions."""
    with server(lab) as radius:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            radius.wait_record("Start")
            lab.ours.stop()
            expect(radius.wait_record("Stop"), Acct_Terminate_Cause="NAS-Reboot")


# -------------------------------------------------------------------------- bad servers


class BadRadius:
    """bad_radius.py beside the gateway; a context manager."""

    def __init__(self, lab, manner, port=1812):
        self._namespace = lab.ours.namespace
        self._command = [sys.executable, BAD_RADIUS, str(port), SECRET, manner]
        self.log = LogFile(os.path.join(lab.directory, f"bad-radius-{port}.log"))

    def __enter__(self):
        self.process = Process(self._namespace, self._command, self.log.path)
        until(lambda: "ready" in self.log.lines(), 10, "the bad server is not ready")
        return self

    def __exit__(self, *_):
        self.process.kill()


def unanswered(lab, manner):
    """Nobody is let in, and the gateway serves others meanwhile."""
    with BadRadius(lab, manner) as bad:
        start(lab)
        with client(lab) as vpnc:
            until(lambda: len(bad.log.lines()) > 1, 10, "the server was not asked")
            vpnc.ends()
            lab.ours.report("asked in vain")
            lab.ours.deny("ISAKMP SA up")


for manner in (
    "silent",
    "of-another-secret",
    "without-proof",
    "garbage",
    "cut-short",
    "of-another-request",
):
    register(
        f"headend/radius-lies/{manner}", lambda lab, manner=manner: unanswered(lab, manner)
    )


@case("headend/radius-nobody-there")
def nobody_there(lab):
    start(lab)
    with client(lab) as vpnc:
        vpnc.ends()
        lab.ours.report("asked in vain")


@case("headend/radius-slow")
def slow(lab):
    """Slower than the first tries: the answer counts all the same."""
    with BadRadius(lab, "slow") as bad:
        start(lab)
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
        if len([line for line in bad.log.lines() if line.startswith("asked 1 ")]) < 2:
            raise Failed(f"it was asked once: {bad.log.lines()}")


@case("headend/radius-challenge")
def challenged(lab):
    """The server has another question, which strongSwan answers with its password as well."""
    with BadRadius(lab, "asks-again") as bad:
        lab.ours.daemon = {"radius": {**RADIUS, "accounting": "no"}}
        users = {"remote-user": {"auth": "xauth-radius"}}
        come_up(lab, gateway(OURS, rounds=users, secrets={}), roadwarrior())
        line = lab.ours.report("asked the user again").string
        expect_shown(line, "message=token?")
        if len([line for line in bad.log.lines() if line.startswith("asked 1 ")]) != 2:
            raise Failed(f"expected two requests: {bad.log.lines()}")


@case("headend/radius-failover")
def failover(lab):
    """The preferred server is silent; the other one answers, and is asked first the next time."""
    servers = {
        "dead": {"address": "127.0.0.1", "auth_port": "1912", "acct_port": "1913"},
        "alive": {"address": "127.0.0.1"},
    }
    for name, preference in (("dead", 10), ("alive", 5)):
        servers[name] |= {"secret": f'"{SECRET}"', "preference": str(preference)}
    with server(lab) as radius, BadRadius(lab, "silent", 1912) as bad:
        start(lab, radius={**RADIUS, "servers": servers})
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
            radius.wait_record("Start")
            asked = len(bad.log.lines())
            if asked < 2:
                raise Failed("the preferred server was not asked")
            vpnc.leave()
        with client(lab) as vpnc:
            vpnc.is_told("INTERNAL_IP4_ADDRESS=10.3.0.1")
        if len(bad.log.lines()) != asked:
            raise Failed("the server that was silent was asked again at once")


# -------------------------------------------------------------------------- strongSwan as the client


def strongswan(lab, auth):
    """RSA on both sides, then the user, then an address of the pool."""
    _, _, pair = two(lab)
    same = {
        "auth": "pubkey",
        "ours_id": pair.ours_id,
        "peer_id": pair.peer_id,
        "local": pair.local,
    }
    lab.ours.daemon = {"radius": RADIUS}
    users = {"remote-user": {"auth": auth}}
    with server(lab) as radius:
        come_up(lab, gateway(OURS, rounds=users, secrets={}, **same), roadwarrior(**same))
        expect(radius.wait_record("Start"), User_Name=USER, Framed_IP_Address="10.3.0.1")


for auth in ("xauth-radius", "xauth-eap"):
    register(f"headend/strongswan/{auth}", lambda lab, auth=auth: strongswan(lab, auth))
