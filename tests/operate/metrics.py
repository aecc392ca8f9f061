# SPDX-License-Identifier: BSD-2-Clause
"""A daemon's metrics as Prometheus reads them, and a client that speaks as badly as a test wants."""

import http.client
import re
import socket

SECTION = "metrics {\n    port = 0\n}\n"
SERIES = re.compile(r"^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$", re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
SECONDS = 20


def address(daemon):
    """Where it tells them."""
    host, port = daemon.wait(event="metrics")["listen"].rsplit(":", 1)
    return host, int(port)


def request(daemon, path="/metrics", method="GET", headers=None):
    """Status, fields and text of an answer."""
    connection = http.client.HTTPConnection(*address(daemon), timeout=SECONDS)
    try:
        connection.request(method, path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def scrape(daemon):
    return request(daemon)[2]


def value(text, name, **labels):
    """The sum of the series with these labels."""
    found = [
        float(number)
        for each, pairs, number in SERIES.findall(text)
        if each == name and labels.items() <= dict(LABEL.findall(pairs)).items()
    ]
    return sum(found) if found else None


def connect(daemon):
    return socket.create_connection(address(daemon), timeout=SECONDS)


def speak(daemon, data):
    """Sends this and reads to the end; what came."""
    with connect(daemon) as client:
        came = b""
        try:
            client.sendall(data)
            while piece := client.recv(65536):
                came += piece
        except ConnectionError:
            pass
        return came
