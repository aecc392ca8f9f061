// SPDX-License-Identifier: BSD-2-Clause
// Lines over time as SVG: at most three series, which differ by colour and by dashes.

const NAMESPACE = "http://www.w3.org/2000/svg";
const MARGIN = { top: 12, right: 8, bottom: 22, left: 44 };
const TICKS = 4;
const GAP_MS = 35000; // no line where samples are missing

const shape = (name, attributes, text) => {
    const node = document.createElementNS(NAMESPACE, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    return node;
};

// 1, 2 or 5 times a power of ten, so that some TICKS of it reach the top.
const stepOf = (top, whole) => {
    const raw = Math.max(top / TICKS, whole ? 1 : 1e-6);
    const power = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].map((each) => each * power).find((step) => step >= raw * 0.999);
};

export const clock = (ms, seconds) =>
    new Date(ms).toLocaleTimeString([], {
        hour: "2-digit",
        minute: "2-digit",
        hourCycle: "h23",
        ...(seconds && { second: "2-digit" }),
    });

export class Chart {
    // options: title, format (of values), whole (they are counts), series: names
    constructor(options) {
        this.options = options;
        this.node = document.createElement("figure");
        this.node.className = "card chart";
        this.node.style.margin = "0";
        const title = document.createElement("h3");
        title.textContent = options.title;
        this.svg = shape("svg", { role: "img" });
        this.legend = document.createElement("ul");
        this.legend.className = "legend";
        this.node.append(title, this.svg, this.legend);
        this.points = [];
        this.svg.addEventListener("pointermove", (event) => this.pick(event));
        this.svg.addEventListener("pointerleave", () => this.pick(null));
        new ResizeObserver(() => this.draw()).observe(this.svg);
    }

    // points: [{at, values}], in the order of time; from and to in milliseconds.
    show(points, from, to) {
        this.points = points.filter((point) => point.at >= from);
        this.from = from;
        this.to = to;
        this.draw();
    }

    pick(event) {
        if (!event) this.picked = null;
        else {
            const box = this.svg.getBoundingClientRect();
            const at = this.from + ((event.clientX - box.left - MARGIN.left) / this.width) * (this.to - this.from);
            const near = (point) => Math.abs(point.at - at);
            this.picked = this.points.reduce((best, each) => (!best || near(each) < near(best) ? each : best), null);
        }
        this.draw();
    }

    x(at) {
        return MARGIN.left + ((at - this.from) / (this.to - this.from)) * this.width;
    }

    y(value) {
        return MARGIN.top + (1 - value / this.top) * this.height;
    }

    draw() {
        const box = { width: this.svg.clientWidth, height: this.svg.clientHeight };
        if (!box.width || this.from === undefined) return;
        this.width = box.width - MARGIN.left - MARGIN.right;
        this.height = box.height - MARGIN.top - MARGIN.bottom;
        const highest = Math.max(0, ...this.points.flatMap((point) => point.values));
        const step = stepOf(highest || this.options.least || 1, this.options.whole);
        this.top = Math.max(step, Math.ceil((highest || this.options.least || 1) / step) * step);
        this.svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
        this.svg.replaceChildren(...this.scale(step), ...this.lines(), ...this.cursor());
        this.tell();
    }

    scale(step) {
        const nodes = [];
        for (let value = 0; value <= this.top * 1.001; value += step) {
            const y = this.y(value);
            nodes.push(shape("line", { class: "grid", x1: MARGIN.left, x2: MARGIN.left + this.width, y1: y, y2: y }));
            const place = { class: "axis", x: MARGIN.left - 8, y: y + 4, "text-anchor": "end" };
            nodes.push(shape("text", place, this.options.format(value)));
        }
        const count = Math.max(2, Math.min(6, Math.floor(this.width / 90)));
        for (let i = 0; i <= count; i++) {
            const at = this.from + ((this.to - this.from) * i) / count;
            const anchor = i === 0 ? "start" : i === count ? "end" : "middle";
            const place = { class: "axis", x: this.x(at), y: MARGIN.top + this.height + 17, "text-anchor": anchor };
            nodes.push(shape("text", place, clock(at, this.to - this.from < 300000)));
        }
        return nodes;
    }

    // Stretches of points without a gap.
    runs() {
        const runs = [];
        this.points.forEach((point, i) => {
            if (i === 0 || point.at - this.points[i - 1].at > GAP_MS) runs.push([]);
            runs[runs.length - 1].push(point);
        });
        return runs;
    }

    lines() {
        if (this.points.length < 2) {
            const place = { class: "empty", x: MARGIN.left + this.width / 2, y: MARGIN.top + this.height / 2 };
            return [shape("text", { ...place, "text-anchor": "middle" }, "gathering")];
        }
        const runs = this.runs();
        return this.options.series.flatMap((_, k) => {
            const path = (run) => run.map((each) => `${this.x(each.at).toFixed(1)} ${this.y(each.values[k]).toFixed(1)}`);
            const line = runs.map((run) => `M${path(run).join("L")}`).join("");
            const nodes = [shape("path", { class: `line s${k}`, d: line })];
            if (k === 0) {
                const ground = this.y(0);
                const area = runs.map(
                    (run) => `M${this.x(run[0].at)} ${ground}L${path(run).join("L")}L${this.x(run[run.length - 1].at)} ${ground}Z`,
                );
                nodes.unshift(shape("path", { class: "area f0", d: area.join("") }));
            }
            return nodes;
        });
    }

    cursor() {
        if (!this.picked || this.points.length < 2) return [];
        const x = this.x(this.picked.at);
        const line = { class: "cursor", x1: x, x2: x, y1: MARGIN.top, y2: MARGIN.top + this.height };
        return [
            shape("line", line),
            ...this.picked.values.map((value, k) => shape("circle", { class: `point f${k}`, cx: x, cy: this.y(value), r: 4 })),
        ];
    }

    // The legend has the values under the cursor, or the newest; so has the text for those who hear the page.
    tell() {
        const point = this.picked || this.points[this.points.length - 1];
        const items = this.options.series.map((name, k) => {
            const item = document.createElement("li");
            const key = shape("svg", { viewBox: "0 0 18 8", "aria-hidden": "true" });
            key.append(shape("line", { class: `line s${k}`, x1: 1, x2: 17, y1: 4, y2: 4 }));
            const value = document.createElement("b");
            value.textContent = point ? this.options.format(point.values[k]) : "";
            item.append(key, name, " ", value);
            return item;
        });
        if (this.picked) {
            const when = document.createElement("li");
            when.className = "when";
            when.textContent = clock(this.picked.at, true);
            items.push(when);
        }
        this.legend.replaceChildren(...items);
        const now = point ? this.options.series.map((name, k) => `${name} ${this.options.format(point.values[k])}`) : [];
        this.svg.setAttribute("aria-label", `${this.options.title}: ${now.join(", ") || "no samples yet"}`);
    }
}
