"""What the dashboard's pages show, read from what is drawn."""

from typing import Any

from playwright.async_api import Page

COUNT_FRAMES = """(() => {
    const Real = window.WebSocket, ask = window.fetch;
    window.snapshotsSeen = window.asking = 0;
    window.fetch = (...args) => {
        window.asking += 1;
        return ask(...args).finally(() => setTimeout(() => (window.asking -= 1), 10));
    };
    window.WebSocket = class extends Real {
        constructor(...args) {
            super(...args);
            this.addEventListener("message", (event) => {
                if (event.data.startsWith('{"type":"state_update"')) window.snapshotsSeen += 1;
            });
        }
    };
})()"""
"""Before the page's own scripts: counts the snapshots that came, and what the page asks of REST and has no answer to."""

_DRAWN = """async (count) => {
    while (window.snapshotsSeen < count) await new Promise((go) => setTimeout(go, 2));
    // What came is applied within a batch, and drawn in the frame after it.
    await new Promise((go) => setTimeout(go, 20));
    await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)));
}"""

_DASHBOARD = """async () => {
    const text = (node) => node.textContent.replace(/\\s+/g, "");
    const all = (root, selector) => [...(root?.querySelectorAll(selector) ?? [])];
    const frame = () => new Promise((go) => requestAnimationFrame(go));
    const cells = (row) => all(row, "td:not([aria-hidden])").map(text);
    const region = (name) => document.querySelector(`[role="region"][aria-label="${name}"]`);
    const shown = { mode: text(document.querySelector('[data-testid="mode"]')) };
    shown.bar = text(document.querySelector("header"));
    shown.title = document.title;
    shown.needs = text(document.querySelector("#needs-title"));
    shown.needed = all(document, "aside h3").map(text);
    const matrix = region("Positions by symbol and account");
    shown.heads = all(matrix, "thead th").map(text).slice(1);
    shown.matrix = Object.fromEntries(all(matrix, "tr[aria-rowindex]").map((row) => [text(row.querySelector("th")), cells(row)]));
    shown.foot = all(matrix, "tfoot tr").map(cells);
    const open = async (name) => {
        const tab = all(document, '[role="tab"]').find((one) => text(one).startsWith(name));
        tab.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
        await frame();
        while (window.asking > 0) await new Promise((go) => setTimeout(go, 5)); // a list that asks REST when it is opened
        await frame();
        return text(tab).slice(name.length);
    };
    await open("Replications");
    shown.feed = all(region("Replications"), "li > button").map((line) => {
        const [when, what, ...rest] = [...line.children].filter((one) => one.tagName === "SPAN");
        const results = rest.at(-2);
        return { when: text(when), what: text(what), results: [...results.children].map(text).sort(), sent: text(rest.at(-1)) };
    });
    shown.orderCount = await open("Workingorders");
    shown.orders = all(region("Working orders"), "tbody tr").map(cells);
    shown.taskCount = await open("Shortsales");
    shown.tasks = all(region("Short sales"), "li:has(h3)").map((task) => `${text(task.querySelector("h3"))} ${text(task.querySelector(".chip"))} ${text(task.querySelector("dl"))}`);
    await open("Accounts");
    shown.accounts = all(region("Accounts"), "tbody tr").map((row) => [text(row.querySelector("th")), ...cells(row)].filter((_, index) => index !== 5));
    shown.alertCount = await open("Alerts");
    shown.alerts = all(region("Alerts"), "li").map((line) => text(line));
    return shown;
}"""

_ROWS = """() => [...document.querySelectorAll("main tbody tr")].map((row) => [...row.cells].map((cell) => cell.querySelector("input:not([type=checkbox])")?.value ?? cell.textContent.replace(/\\s+/g, "")))"""


async def wait_until_drawn(page: Page, snapshots: int) -> None:
    """Until the page has drawn so many snapshots since it was loaded."""
    await page.evaluate(_DRAWN, snapshots)


async def snapshots_seen(page: Page) -> int:
    """Snapshots that came since the page was loaded."""
    seen: int = await page.evaluate("window.snapshotsSeen")
    return seen


async def shown_by_dashboard(page: Page) -> dict[str, Any]:
    """Everything that the dashboard shows, without white space; all of its lists are opened one after the other."""
    shown: dict[str, Any] = await page.evaluate(_DASHBOARD)
    return shown


async def shown_rows(page: Page) -> list[list[str]]:
    """The rows of the tables on a page, without white space; a field's value instead of its text."""
    rows: list[list[str]] = await page.evaluate(_ROWS)
    return rows
