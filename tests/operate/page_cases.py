# SPDX-License-Identifier: BSD-2-Clause
"""The status page, in Chromium at the width of a phone and of a desktop."""

import json
import os

import metrics
from browser import Browser
from registry import case, expect, same
from wait import until

PHONE, DESKTOP = (360, 740), (1280, 800)
# Whatever somebody calls himself is text.
MARKUP = "<img/src=x/onerror=document.title=1>.example.org"
# What stands in the way of those who do not see, or not well.
FAULTS = """
const faults = [];
for (const node of document.querySelectorAll("input, button, svg[role=img], [role=region]")) {
    const name = node.ariaLabel || node.getAttribute("aria-label") || node.labels?.length || node.textContent.trim()
        || node.getAttribute("aria-labelledby");
    if (!name && !node.hidden) faults.push("without a name: " + node.outerHTML.slice(0, 80));
}
for (const node of document.querySelectorAll("th")) if (!node.scope) faults.push("without a scope: " + node.outerHTML);
const levels = [...document.querySelectorAll("h1, h2, h3")].map((node) => Number(node.tagName[1]));
levels.forEach((level, i) => { if (level > (levels[i - 1] ?? 0) + 1) faults.push("a heading is skipped at " + i); });
if (!document.documentElement.lang || !document.querySelector("main") || !document.title) faults.push("the page's frame");
return faults;
"""
CONTRAST = """
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const part = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
const ground = (node) => {
    for (; node; node = node.parentElement) {
        const colour = numbers(getComputedStyle(node).backgroundColor);
        if (colour[3] !== 0) return colour;
    }
    return [255, 255, 255];
};
const low = new Set();
for (const node of document.querySelectorAll("body *")) {
    if (![...node.childNodes].some((each) => each.nodeType === 3 && each.data.trim()) || !node.checkVisibility()) continue;
    const style = getComputedStyle(node);
    const colour = numbers(node instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(colour), light(ground(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.add(`${node.tagName}.${node.getAttribute("class")} ${ratio.toFixed(2)}`);
}
return [...low];
"""


def url(daemon):
    host, port = metrics.address(daemon)
    return f"http://{host}:{port}/"


def text_of(browser, selector):
    return browser.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)


def shown(browser):
    """All that is asked for has come."""
    there = "return document.querySelectorAll('#tiles dd').length && document.querySelectorAll('#sas tr').length"
    until(lambda: browser.run(there), 20, "the page shows nothing")


def look(pair, size, scheme):
    """What is to be so at each width and in each scheme."""
    directory = os.path.join(pair.directory, f"{size[0]}-{scheme}")
    os.makedirs(directory)
    with Browser(directory, *size, scheme) as browser:
        browser.open(url(pair.hub))
        shown(browser)
        same(text_of(browser, "#state"), "serving", "state")
        expect("spoke.example.org" in text_of(browser, "#sas"), "the peer is not in the list")
        expect(text_of(browser, "#tiles").split("\n")[:2] == ["Tunnels", "1"], text_of(browser, "#tiles"))
        wide = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        expect(wide[0] <= wide[1], f"wider than the window: {wide}")
        same(browser.run(FAULTS), [], "faults")
        same(browser.run(CONTRAST), [], "contrast below 4.5")
        until(lambda: browser.run("return document.querySelectorAll('.chart path.line').length > 3"), 20, "no charts")
        same(browser.complaints(), [], "the console")
        keep = os.environ.get("OPERATE_SCREENSHOTS")
        if keep:
            os.makedirs(keep, exist_ok=True)
            browser.screenshot(os.path.join(keep, f"status-{size[0]}-{scheme}.png"))


def up(pair, **options):
    pair.configure_hub(daemon=metrics.SECTION, **options)
    pair.up("--shards", "2")


@case
def page_on_a_phone(pair):
    up(pair)
    look(pair, PHONE, "light")
    look(pair, PHONE, "dark")


@case
def page_on_a_desktop(pair):
    up(pair)
    look(pair, DESKTOP, "light")
    look(pair, DESKTOP, "dark")


@case
def page_shows_hostile_names_as_text(pair):
    pair.configure_hub(daemon=metrics.SECTION, remote_id="%any")
    pair.configure_spoke(local_id=f'"@{MARKUP}"')
    pair.up()
    with Browser(pair.directory, *DESKTOP) as browser:
        browser.open(url(pair.hub))
        shown(browser)
        expect(MARKUP in text_of(browser, "#sas"), text_of(browser, "#sas"))
        same(browser.run("return document.querySelectorAll('#sas img').length"), 0, "elements of a stranger's")
        same(browser.run("return document.title"), "ikehub", "title")
        same(browser.complaints(), [], "the console")


@case
def page_finds_a_connection(pair):
    up(pair)
    with Browser(pair.directory, *DESKTOP) as browser:
        browser.open(url(pair.hub))
        shown(browser)
        script = "document.getElementById('connection').value = arguments[0]; document.querySelector('#search button').click()"
        browser.run(script, "other")
        until(lambda: text_of(browser, "#sas-note") == "There are none.", 10, "it finds what is not there")
        browser.run(script, "site")
        until(lambda: "spoke.example.org" in text_of(browser, "#sas"), 10, "it does not find what is there")


@case
def page_says_that_nobody_answers(pair):
    up(pair)
    with Browser(pair.directory, *PHONE) as browser:
        browser.open(url(pair.hub))
        shown(browser)
        pair.hub.stop()
        until(lambda: text_of(browser, "#state") == "no answer", 20, "it does not say so")


@case
def page_comes_from_nowhere_else(pair):
    """One origin, and nothing that a script of somebody else's could use."""
    up(pair)
    status, fields, html = metrics.request(pair.hub, "/")
    same(status, 200, "status")
    policy = dict(each.strip().split(" ", 1) for each in fields["Content-Security-Policy"].split(";"))
    same((policy["default-src"], policy["script-src"], policy["style-src"]), ("'none'", "'self'", "'self'"), "policy")
    texts = [html, *(metrics.request(pair.hub, path)[2] for path in ("/status.js", "/chart.js", "/status.css"))]
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "onclick", "style="):
        expect(not any(word in text for text in texts), word)
    expect(not any("//" in text.replace("http://www.w3.org/2000/svg", "").replace("// ", "") for text in texts), "an address")


@case
def page_has_its_numbers_as_json(pair):
    up(pair)
    status = json.loads(metrics.request(pair.hub, "/status.json")[2])
    same((status["sample"]["child_sas"], len(status["shards"]), status["store"]), (1, 2, None), "status")
    columns = json.loads(metrics.request(pair.hub, "/history.json")[2])
    expect(len({len(column) for column in columns.values()}) == 1, "columns of different lengths")
    found = json.loads(metrics.request(pair.hub, "/sas.json")[2])
    same([(sa["connection"], sa["identity"]) for sa in found["sas"]], [("site", "spoke.example.org")], "SAs")
    same(json.loads(metrics.request(pair.hub, "/sas.json?connection=other")[2]), {"sas": [], "more": False}, "others")


@case
def page_is_left_out(pair):
    pair.configure_hub(daemon="metrics {\n    port = 0\n    status_page = no\n}\n")
    pair.hub.start()
    for path in ("/", "/status.js", "/status.json", "/sas.json"):
        same(metrics.request(pair.hub, path)[0], 404, path)
    same(metrics.request(pair.hub)[0], 200, "metrics")
