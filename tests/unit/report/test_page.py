# SPDX-License-Identifier: BSD-2-Clause
"""bench/report/page.py and write.py"""

import os
import re
import tempfile
import unittest
import xml.etree.ElementTree as xml

from bench.report import page, write
from bench.report.rows import Row, Rows


def context(suite, **texts):
    return [Row(suite, "context", "name={} text={}".format(*item), "", "") for item in texts.items()]


def peers():
    """Twice as cheap as the other one, in two rounds, at two levels."""
    made = []
    for up in (1000, 50000):
        for number in range(2):
            for peer, cpu in (("ikehub", 100 + 2 * number), ("strongswan", 200 + 4 * number)):
                labels = "peer={} case=psk-ecp256 tunnels={} round={}".format(peer, up, number)
                made += [Row("peers", "cpu_per_tunnel", labels, str(cpu), "us"),
                         Row("peers", "failures", labels, "1", "")]
            made += [Row("peers", "cpu_ratio", "case=psk-ecp256 tunnels={} round={}".format(up, number), "0.5", ""),
                     Row("peers", "floor", "case=psk-ecp256 round={}".format(number), "50", "us")]
        for peer, size in (("ikehub", "2048"), ("strongswan", "16384")):
            made += [Row("peers", "resident_per_tunnel", "peer={} case=many tunnels={}".format(peer, up), size, "bytes"),
                     Row("peers", "cost_growth", "peer={} tunnels={} round=0".format(peer, up), "1.1", "")]
    return made


def latency():
    return [Row("latency", metric, "peer={} percent={} round=0".format(peer, percent), value, unit)
            for peer in page.NAMES for percent in ("50", "90")
            for metric, value, unit in (("tunnels_per_second", "1000", "per-second"), ("latency_p50", "1.5", "ms"),
                                        ("latency_p99", "12", "ms"), ("failures", "0", ""))]


def rest():
    lines = [("scale", "cpu_per_tunnel", "shards={} tunnels=0 round=0".format(count), "90") for count in (1, 2, 8)]
    lines += [("failover", "timeline", "series={} at={}".format(series, at), "500")
              for series in ("new", "held") for at in (-0.05, 0, 0.05)]
    lines += [("failover", "event", "name=all-back", "0.3"), ("handshake", "cpu_per_tunnel", "group=ecp256 round=0", "110"),
              ("memory", "resident_per_tunnel", "tunnels=51000", "1981"), ("flood", "flood_rate", "flood=once", "258000"),
              ("micro", "cpu", "case=parse/main1/1", "190.0")]
    lines += [("profile", "instructions", "case=psk part=part function={}".format(part), "25") for part in
              ("own", "openssl", "openssl", "libc")]
    lines += [("profile", "instructions", "case=psk part=own function=x4_siphash", "7")]
    return [Row(*line, "") for line in lines]


class Sections(unittest.TestCase):
    def test_side_by_side(self):
        text, plots = page.page(Rows(peers()))
        self.assertIn("| PSK, P-256 | ikehub | 101 (100 to 102) | 49.5 |  |  |  |  | 2 |", text)
        self.assertIn("| PSK, P-256 | ratio | 0.5 (0.5 to 0.5) |", text)
        self.assertIn("| PSK | 50,000 | 2,048 | 16,384 | 0.125 |", text)
        self.assertEqual(set(plots), {"cost-tunnels", "memory-tunnels"})

    def test_only_what_has_run(self):
        text, plots = page.page(Rows(latency()))
        self.assertEqual(set(plots), {"latency-load"})
        self.assertNotIn("Side by side", text)

    def test_every_plot_is_one_and_is_shown(self):
        text, plots = page.page(Rows(peers() + latency() + rest()))
        self.assertEqual(set(re.findall(r"\(plots/([a-z-]+)\.svg\)", text)), set(plots))
        self.assertEqual(len(plots), 6)
        for svg in plots.values():
            xml.fromstring(svg)

    def test_tables_are_even(self):
        for lines in page.page(Rows(peers() + latency() + rest()))[0].split("\n\n"):
            widths = {line.count("|") for line in lines.splitlines() if line.startswith("|")}
            self.assertLessEqual(len(widths), 1, lines)

    def test_profile(self):
        text, _ = page.page(Rows(rest()))
        self.assertIn("| psk | 75 | 33.3 | 33.3 | 33.3 |", text)
        self.assertIn("| x4_siphash | 7 |", text)

    def test_suites_without_a_section(self):
        made = [Row("headend", "load_main", "connections=10 round={}".format(number), str(number), "s") for number in range(3)]
        text, _ = page.page(Rows(made + [Row("headend", "lookup", "connections=10", "0.5", "us")]))
        self.assertIn("| headend | load_main | connections=10 | 1 (0 to 2) | s |", text)
        self.assertIn("| headend | lookup | connections=10 | 0.5 | us |", text)
        self.assertNotIn("What else", page.page(Rows(rest()))[0])

    def test_vector_unit(self):
        made = [Row("dh", "cpu", "group=modp2048 work={}".format(work), cpu, "us")
                for work, cpu in (("derive-1", "80"), ("derive-8", "27"), ("bn", "210"), ("key-1", "20"), ("key-8", "7"))]
        made.append(Row("dh", "cpu_per_handshake", "crypto=auto busy=80-%", "107", "us"))
        text, _ = page.page(Rows(made))
        self.assertIn("| modp2048 | 80 | 27 | 210 | 20 | 7 |  |", text)
        self.assertIn("| 80 % | 107 (107 to 107) |", text)

    def test_million(self):
        made = [Row("million", "tunnels", "", "1000000", ""), Row("million", "resident", "peer=ikeload", "1.3", "GiB")]
        text, _ = page.page(Rows(made))
        self.assertIn("| resident memory of ikeload | 1.3 GiB |", text)

    def test_bounds(self):
        made = [Row("scale", "bound", "name=a limit=10 sense=at-most verdict=holds", "9.5", "us"),
                Row("scale", "bound", "name=b limit=99 sense=at-least verdict=missed", "", "percent")]
        text, _ = page.page(Rows(made))
        self.assertIn("2 bounds, of which 1 is missed.", text)
        self.assertIn("- scale b: why is not known.", text)
        self.assertIn("- scale b: the disk is slow", page.page(Rows(made), {"scale b": "the disk is slow"})[0])
        self.assertIn("| scale | a | 9.5 us | at most 10 us | holds |", text)
        self.assertIn("| scale | b |  | at least 99 percent | **missed** |", text)

    def test_what_differs_is_told_apart(self):
        made = context("scale", cpu="EPYC", kernel="6.1", date="Monday") + context("flood", cpu="EPYC", kernel="6.18")
        text, _ = page.page(Rows(made))
        self.assertIn("| processor | EPYC |", text)
        self.assertIn("| kernel (flood) | 6.18 |", text)
        self.assertIn("| scale | Monday |  |  |", text)


class Files(unittest.TestCase):
    def test_reasons(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "reasons.txt")
            self.assertEqual(write.read_reasons(path), {})
            write.write(path, "# a remark\n\nscale b: the disk: slow\n")
            self.assertEqual(write.read_reasons(path), {"scale b": "the disk: slow"})

    def test_plots_of_before_are_gone(self):
        with tempfile.TemporaryDirectory() as folder:
            os.makedirs(os.path.join(folder, "rows"))
            os.makedirs(os.path.join(folder, "out", "plots"))
            write.write(os.path.join(folder, "out", "plots", "old.svg"), "")
            write.write(os.path.join(folder, "rows", "micro.csv"),
                        "suite,metric,labels,value,unit\nmicro,cpu,case=dh,7,ns\n")
            write.main(os.path.join(folder, "rows"), os.path.join(folder, "out"))
            self.assertEqual(os.listdir(os.path.join(folder, "out", "plots")), [])
            with open(os.path.join(folder, "out", "RESULTS.md"), encoding="utf-8") as file:
                self.assertIn("| dh | 7 |", file.read())


if __name__ == "__main__":
    unittest.main()
