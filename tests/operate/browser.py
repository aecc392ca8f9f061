# SPDX-License-Identifier: BSD-2-Clause
"""Chromium without a screen, driven over HTTP (WebDriver), and what it complains of."""

import base64
import json
import os
import subprocess
import urllib.error
import urllib.request

from wait import Failed, until

SECONDS = 30
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",  # tests may be root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--force-device-scale-factor=1",
    "--lang=en",
]


class Browser:
    """`directory` takes the profile and the driver's log; `scheme` is light or dark, `mobile` a width that is narrow."""

    def __init__(self, directory, width, height, scheme="light"):
        self.log = os.path.join(directory, "chromedriver.log")
        with open(self.log, "wb") as sink:
            self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=sink, stderr=sink)
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{until(self._port, SECONDS, 'chromedriver does not start')}"
            self._begin(os.path.join(directory, "profile"), width, height, scheme)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _port(self):
        with open(self.log) as file:
            _, _, rest = file.read().partition("started successfully on port ")
        return rest.split(".")[0]

    def _begin(self, profile, width, height, scheme):
        options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"]}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self.session = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.devtools("Emulation.setDeviceMetricsOverride", size)
        self.devtools("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise Failed(f"chromedriver: {error.read().decode()[:500]}") from None

    def _of_session(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}{path}", body)

    def devtools(self, command, parameters):
        return self._of_session("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self._of_session("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The script's value; `return` gives it."""
        return self._of_session("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def complaints(self):
        """What the console has of errors, and of what the Content-Security-Policy forbade."""
        entries = self._of_session("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def screenshot(self, path, full=True):
        picture = self.devtools("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": full})["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture))

    def close(self):
        try:
            if self.session:
                self._of_session("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
