# SPDX-License-Identifier: BSD-2-Clause
"""strongSwan's charon-systemd and swanctl in a namespace."""

import os
import re
import shutil
import socket
import subprocess

from charon_keys import read_keys
from gateway import ChildSa, Gateway
from process import Process
from tunnel import render, swanctl_conf
from vici_text import parse_events
from wait import Failed, until

CHARON = "/usr/sbin/charon-systemd"
SWANCTL = "/usr/sbin/swanctl"
HERE = os.path.dirname(os.path.abspath(__file__))

PLUGINS = (
    "aes sha1 sha2 md5 random nonce x509 revocation constraints pubkey pkcs1 pkcs7 pkcs8 pem"
    " openssl gmp hmac gcm kdf drbg xauth-generic attr"
    " kernel-libipsec kernel-netlink socket-default vici"
)
CREDENTIAL_FOLDERS = (
    "x509 x509ca x509ocsp x509aa x509ac x509crl pubkey private rsa ecdsa bliss pkcs8 pkcs12"
).split()

# Options that only strongSwan knows: SAs are recorded, no policy is needed without traffic.
CHILD_OPTIONS = {"policies": "no"}

# charon's names of notifies, in the list of payloads of a message and in words.
NOTIFIES = {
    "NO-PROPOSAL-CHOSEN": ("NO_PROP", "NO_PROPOSAL_CHOSEN"),
    "INVALID-ID-INFORMATION": ("INVAL_ID", "INVALID_ID_INFORMATION"),
    "PAYLOAD-MALFORMED": ("PLD_MAL", "PAYLOAD_MALFORMED"),
}

REPORTS = {
    "ISAKMP SA up": r"IKE_SA \S+\[\d+\] established between",
    "message does not decrypt": r"could not decrypt payloads",
    "peer does not answer": r"giving up after \d+ retransmits",
    "sent Delete of the ISAKMP SA": r"sending DELETE for IKE_SA",
    "received Delete of the ISAKMP SA": r"received DELETE for IKE_SA",
    "received Delete of the child": r"received DELETE for ESP CHILD_SA",
    "refused the identity": r"generating INFORMATIONAL_V1 .* \[ HASH N\(AUTH_FAILED\)",
    "identity was refused": r"received (AUTHENTICATION_FAILED|INVALID_ID_INFORMATION) error notify",
    # The notify of a peer with another key arrives encrypted, thus unreadable, or in the clear.
    "wrong secret ended the attempt": r"giving up after|received PAYLOAD_MALFORMED error notify",
    "peer is dead": r"DPD check timed out|giving up after \d+ retransmits",
    "received a fragment": r"received fragment #\d+",
    "dropped older SA at INITIAL-CONTACT": r"destroying duplicate IKE_SA .* INITIAL_CONTACT",
}
for notify, (short, long) in NOTIFIES.items():
    REPORTS[f"sent {notify}"] = rf"generating INFORMATIONAL_V1 .* \[ (HASH )?N\({short}\)"
    REPORTS[f"received {notify}"] = rf"received {long} error notify"


def missing():
    """Why strongSwan cannot run here, or None."""
    for program in (CHARON, SWANCTL):
        if not os.access(program, os.X_OK):
            return f"{program} is not installed"
    if not shutil.which("cc"):
        return "no C compiler for the ESP recorder"
    return None


def build_recorder(directory):
    """Compile esp_record.c; its head says what it is for."""
    library = os.path.join(directory, "esp_record.so")
    source = os.path.join(HERE, "esp_record.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return library


class StrongSwan(Gateway):
    """One charon. `recorder` is the library that build_recorder made, or None; `vici` the path for the
    control socket, which has to be short (a UNIX socket's limit is 107 bytes); `extra` what a case
    wants in strongswan.conf besides."""

    REPORTS = {what: re.compile(pattern) for what, pattern in REPORTS.items()}
    NOISE = re.compile(r"\[CHD\] +\d+: |\[CFG\] vici client")
    label = "strongSwan"
    START_SECONDS = 10
    COMMAND_SECONDS = 8
    PLUGINS = PLUGINS
    CHILD_OPTIONS = CHILD_OPTIONS

    def __init__(self, namespace, directory, side, recorder, vici):
        super().__init__(namespace, directory, side, os.path.join(directory, "charon.log"))
        self._recorder = recorder
        self._socket = vici
        self.extra = {}

    def beside(self, namespace, directory, side):
        """Another one, elsewhere."""
        os.makedirs(directory)
        return StrongSwan(namespace, directory, side, self._recorder, f"{self._socket}.{side}")

    def settings(self):
        return {
            "charon-systemd": {
                "load": self.PLUGINS,
                "install_routes": "no",
                "i_dont_care_about_security_and_use_aggressive_mode_psk": "yes",
                "dh_exponent_ansi_x9_42": "no",
                "retransmit_timeout": "0.5",
                "retransmit_base": "1.5",
                "retransmit_tries": "3",
                "filelog": {
                    "log": {
                        "path": self.log.path,
                        "default": "1",
                        "ike": "2",
                        "cfg": "2",
                        "chd": "4",
                        "esp": "2",
                        "flush_line": "yes",
                        "time_format": "",
                    }
                },
                "plugins": {"vici": {"socket": f"unix://{self._socket}"}},
                **self.extra,
            }
        }

    @property
    def credentials(self):
        """Where the folders of certificates and keys are."""
        return self.environment()["SWANCTL_DIR"]

    def environment(self):
        return {
            "STRONGSWAN_CONF": os.path.join(self.directory, "strongswan.conf"),
            "SWANCTL_DIR": os.path.join(self.directory, "swanctl"),
        }

    def write_configuration(self, site, initiate):
        folder = self.environment()["SWANCTL_DIR"]
        for name in CREDENTIAL_FOLDERS:
            os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(self.environment()["STRONGSWAN_CONF"], "w") as file:
            file.write(render(self.settings()))
        with open(os.path.join(folder, "swanctl.conf"), "w") as file:
            file.write(swanctl_conf(site, self.side, initiate, child_extra=self.CHILD_OPTIONS))

    def start(self, site, initiate=False):
        self.write_configuration(site, initiate)
        if os.path.exists(self._socket):
            os.unlink(self._socket)
        self.process = Process(
            self.namespace,
            [CHARON],
            os.path.join(self.directory, "charon.out"),
            {**self.environment(), **({"LD_PRELOAD": self._recorder} if self._recorder else {})},
        )
        until(self.answers, self.START_SECONDS, "charon did not open its vici socket")
        self.swanctl("--load-all", "--noprompt")

    def answers(self):
        if not self.process.running:
            raise Failed(f"charon ended at start with status {self.process.status}")
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self._socket) == 0

    def run_swanctl(self, *arguments):
        return subprocess.run(
            [SWANCTL, *arguments, "--uri", f"unix://{self._socket}"],
            env={**os.environ, **self.environment()},
            capture_output=True,
            text=True,
            timeout=self.COMMAND_SECONDS + 5,
        )

    def swanctl(self, *arguments):
        """Run one command that has to succeed; returns what it prints."""
        done = self.run_swanctl(*arguments)
        if done.returncode:
            raise Failed(f"swanctl {' '.join(arguments)}: {(done.stdout + done.stderr).strip()}")
        return done.stdout

    def initiate(self, child):
        self.swanctl("--initiate", "--child", child, "--timeout", str(self.COMMAND_SECONDS))

    def initiate_in_vain(self, child):
        """Initiate what the peer has to refuse; returns the text that swanctl printed."""
        seconds = str(self.COMMAND_SECONDS)
        done = self.run_swanctl("--initiate", "--child", child, "--timeout", seconds)
        if not done.returncode:
            raise Failed(f"{self.label} got the child {child}, which the peer has to refuse")
        return done.stdout + done.stderr

    def rekey(self, child):
        self.swanctl("--rekey", "--child", child)

    def reauthenticate(self, ike):
        self.swanctl("--rekey", "--ike", ike, "--reauth")

    def terminate(self, **what):
        """terminate(child=NAME) or terminate(ike=NAME)."""
        ((kind, name),) = what.items()
        self.swanctl("--terminate", f"--{kind}", name, "--timeout", str(self.COMMAND_SECONDS))

    def isakmp_sas(self):
        """Established ISAKMP SAs as `swanctl --list-sas --raw` shows them."""
        sas = []
        for event in parse_events(self.swanctl("--list-sas", "--raw"), "list-sa event"):
            sas += event.values()
        return sas

    def child_sas(self):
        children = []
        for isakmp in self.isakmp_sas():
            children += isakmp.get("child-sas", {}).values()
        installed = [child for child in children if child["state"] == "INSTALLED"]
        installed.sort(key=lambda child: int(child["uniqueid"]))
        # Read after the list: an SA that is listed has its keys in the log.
        keys = read_keys(self.log.lines())
        return [
            ChildSa(
                name=child["name"],
                spi_in=child["spi-in"],
                spi_out=child["spi-out"],
                keys_in=keys.get(child["spi-in"]),
                keys_out=keys.get(child["spi-out"]),
                local_ts=tuple(child["local-ts"]),
                remote_ts=tuple(child["remote-ts"]),
                mode=child["mode"].lower(),
                cpi_in=child.get("cpi-in", ""),
                cpi_out=child.get("cpi-out", ""),
            )
            for child in installed
        ]
