# SPDX-License-Identifier: BSD-2-Clause
"""What a case may ask of either side, whichever implementation runs there."""

from dataclasses import dataclass

from logfile import LogFile
from wait import Failed, until


@dataclass(frozen=True)
class ChildSa:
    """A pair of IPsec SAs as one side records it.

    SPIs (eight digits) and keys are lower-case hex; keys are the encryption key (an AEAD's with its
    salt) followed by the integrity key. CPIs (four digits) are empty without IPComp.
    """

    name: str
    spi_in: str
    spi_out: str
    keys_in: str | None
    keys_out: str | None
    local_ts: tuple
    remote_ts: tuple
    mode: str
    cpi_in: str = ""
    cpi_out: str = ""


class Gateway:
    """Base of both implementations.

    REPORTS maps what a log can say to the pattern that says it there; both have the same keys, so
    that a case reads the same whoever plays which part.
    """

    REPORTS = {}
    REPORT_SECONDS = 8
    # Log lines that the end of a log is shown without.
    NOISE = None
    STOP_SECONDS = 10
    label = ""

    def __init__(self, namespace, directory, side, log_path):
        self.namespace = namespace
        self.directory = directory
        self.side = side
        self.log = LogFile(log_path)
        self.process = None

    def start(self, site, initiate=False):
        """Start with `site` configured; with `initiate` its children come up by themselves."""
        raise NotImplementedError

    def child_sas(self):
        """Established children, oldest first."""
        raise NotImplementedError

    def stop(self):
        """Leave in good order, which sends Deletes: status 0 within STOP_SECONDS."""
        process, self.process = self.process, None
        try:
            status = process.terminate(self.STOP_SECONDS)
        finally:
            process.kill()
        if status:
            raise Failed(f"{self.label} left with status {status}")

    def crash(self):
        """End without a word to the peer."""
        process, self.process = self.process, None
        if process:
            process.kill()

    def newest_child(self, name):
        return next((sa for sa in reversed(self.child_sas()) if sa.name == name), None)

    def wait_child_names(self, *names, seconds=8):
        """Wait until the established children are exactly these."""

        def up():
            return sorted(sa.name for sa in self.child_sas())

        what = f"{self.label} has other children than [{' '.join(names)}]"
        try:
            until(lambda: up() == sorted(names), seconds, what)
        except Failed as failure:
            raise Failed(f"{failure}: [{' '.join(up())}]") from None

    def report(self, what, mark=0, seconds=REPORT_SECONDS):
        """Wait until the log holds the report `what` behind `mark`; returns the match."""
        pattern = self.REPORTS[what]
        return until(
            lambda: self.log.find(pattern, mark),
            seconds,
            f"{self.label} did not report: {what} (no line matches {pattern.pattern!r})",
        )

    def tail(self, count):
        """The last `count` lines of the log, without noise."""
        lines = self.log.lines()
        return [line for line in lines if not (self.NOISE and self.NOISE.search(line))][-count:]

    def deny(self, what, mark=0):
        """Fail if the log holds the report `what`."""
        match = self.log.find(self.REPORTS[what], mark)
        if match:
            raise Failed(f"{self.label} reported: {what}: {match.string}")
