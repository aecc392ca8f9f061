# SPDX-License-Identifier: BSD-2-Clause
"""Debian's swanctl as it is, with a folder of its own, against the control socket of a daemon."""

import os
import subprocess

from registry import expect

ANSWER_SECONDS = 30
FOLDERS = ("x509", "x509ca", "x509crl", "x509ocsp", "x509aa", "x509ac", "pubkey", "private", "rsa", "ecdsa", "bliss", "pkcs8", "pkcs12")


class Swanctl:
    def __init__(self, directory, socket):
        self.folder = os.path.join(directory, "swanctl")
        self.socket = socket
        for folder in FOLDERS:
            os.makedirs(os.path.join(self.folder, folder))

    def write(self, text):
        with open(os.path.join(self.folder, "swanctl.conf"), "w") as file:
            file.write(text)

    def install(self, folder, path):
        with open(path, "rb") as source, open(os.path.join(self.folder, folder, os.path.basename(path)), "wb") as copy:
            copy.write(source.read())

    def command(self, *arguments):
        return ["swanctl", *arguments, "--uri", f"unix://{self.socket}"]

    def environment(self):
        return {**os.environ, "SWANCTL_DIR": self.folder}

    def run(self, *arguments):
        return subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, text=True, timeout=ANSWER_SECONDS
        )

    def __call__(self, *arguments):
        """What it prints; it has to succeed."""
        done = self.run(*arguments)
        expect(done.returncode == 0, f"swanctl {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def follow(self, path, *arguments):
        """Starts one that goes on printing to a file until it is ended."""
        with open(path, "wb") as sink:
            return subprocess.Popen(
                ["stdbuf", "-oL", *self.command(*arguments)], env=self.environment(), stdin=subprocess.DEVNULL, stdout=sink,
                stderr=subprocess.STDOUT
            )
