// SPDX-License-Identifier: BSD-2-Clause
// The status page. Names and identities are whatever a stranger chose: they become text, never markup.

import { Chart } from "./chart.js";

const EVERY_MS = 3000;
const SAS_EVERY_MS = 15000;
const KEEP_MS = 3600000;
const RATE_MS = 9500;
const DAY_S = 86400;
const SAS_SHOWN = 12;

const $ = (id) => document.getElementById(id);

const make = (name, className, ...children) => {
    const node = document.createElement(name);
    if (className) node.className = className;
    node.append(...children);
    return node;
};

// ---------------------------------------------------------------- numbers for people

const count = (value) => Math.round(value).toLocaleString("en");

const short = (value) => {
    if (value >= 1e6) return `${(value / 1e6).toFixed(value >= 1e7 ? 1 : 2)}M`;
    if (value >= 1e4) return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)}k`;
    return value === 0 || value >= 100 || Number.isInteger(value) ? count(value) : value.toFixed(value >= 10 ? 1 : 2);
};

const percent = (value) => `${value >= 10 || value === 0 ? Math.round(value) : value.toFixed(1)} %`;

const micros = (us) => {
    if (us < 1000) return `${us} µs`;
    return us < 1e6 ? `${(us / 1000).toFixed(us < 1e4 ? 1 : 0)} ms` : `${(us / 1e6).toFixed(1)} s`;
};

const lasting = (seconds) => {
    const units = [["d", DAY_S], ["h", 3600], ["min", 60], ["s", 1]];
    const first = units.findIndex(([, size]) => seconds >= size);
    if (first < 0) return "0 s";
    const [name, size] = units[first];
    const next = units[first + 1];
    const rest = next && first < 2 ? Math.floor((seconds % size) / next[1]) : 0;
    return `${Math.floor(seconds / size)} ${name}${rest ? ` ${rest} ${next[0]}` : ""}`;
};

const words = (name) => name.replaceAll("_", " ");

// ---------------------------------------------------------------- samples

// What the daemon kept, and then what this page has seen.
let samples = [];
let minutes = 15;

const rateOf = (field, older, newer) => {
    const seconds = (newer.at_ms - older.at_ms) / 1000;
    const more = newer[field] - older[field];
    return seconds > 0 && more >= 0 ? more / seconds : 0;
};

const level = (field) => (_, newer) => newer[field];
const rate = (field) => (older, newer) => rateOf(field, older, newer);

const CHARTS = [
    { title: "SAs", whole: true, format: short, series: { Tunnels: level("child_sas"), "ISAKMP SAs": level("isakmp_sas") } },
    {
        title: "Handshakes per second",
        format: short,
        series: { "Phase 1": rate("completed1"), "Quick mode": rate("completed2"), Failed: rate("failed1") },
    },
    {
        title: "Datagrams per second",
        format: short,
        series: { In: rate("received"), Out: rate("sent"), Dropped: rate("dropped") },
    },
    { title: "CPU of all shards", format: percent, least: 10, series: { CPU: (a, b) => rateOf("cpu_us", a, b) / 1e4 } },
    { title: "Negotiating", whole: true, format: short, series: { Peers: level("half_open") } },
    {
        title: "Store",
        whole: true,
        format: short,
        store: true,
        series: { "Records that wait": level("store_queue"), "Lag, ms": level("store_lag_ms") },
    },
].map((each) => ({ ...each, chart: new Chart({ ...each, series: Object.keys(each.series) }) }));

const columns = (history) => history.at_ms.map((_, i) => Object.fromEntries(Object.keys(history).map((key) => [key, history[key][i]])));

const take = (sample) => {
    const last = samples[samples.length - 1];
    if (last && sample.at_ms <= last.at_ms) return;
    // Another process has begun: its counters are new.
    if (last && sample.cpu_us < last.cpu_us) samples = [];
    samples.push(sample);
    samples = samples.filter((each) => each.at_ms > sample.at_ms - KEEP_MS);
};

// Each sample with one that is a little older, since rates over a moment jump.
const pairs = () => {
    let old = 0;
    return samples.slice(1).map((newer) => {
        while (samples[old + 1].at_ms <= newer.at_ms - RATE_MS) old++;
        return [samples[old], newer];
    });
};

// From the first sample on, where there are not enough for all of the time.
const drawCharts = () => {
    if (!samples.length) return;
    const to = samples[samples.length - 1].at_ms;
    const from = Math.max(to - minutes * 60000, Math.min(samples[0].at_ms, to - 60000));
    for (const { chart, series } of CHARTS) {
        const points = pairs().map(([older, newer]) => ({
            at: newer.at_ms,
            values: Object.values(series).map((of) => of(older, newer)),
        }));
        chart.show(points, from, to);
    }
};

// ---------------------------------------------------------------- what there is now

const tile = (name, value, more) => make("div", "", make("dt", "", name), make("dd", "", value), make("dd", "more", more));

const showTiles = (status) => {
    const now = status.sample;
    const before = samples.findLast((each) => each.at_ms <= now.at_ms - RATE_MS) || samples[0] || now;
    const done = rateOf("completed1", before, now);
    const failed = rateOf("failed1", before, now);
    const { connections, connections_up: up } = status.config;
    $("tiles").replaceChildren(
        tile("Tunnels", short(now.child_sas), `${short(status.kernel_pairs)} in ${status.build.kernel === "xfrm" ? "the kernel" : "the record"}`),
        tile("ISAKMP SAs", short(now.isakmp_sas), `${short(now.completed1)} made so far`),
        tile("Connections up", short(up), `of ${short(connections)} configured`),
        tile("Handshakes", `${short(done)}/s`, failed ? `${short(failed)}/s fail` : "none fail"),
        tile("Negotiating", short(now.half_open), "not authenticated yet"),
        tile("Answers within", micros(status.answer_p99_us), `99 %; half: ${micros(status.answer_p50_us)}`),
    );
};

const meter = (share, warn, bad) => {
    const fill = make("i", share >= bad ? "bad" : share >= warn ? "warn" : "");
    fill.style.width = `${Math.min(100, Math.max(0, share * 100)).toFixed(1)}%`;
    return make("span", "meter", fill);
};

let shardsBefore = null;

const showShards = (status) => {
    const seconds = shardsBefore ? (status.now_ms - shardsBefore.now_ms) / 1000 : 0;
    const rows = status.shards.map((shard, i) => {
        const old = shardsBefore && shardsBefore.shards[i];
        const rateOfShard = (field) => (old && old.up && shard.up && seconds > 0 ? Math.max(0, shard[field] - old[field]) / seconds : 0);
        const cpu = rateOfShard("cpu_us") / 1e6;
        const name = make("th", "", `${i}`);
        name.scope = "row";
        if (!shard.up) {
            const cell = make("td", "", "does not answer");
            cell.colSpan = 7;
            return make("tr", "", name, cell);
        }
        const cells = [short(shard.child_sas), short(shard.isakmp_sas), short(shard.half_open), ...["received", "sent", "dropped"].map((field) => short(rateOfShard(field)))];
        return make("tr", "", name, make("td", "", meter(cpu, 0.8, 0.95), percent(cpu * 100)), ...cells.map((text) => make("td", "", text)));
    });
    $("shards").replaceChildren(...rows);
    shardsBefore = status;
};

const row = (name, value, className, share) => {
    const item = make("li", "", make("span", "", name), make("span", `value ${className || ""}`, value));
    if (share !== undefined) item.append(meter(share, 0.8, 0.95));
    return item;
};

const panel = (title, rows) => (rows.length ? [make("section", "card", make("h3", "", title), make("ul", "rows", ...rows))] : []);

const reasons = (counts) => {
    const list = Object.entries(counts).sort(([, a], [, b]) => b - a).slice(0, 8);
    const most = list.length ? list[0][1] : 1;
    return list.map(([name, value]) => {
        const item = row(words(name), short(value));
        item.append(meter(value / most, 2, 2));
        return item;
    });
};

const certificate = ({ subject, own, not_after: end }) => {
    const days = Math.floor((end - Date.now() / 1000) / DAY_S);
    const text = days < 0 ? "has ended" : days < 1 ? "today" : `${count(days)} d`;
    return row(`${subject}${own ? "" : " (authority)"}`, text, days < 7 ? "bad" : days < 30 ? "warn" : "");
};

const storeRows = (store) =>
    store
        ? [
              row("Kept in", store.backend),
              row("Records that wait", short(store.queue)),
              row("Behind by", micros(store.lag_ms * 1000), store.lag_ms > 5000 ? "bad" : ""),
              row("Messages held for it", short(store.holding)),
              row("Written, erased", `${short(store.writes)}, ${short(store.erases)}`),
              row("Refused", short(store.refused), store.refused ? "warn" : ""),
          ]
        : [];

const radiusRows = (radius) =>
    radius
        ? [
              row("Requests", short(radius.requests)),
              row("Answers", short(radius.answers)),
              row("Unanswered", short(radius.unanswered), radius.unanswered ? "warn" : ""),
              row("With a wrong secret", short(radius.unproven), radius.unproven ? "bad" : ""),
          ]
        : [];

const daemonRows = (status) => [
    row("Memory", `${count(status.memory_kb / 1024)} MB`),
    row("Diffie-Hellman", status.build.modp),
    row("Datagrams by", status.build.backend === "uring" ? "io_uring" : status.build.backend),
    row("IPsec SAs in", status.build.kernel === "null" ? "no kernel" : status.build.kernel, status.build.kernel === "null" ? "warn" : ""),
    row("Kernel errors", short(status.kernel_errors), status.kernel_errors ? "warn" : ""),
    row("Configuration of", new Date(status.config.loaded_at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short", hourCycle: "h23" })),
    row("Loads refused", short(status.config.failures), status.config.failures ? "warn" : ""),
];

const showPanels = (status) => {
    const pools = status.pools.map((pool) => row(pool.name, `${short(pool.leased)} of ${short(pool.size)}`, "", pool.size ? pool.leased / pool.size : 0));
    $("panels").replaceChildren(
        ...panel("Daemon", daemonRows(status)),
        ...panel("Store", storeRows(status.store)),
        ...panel("Estates", status.estates.map(({ name, phase }) => row(name, phase, phase === "served" ? "" : "warn"))),
        ...panel("Pools", pools),
        ...panel("RADIUS", radiusRows(status.radius)),
        ...panel("Certificates end in", status.certificates.map(certificate)),
        ...panel("Why ISAKMP SAs ended", reasons(status.ended1)),
        ...panel("Why tunnels ended", reasons(status.ended2)),
        ...panel("Why messages were refused", reasons(status.refused)),
    );
};

// ---------------------------------------------------------------- is all well?

const problemsOf = (status) => {
    const silent = status.shards.flatMap((shard, i) => (shard.up ? [] : [i]));
    const ending = status.certificates.filter(({ not_after: end }) => end < Date.now() / 1000 + 7 * DAY_S);
    const full = status.pools.filter((pool) => pool.size && pool.leased / pool.size > 0.95);
    return [
        ...silent.map((i) => [`Shard ${i} does not answer: its peers are not served`, "bad"]),
        ...(status.store && status.store.lag_ms > 5000 ? [[`The store is ${micros(status.store.lag_ms * 1000)} behind`, "bad"]] : []),
        ...ending.map(({ subject }) => [`The certificate of ${subject} ends within a week, or has`, "bad"]),
        ...full.map(({ name }) => [`Pool ${name} is full, or nearly`, "warn"]),
    ];
};

const say = (text, className) => {
    if ($("state").textContent !== text) $("state").textContent = text;
    $("state").className = `state ${className}`;
};

const showState = (status) => {
    const problems = problemsOf(status);
    const bad = problems.some(([, kind]) => kind === "bad");
    say(problems.length ? "needs attention" : "serving", bad ? "bad" : problems.length ? "warn" : "good");
    $("problems").replaceChildren(...problems.map(([text, kind]) => make("li", kind, text)));
    $("build").textContent = `version ${status.build.version}, up ${lasting((status.now_ms - status.started_ms) / 1000)}`;
};

// ---------------------------------------------------------------- SAs

const cell = (label, className, ...children) => {
    const node = make("td", className, ...children);
    node.dataset.label = label;
    return node;
};

const sub = (text) => make("span", "sub", text);

const rowOfSa = (sa) =>
    make(
        "tr",
        "",
        cell("Peer", "id", sa.identity || "not authenticated yet"),
        cell("Connection", "", sa.connection),
        cell("Address", "", make("span", "", sa.peer, ...sa.leases.map((lease) => sub(`has ${lease}`)), ...(sa.nat ? [sub("behind a NAT")] : []))),
        cell("State", "", make("span", `tag ${sa.state === "established" ? "good" : ""}`, sa.state)),
        cell("Tunnels", "", `${sa.children}`),
        cell("Algorithms", "", sa.suite || ""),
        cell("Age", "", make("span", "", lasting(sa.age_s), ...(sa.expires_s ? [sub(`${lasting(sa.expires_s)} left`)] : []))),
    );

const noteOf = ({ sas, more }) => {
    if (!sas.length) return more ? "None among those that were looked at." : "There are none.";
    return more ? `The first ${count(sas.length)}; there are more. Name a connection, or ask ikehubctl list-sas.` : "";
};

const ask = async (path) => {
    const answer = await fetch(path, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
};

let allSas = false;

const showSas = async () => {
    try {
        const found = await ask(`/sas.json?connection=${encodeURIComponent($("connection").value.trim())}`);
        const shown = allSas ? found.sas : found.sas.slice(0, SAS_SHOWN);
        $("sas").replaceChildren(...shown.map(rowOfSa));
        $("sas-note").textContent = noteOf(found);
        $("sas-all").hidden = shown.length === found.sas.length;
        $("sas-all").textContent = `Show ${count(found.sas.length - shown.length)} more`;
    } catch {
        $("sas-note").textContent = "The daemon does not answer.";
    }
};

// ---------------------------------------------------------------- again and again

const showStatus = async () => {
    try {
        const status = await ask("/status.json");
        showTiles(status);
        take(status.sample);
        showState(status);
        showShards(status);
        showPanels(status);
        $("charts").replaceChildren(...CHARTS.filter(({ store }) => !store || status.store).map(({ chart }) => chart.node));
        drawCharts();
    } catch {
        say("no answer", "bad");
    }
};

// Nobody looks at a hidden page.
const repeat = (what, ms) => {
    const round = async () => {
        if (!document.hidden) await what();
        setTimeout(round, ms);
    };
    round();
    document.addEventListener("visibilitychange", () => !document.hidden && what());
};

const begin = async () => {
    try {
        samples = columns(await ask("/history.json"));
    } catch {
        samples = [];
    }
    repeat(showStatus, EVERY_MS);
    repeat(showSas, SAS_EVERY_MS);
};

$("ranges").addEventListener("click", (event) => {
    if (!event.target.dataset.minutes) return;
    minutes = Number(event.target.dataset.minutes);
    for (const button of $("ranges").children) button.setAttribute("aria-pressed", `${button === event.target}`);
    drawCharts();
});
$("sas-all").addEventListener("click", () => {
    allSas = true;
    showSas();
});
$("search").addEventListener("submit", (event) => {
    event.preventDefault();
    allSas = false;
    showSas();
});
begin();
