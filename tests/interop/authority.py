# SPDX-License-Identifier: BSD-2-Clause
"""Certification authorities of a case, by the openssl command."""

import os
import subprocess
from dataclasses import dataclass

ORGANISATION = "/C=CH/O=Interop"
DAYS = "30"
# Keys by kind: arguments of `openssl genpkey`.
KEYS = {
    "rsa": ("RSA", "rsa_keygen_bits:2048"),
    "ecdsa256": ("EC", "ec_paramgen_curve:P-256"),
    "ecdsa384": ("EC", "ec_paramgen_curve:P-384"),
    "ecdsa521": ("EC", "ec_paramgen_curve:P-521"),
}

CA_EXTENSIONS = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
RESPONDER_EXTENSIONS = "keyUsage=digitalSignature\nextendedKeyUsage=OCSPSigning\n"
END_EXTENSIONS = "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\n"

CA_CONFIGURATION = """
[ca]
default_ca = this
[this]
database = {index}
certificate = {certificate}
private_key = {key}
default_md = sha256
default_crl_days = 30
crlnumber = {number}
"""


def raw_key(directory, name, kind="rsa", passphrase=None):
    """The paths of a public key and of its private one; with a passphrase that is encrypted."""
    private, public = (os.path.join(directory, f"{name}.{end}") for end in ("key", "pub"))
    algorithm, option = KEYS[kind]
    lock = ("-aes256", "-pass", f"pass:{passphrase}") if passphrase else ()
    openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", private, *lock)
    os.chmod(private, 0o600)
    unlock = ("-passin", f"pass:{passphrase}") if passphrase else ()
    openssl("pkey", "-in", private, "-pubout", "-out", public, *unlock)
    return public, private


def openssl(*arguments, text=None):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, input=text, text=True)


@dataclass(frozen=True)
class Certificate:
    """Paths of a certificate and its key; `subject` as configurations write it."""

    subject: str
    path: str
    key: str


class Authority:
    """An authority whose files are in `directory`; with `above` that one's certificate makes it."""

    def __init__(self, directory, name, above=None, kind="rsa"):
        self._directory = os.path.join(directory, f"authority-{name}")
        os.makedirs(self._directory)
        self.own = self._make(name, kind, CA_EXTENSIONS, above or self, DAYS)

    def issue(self, name, kind="rsa", alternative=None, days=DAYS):
        """A certificate for CN=`name`; `alternative` is its subjectAltName in openssl's words."""
        extensions = END_EXTENSIONS
        if alternative:
            extensions += f"subjectAltName={alternative}\n"
        return self._make(name, kind, extensions, self, days)

    def _database(self):
        """The configuration of `openssl ca`."""
        names = {name: self._path(name) for name in ("index", "number", "ca.conf")}
        open(names["index"], "a").close()
        with open(names["number"], "w") as file:
            file.write("01\n")
        with open(names["ca.conf"], "w") as file:
            file.write(
                CA_CONFIGURATION.format(
                    index=names["index"],
                    number=names["number"],
                    certificate=self.own.path,
                    key=self.own.key,
                )
            )
        return names["ca.conf"]

    def revoke(self, certificate=None):
        """The path of a CRL, on which `certificate` is."""
        configuration, path = self._database(), self._path("list.crl")
        if certificate:
            openssl("ca", "-config", configuration, "-revoke", certificate.path)
        openssl("ca", "-config", configuration, "-gencrl", "-out", path)
        return path

    def appoint(self, name):
        """A certificate for answering in the place of this authority."""
        return self._make(name, "rsa", RESPONDER_EXTENSIONS, self, DAYS)

    def respond(self, certificate, revoked=False, responder=None):
        """The path of an OCSP response about a certificate, of a responder or of this authority."""
        signer = responder or self.own
        configuration, path = self._database(), self._path("response.der")
        action = "-revoke" if revoked else "-valid"
        openssl("ca", "-config", configuration, action, certificate.path)
        openssl(
            *("ocsp", "-index", self._path("index"), "-CA", self.own.path),
            *("-rsigner", signer.path, "-rkey", signer.key, "-issuer", self.own.path),
            *("-cert", certificate.path, "-ndays", DAYS, "-no_nonce", "-respout", path),
        )
        return path

    def _path(self, name):
        return os.path.join(self._directory, name)

    def _make(self, name, kind, extensions, issuer, days):
        stem = name.replace(" ", "-").replace("/", "-")
        key, request = self._path(f"{stem}.key"), self._path(f"{stem}.csr")
        certificate, extra = self._path(f"{stem}.pem"), self._path(f"{stem}.ext")
        algorithm, option = KEYS[kind]
        openssl("genpkey", "-algorithm", algorithm, "-pkeyopt", option, "-out", key)
        os.chmod(key, 0o600)
        openssl("req", "-new", "-key", key, "-subj", f"{ORGANISATION}/CN={name}", "-out", request)
        with open(extra, "w") as file:
            file.write(extensions)
        by = (
            ("-signkey", key)
            if issuer is self and not hasattr(self, "own")
            else ("-CA", issuer.own.path, "-CAkey", issuer.own.key)
        )
        # Serial numbers of a case need not be secret, but different.
        Authority.serial += 1
        openssl(
            *("x509", "-req", "-in", request, "-extfile", extra, "-sha256", "-days", days),
            *("-set_serial", str(Authority.serial), "-out", certificate),
            *by,
        )
        return Certificate(f"C=CH, O=Interop, CN={name}", certificate, key)

    serial = 1000
