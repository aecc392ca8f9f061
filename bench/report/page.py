# SPDX-License-Identifier: BSD-2-Clause
"""The page of results: sections of text, tables and plots, each made of the rows of one suite.

A section is left out where its suite has not run. All numbers come out of the rows; what is written here says what they
are, never how great.
"""

from bench.report.rows import Rows
from bench.report.svg import Line, Plot, number

NAMES = {"ikehub": "ikehub", "strongswan": "strongSwan"}
PEER_COLOURS = ("#0072b2", "#d55e00")
CASES = {"psk-ecp256": "PSK, P-256", "psk-modp2048": "PSK, MODP-2048", "rsa2048-ecp256": "RSA-2048, P-256",
         "rsa2048-modp2048": "RSA-2048, MODP-2048", "rsa2048-known-ecp256": "RSA-2048, P-256, certificates seen before"}


# ---------------------------------------------------------------- tables

def cell(value, unit=""):
    """A number, or nothing where there is none."""
    return "" if value is None else number(value) + (" " + unit if unit else "")


def spread(rows):
    """median (least to most)"""
    values = rows.spread()
    return "{} ({} to {})".format(*map(number, values)) if values else ""


def table(head, lines, texts=1):
    """The first so many columns are texts, the others numbers."""
    width = "|" + "|".join(" --- " if index < texts else " ---: " for index in range(len(head))) + "|"
    return "\n".join(["| " + " | ".join(head) + " |", width] + ["| " + " | ".join(line) + " |" for line in lines])


def numbers(values):
    return sorted(values, key=int)


# ---------------------------------------------------------------- what was measured where, and with what

CONTEXT = [("cpu", "processor"), ("cores", "cores"), ("memory", "memory"), ("virtual", "virtualisation"),
           ("kernel", "kernel"), ("os", "system"), ("compiler", "compiler"), ("openssl", "OpenSSL"),
           ("strongswan", "strongSwan"), ("commit", "commit")]
RUNS = [("date", "began"), ("seconds", "took, s"), ("load", "load average before")]


def machine(rows):
    """What all suites have in common, with a column for each that differs; when each has run."""
    suites = rows.suites()
    texts = {suite: dict((name, rows.of(suite).text(name)) for name, _ in CONTEXT + RUNS) for suite in suites}
    lines = []
    for name, title in CONTEXT:
        of = {}
        for suite in suites:
            of.setdefault(texts[suite][name], []).append(suite)
        of.pop("", None)
        lines += [[title + (" ({})".format(", ".join(those)) if len(of) > 1 else ""), text] for text, those in of.items()]
    runs = [[suite] + [texts[suite][name] for name, _ in RUNS] for suite in suites]
    return "## Where and when\n\n{}\n\n{}".format(
        table(["", ""], lines, texts=2), table(["suite"] + [title for _, title in RUNS], runs, texts=2))


def bounds(rows, reasons):
    lines, why = [], []
    for suite in rows.suites():
        for row in rows.of(suite, "bound"):
            sign = "at most" if row.labels["sense"] == "at-most" else "at least"
            verdict = row.labels["verdict"] if row.labels["verdict"] == "holds" else "**missed**"
            if row.labels["verdict"] == "missed":
                name = "{} {}".format(suite, row.labels["name"])
                why.append("- {}: {}".format(name, reasons.get(name, "why is not known.")))
            lines.append([suite, row.labels["name"], cell(row.value, row.unit),
                          "{} {}".format(sign, cell(float(row.labels["limit"]), row.unit)), verdict])
    return "## Bounds\n\n{} bounds, of which {} missed.\n\n{}{}".format(
        len(lines), "{} {}".format(len(why), "is" if len(why) == 1 else "are") if why else "none is",
        table(["suite", "bound", "measured", "limit", ""], lines, texts=2),
        "\n\nThose that are missed, and why:\n\n" + "\n".join(why) if why else "")


# ---------------------------------------------------------------- side by side

def peers(rows):
    here = rows.of("peers")
    base = numbers(here.of("peers", "cpu_per_tunnel").label("tunnels"))[0]
    lines = []
    for case in here.of("peers", "cpu_ratio").label("case"):
        def of(metric, case=case, **labels):
            return here.of("peers", metric, case=case, **labels)
        up = of("cpu_ratio").label("tunnels")[0]
        bare = of("floor").median()
        for peer, name in NAMES.items():
            cpu = of("cpu_per_tunnel", peer=peer, tunnels=up)
            lines.append([CASES.get(case, case), name, spread(cpu),
                          cell(bare and cpu.median() and 100 * bare / cpu.median()),
                          cell(of("utilisation", peer=peer, tunnels=up).median()),
                          cell(of("tunnels_per_second", peer=peer, tunnels=up).median()),
                          cell(of("latency_p50", peer=peer, tunnels=up).median()),
                          cell(of("latency_p99", peer=peer, tunnels=up).median()),
                          cell(sum(of("failures", peer=peer, tunnels=up).numbers()))])
        lines.append([CASES.get(case, case), "ratio", spread(of("cpu_ratio", tunnels=up))] + [""] * 6)
    return ("## Side by side\n\nThe same load at both, in turns, with {} tunnels up or more. CPU is that of all of a "
            "responder's threads for each tunnel, median (least to most) of the rounds; bare is the part that OpenSSL "
            "alone needs for the public-key work, measured in the same rounds; above 100 % where the vector unit takes its "
            "place.\n\n").format(cell(float(base))) + table(
                ["case", "", "CPU us", "bare %", "core %", "tunnels/s", "p50 ms", "p99 ms", "failed"], lines, texts=2)


def growth_plot(rows):
    """CPU per tunnel against tunnels that are up."""
    cost = rows.of("peers", "cpu_per_tunnel", case="psk-ecp256")
    lines = []
    for peer, name in NAMES.items():
        of = cost.of("peers", peer=peer)
        points = [(float(up), *of.of("peers", tunnels=up).spread()) for up in of.label("tunnels")]
        lines.append(Line(name, points))
    return Plot("CPU per tunnel against tunnels that are up (PSK, P-256)", "tunnels up", "CPU per tunnel, us", lines,
                log_x=True, log_y=True, x_ticks=[float(up) for up in cost.label("tunnels")])


def growth(rows):
    lines = [[NAMES[peer], cell(float(up)), spread(rows.of("peers", "cost_growth", peer=peer, tunnels=up))]
             for up in numbers(rows.of("peers", "cost_growth").label("tunnels")) for peer in NAMES]
    return ("## Cost against tunnels\n\n![CPU per tunnel against tunnels](plots/cost-tunnels.svg)\n\nCPU per tunnel with so "
            "many up by that with the fewest, in turns:\n\n") + table(["", "tunnels up", "ratio"], lines)


def memory_plot(rows):
    lines = []
    for case, name in (("many", "PSK"), ("rsa", "RSA-2048 certificates")):
        for (peer, title), colour in zip(NAMES.items(), PEER_COLOURS):
            of = rows.of("peers", "resident_per_tunnel", peer=peer, case=case)
            points = [(float(row.labels["tunnels"]), row.value / 1024) for row in of if row.value]
            lines.append(Line("{}, {}".format(title, name), points, dashed=case == "rsa", colour=colour))
    ups = [float(up) for up in rows.of("peers", "resident_per_tunnel").label("tunnels")]
    return Plot("Resident memory per tunnel", "tunnels up", "KiB per tunnel", lines, log_x=True, log_y=True, x_ticks=ups)


def memory(rows):
    here = rows.of("peers", "resident_per_tunnel")
    lines = []
    for case, name in (("many", "PSK"), ("rsa", "RSA-2048 certificates")):
        for up in numbers(here.of("peers", case=case).label("tunnels")):
            ours, theirs = (here.of("peers", case=case, tunnels=up, peer=peer).median() for peer in NAMES)
            lines.append([name, cell(float(up)), cell(ours), cell(theirs), cell(ours and theirs and ours / theirs)])
    return "## Memory against tunnels\n\n![Memory per tunnel](plots/memory-tunnels.svg)\n\n" + table(
        ["", "tunnels up", "ikehub, bytes", "strongSwan, bytes", "ratio"], lines)


# ---------------------------------------------------------------- latency

def latency_plot(rows):
    lines = []
    for (peer, name), colour in zip(NAMES.items(), PEER_COLOURS):
        for metric, what in (("latency_p50", "p50"), ("latency_p99", "p99")):
            here = rows.of("latency", metric, peer=peer)
            points = []
            for percent in here.label("percent"):
                rates = rows.of("latency", "tunnels_per_second", peer=peer, percent=percent)
                points.append((rates.median(), *here.of("latency", percent=percent).spread()))
            lines.append(Line("{}, {}".format(name, what), points, dashed=what == "p50", colour=colour))
    return Plot("Latency of a tunnel against load (PSK, P-256; one core)", "tunnels per second", "latency, ms", lines,
                log_x=True, log_y=True)


def latency(rows):
    here = rows.of("latency")
    lines = []
    for peer, name in NAMES.items():
        for percent in numbers(here.of("latency", "latency_p50", peer=peer).label("percent")):
            def of(metric, peer=peer, percent=percent):
                return here.of("latency", metric, peer=peer, percent=percent)
            lines.append([name, percent, cell(of("tunnels_per_second").median()), cell(of("utilisation").median()),
                          spread(of("latency_p50")), spread(of("latency_p99")), cell(sum(of("failures").numbers()))])
    return ("## Latency against load\n\n![Latency against load](plots/latency-load.svg)\n\nTunnels arrive as a Poisson "
            "process, at so many percent of what one core was found to do; latency counts from the arrival.\n\n") + table(
                ["", "asked for, %", "tunnels/s", "core %", "p50 ms", "p99 ms", "failed"], lines)


# ---------------------------------------------------------------- shards

def shards_plot(rows):
    cost = rows.of("scale", "cpu_per_tunnel", tunnels=0)
    points = [(float(count), *cost.of("scale", shards=count).spread()) for count in cost.label("shards")]
    return Plot("CPU per handshake with several shards on one core", "shards", "CPU per handshake, us",
                [Line("ikehub (PSK, P-256)", points)], x_ticks=[point[0] for point in points])


def shards(rows):
    cost, ratio = (rows.of("scale", metric, tunnels=0) for metric in ("cpu_per_tunnel", "cpu_ratio"))
    lines = [[count, spread(cost.of("scale", shards=count)), spread(ratio.of("scale", shards=count))]
             for count in numbers(cost.label("shards"))]
    return ("## Shards\n\n![CPU per handshake over shards](plots/shards.svg)\n\nAll shards share one core, so this is what it "
            "costs to split the work, and not what more cores bring.\n\n") + table(
                ["shards", "CPU us", "by that with one"], lines)


# ---------------------------------------------------------------- failover

def failover_plot(rows):
    here = rows.of("failover", "timeline")

    def points(series):
        return [(float(row.labels["at"]), row.value) for row in here.of("failover", series=series)]
    marks = [(row.value, row.labels["name"].replace("-", " ")) for row in rows.of("failover", "event")]
    return Plot("New tunnels while the daemon is killed and started again", "seconds after the kill",
                "new tunnels per second", [Line("tunnels that come up", points("new"), marked=False)],
                marks=[(0.0, "killed")] + marks)


def held_plot(rows):
    points = [(float(row.labels["at"]), row.value) for row in rows.of("failover", "timeline", series="held")]
    marks = [(row.value, row.labels["name"].replace("-", " ")) for row in rows.of("failover", "event")]
    return Plot("Tunnels that the daemon has while it is killed and started again", "seconds after the kill", "tunnels",
                [Line("tunnels", points, marked=False)], marks=[(0.0, "killed")] + marks)


def failover(rows):
    here = rows.of("failover")
    lines = [[row.labels["name"].replace("-", " "), cell(row.value, "s")] for row in here.of("failover", "event")]
    lines += [[title, cell(here.of("failover", metric).median(), unit)] for metric, title, unit in (
        ("revived", "tunnels that went on", ""), ("revive_each", "to get one back", "us"))]
    text = ("## Failover\n\n![New tunnels around a kill](plots/failover-new.svg)\n\n![Tunnels around a kill]"
            "(plots/failover-held.svg)\n\nThe daemon keeps its SAs in the embedded store, is killed under load and started "
            "again.\n\n") + table(["after the kill", ""], lines)
    costs = [[name, spread(here.of("failover", "cpu_per_tunnel", store=store))]
             for store, name in (("no", "without the store"), ("embedded", "with the embedded store"))]
    return text + "\n\nCPU of the shard per tunnel:\n\n" + table(["", "us"], costs)


# ---------------------------------------------------------------- the rest

def handshake(rows):
    here = rows.of("handshake")
    lines = []
    for group in here.of("handshake", "cpu_per_tunnel").label("group"):
        lines.append([group] + [spread(here.of("handshake", metric, group=group)) for metric in
                                ("floor", "cpu_per_tunnel", "cpu_over_floor", "cpu_ratio")])
    return ("## Handshakes against the bare work\n\nCPU in us of a responder for main mode with a preshared key and one quick "
            "mode, against OpenSSL's for the Diffie-Hellman work in it, on the same core in turns.\n\n") + table(
                ["group", "bare", "responder", "over", "ratio"], lines)


def flood(rows):
    here = rows.of("flood")
    lines = []
    for name in here.of("flood", "flood_rate").label("flood"):
        def of(metric, name=name):
            return cell(here.of("flood", metric, flood=name).median())
        lines.append([name] + [of(metric) for metric in ("flood_rate", "handshakes_percent", "latency_p50", "latency_p99",
                                                        "utilisation", "memory_grown", "amplification")])
    return ("## Floods\n\nFirst messages with forged addresses while known peers begin handshakes.\n\n") + table(
        ["flood", "a second", "handshakes done, %", "p50 ms", "p99 ms", "core %", "memory grown, kB", "bytes out by in"], lines)


def idle(rows):
    here = rows.of("memory")
    lines = [["resident memory of a tunnel, bytes", cell(here.of("memory", "resident_per_tunnel").median())],
             ["tunnels of which that is the mean", cell(here.of("memory", "tunnels").median())],
             ["CPU of an exchange of dead peer detection, us", cell(here.of("memory", "cpu_per_dpd").median())],
             ["cores for a million tunnels that are asked every 30 s", cell(here.of("memory", "dpd_cores").median())]]
    return "## Tunnels that do nothing\n\n" + table(["", ""], lines)


def million(rows):
    here = rows.of("million")
    lines = [["tunnels", cell(here.of("million", "tunnels").median())]]
    for metric, what, unit, key, values in (
            ("tunnels_per_second", "tunnels a second, {}", "", "up", ("all", "first-tenth", "last-tenth")),
            ("cpu_per_tunnel", "CPU of a tunnel, {}", "us", "peer", ("ikehub", "ikeload")),
            ("resident", "resident memory of {}", "GiB", "peer", ("ikehub", "ikeload"))):
        lines += [[what.format(value.replace("-", " ")), cell(here.of("million", metric, **{key: value}).median(), unit)]
                  for value in values]
    return "## A million tunnels\n\nOf one ikeload with one ikehubd, all up at the same time.\n\n" + table(["", ""], lines)


WORKS = [("derive-1", "derive, 1"), ("derive-8", "8 at a time"), ("bn", "BN_mod_exp_mont_consttime"), ("key-1", "key, 1"),
         ("key-8", "8 at a time"), ("evp", "EVP_PKEY_generate")]


def vector(rows):
    cpu, handshake = rows.of("dh", "cpu"), rows.of("dh", "cpu_per_handshake")
    lines = [[group] + [cell(cpu.of("dh", group=group, work=work).median()) for work, _ in WORKS]
             for group in cpu.label("group")]
    busy = [[name.replace("-", " "), spread(handshake.of("dh", busy=name))] for name in handshake.label("busy")]
    return ("## Diffie-Hellman in the vector unit\n\nCPU in us for each peer, and OpenSSL's for the same.\n\n{}\n\nOf a "
            "responder for a handshake with MODP-2048, by how busy its core is:\n\n{}").format(
                table(["group"] + [title for _, title in WORKS], lines), table(["", "CPU us"], busy))


def micro(rows):
    here = rows.of("micro", "cpu")
    lines = []
    for case in here.label("case"):
        least, most = (rows.of("micro", metric, case=case).median() for metric in ("cpu-least", "cpu-most"))
        lines.append([case, cell(here.of("micro", case=case).median()), cell(least), cell(most)])
    return ("## Single functions\n\nCPU in ns, median of three runs.\n\n<details><summary>{} cases</summary>\n\n{}\n\n"
            "</details>").format(len(lines), table(["case", "median", "least", "most"], lines))


def profile(rows):
    here = rows.of("profile", "instructions")
    parts, cases = ("own", "openssl", "libc"), here.label("case")
    lines = []
    for case in cases:
        counts = [here.of("profile", case=case, part="part", function=part).median() for part in parts]
        lines.append([case, cell(sum(counts))] + [cell(100 * count / sum(counts)) for count in counts])
    own = [[row.labels["function"], cell(row.value)] for row in here.of("profile", case=cases[-1], part="own")]
    return ("## Where the instructions go\n\nThose of a responder in a handshake in memory, counted by valgrind, whose processor "
            "has neither ADX nor AVX-512.\n\n{}\n\nThe functions of libike that take most themselves, {}:\n\n{}").format(
                table(["case", "instructions", "libike, %", "OpenSSL, %", "C library, %"], lines), cases[-1],
                table(["function", "instructions"], own))


# What each section is made of: the suite, the metric without which there is nothing to tell, the text, its plots.
SECTIONS = [
    ("peers", "cpu_ratio", peers, {}),
    ("latency", "latency_p50", latency, {"latency-load": latency_plot}),
    ("peers", "cost_growth", growth, {"cost-tunnels": growth_plot}),
    ("peers", "resident_per_tunnel", memory, {"memory-tunnels": memory_plot}),
    ("scale", "cpu_per_tunnel", shards, {"shards": shards_plot}),
    ("failover", "timeline", failover, {"failover-new": failover_plot, "failover-held": held_plot}),
    ("handshake", "cpu_per_tunnel", handshake, {}),
    ("dh", "cpu", vector, {}),
    ("memory", "resident_per_tunnel", idle, {}),
    ("million", "tunnels", million, {}),
    ("flood", "flood_rate", flood, {}),
    ("profile", "instructions", profile, {}),
    ("micro", "cpu", micro, {}),
]

def others(rows):
    """The suites that have no section of their own: what they measured, over the rounds."""
    known = {suite for suite, *_ in SECTIONS}
    lines = []
    for suite in rows.suites():
        found = {}
        for row in rows.of(suite):
            if suite not in known and row.metric not in ("bound", "context"):
                labels = " ".join("{}={}".format(*item) for item in row.labels.items() if item[0] != "round")
                found.setdefault((row.metric, labels, row.unit), []).append(row)
        lines += [[suite, metric, labels, spread(Rows(those)) if len(those) > 1 else cell(those[0].value), unit]
                  for (metric, labels, unit), those in found.items()]
    return "## What else was measured\n\n" + table(["suite", "figure", "of", "", "unit"], lines, texts=3) if lines else ""


HEAD = """# Results

This page is written by `bench/run`, out of what its suites have measured; nothing in it is typed in.
[docs/benchmarking.md](../docs/benchmarking.md) tells how each figure comes about, and how to repeat it."""


def page(rows, reasons=None):
    """(Markdown, {name: SVG}) of what there is. reasons: {"SUITE BOUND": why it is missed where it is}."""
    parts, plots = [HEAD, machine(rows), bounds(rows, reasons or {})], {}
    for suite, metric, text, pictures in SECTIONS:
        if not len(rows.of(suite, metric)):
            continue
        parts.append(text(rows))
        plots.update({name: plot(rows).svg() for name, plot in pictures.items()})
    return "\n\n".join(filter(None, parts + [others(rows)])) + "\n", plots
