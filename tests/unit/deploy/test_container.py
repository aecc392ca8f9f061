# SPDX-License-Identifier: BSD-2-Clause
"""The files of deploy/container fit together: what they copy, mount and name is there."""

import re
import unittest
from pathlib import Path

try:
    import yaml
except ImportError:
    yaml = None

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "deploy/container/lab"
OWN_IMAGE = "ikehub"


class Containerfile(unittest.TestCase):
    text = (ROOT / "deploy/container/Containerfile").read_text()

    def test_copies_what_is_there(self):
        sources = re.findall(r"^COPY (?!--from)(\S+) ", self.text, re.M)
        self.assertTrue(sources)
        for source in sources:
            self.assertTrue((ROOT / source).exists(), source)

    def test_purposes_of_packages(self):
        known = re.findall(r"^([a-z]+):", (ROOT / "deploy/deps").read_text(), re.M)
        purposes = re.findall(r"s/\^(\w+):", self.text)
        self.assertTrue(purposes)
        for purpose in purposes:
            self.assertIn(purpose, known)

    def test_targets_and_programs(self):
        cmake = "".join(path.read_text() for folder in ("shard", "bench") for path in (ROOT / folder).rglob("CMakeLists.txt"))
        for program in re.search(r"--target ([^&]+?) &&", self.text).group(1).split():
            self.assertRegex(cmake, rf"add_executable\({program}\b")

    def test_is_nobody_special(self):
        self.assertEqual(re.findall(r"^USER (\w+)", self.text, re.M), ["ikehub"])


@unittest.skipUnless(yaml, "needs python3-yaml")
class Compose(unittest.TestCase):
    services = yaml.safe_load((LAB / "compose.yaml").read_text())["services"] if yaml else {}
    configuration = (LAB / "ikehub.conf").read_text()

    def addresses(self):
        return {name: service["networks"]["outside"]["ipv4_address"] for name, service in self.services.items()}

    def test_mounts_what_is_there(self):
        for service in self.services.values():
            for volume in service.get("volumes", []):
                path = LAB / volume.split(":")[0]
                # The key is made by who tries it.
                self.assertTrue(path.exists() or path.name == "keys", volume)

    def test_depends_on_what_is_there(self):
        for service in self.services.values():
            self.assertLessEqual(set(service.get("depends_on", [])), set(self.services))

    def test_addresses_differ_and_are_in_the_network(self):
        found = list(self.addresses().values())
        self.assertEqual(len(found), len(set(found)))
        self.assertTrue(all(address.startswith("192.0.2.") for address in found))

    def test_sentinels_are_those_of_the_configuration(self):
        servers = re.search(r"servers = (.*)", self.configuration).group(1).split(", ")
        sentinels = [address for name, address in self.addresses().items() if name.startswith("sentinel")]
        self.assertEqual(servers, sentinels)
        self.assertIn(self.addresses()["primary"], (LAB / "redis/sentinel.conf").read_text())

    def test_redis_has_nothing_of_a_run(self):
        for name in ("redis.conf", "sentinel.conf"):
            text = (LAB / "redis" / name).read_text()
            self.assertNotIn("CONFIG REWRITE", text, name)
            for folder in re.findall(r"^dir (\S+)", text, re.M):
                self.assertEqual(folder, "/tmp", name)

    def test_estates_are_the_hubs(self):
        estates = dict(re.findall(r"(\w+) \{\s+addresses = (\S+)", self.configuration))
        hubs = {name: address for name, address in self.addresses().items() if name.startswith("hub")}
        self.assertEqual(estates, hubs)
        self.assertTrue(hubs)
        for name in hubs:
            self.assertEqual(self.services[name]["hostname"], name)

    def test_hubs_have_two_capabilities_and_write_nowhere_else(self):
        for name, service in self.services.items():
            if name.startswith("hub"):
                self.assertEqual(service["cap_drop"], ["ALL"])
                self.assertEqual(service["cap_add"], ["NET_ADMIN", "NET_BIND_SERVICE"])
                self.assertTrue(service["read_only"])

    def test_peers_know_the_secret(self):
        secret = re.search(r'secret = "(.*)"', self.configuration).group(1)
        self.assertIn(f'--psk "{secret}"', self.services["peers"]["command"])
        self.assertEqual(self.services["peers"]["image"], OWN_IMAGE)


if __name__ == "__main__":
    unittest.main()
