/** The page for people in a real browser: Chromium. */

import { assert, assertEquals } from "@std/assert";
import { Browser } from "../helpers/browser.ts";
import type { BrowserTab } from "../helpers/browser_tab.ts";
import { busySeries, pageContent } from "../helpers/page_content.ts";
import { PageServer } from "../helpers/page_server.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { DOWN_UPSTREAM, REPORT, UPSTREAM } from "../helpers/report.ts";
import { waitUntil } from "../helpers/waiting.ts";

const BUSY = pageContent({ series: busySeries(), upstreams: [UPSTREAM, DOWN_UPSTREAM] });
const WELL = pageContent();
const FAILING = pageContent({ upstreams: [DOWN_UPSTREAM] });
/** A host name as long as they get, in labels as long as they get. */
const LONG_NAME = ["a", "b", "c", "d"].map((letter) => letter.repeat(62)).join(".");
const ASKED_AGAIN = 10_000;

interface Stage {
  readonly server: PageServer;
  readonly tab: BrowserTab;
}

function pageTest(name: string, run: (stage: Stage) => Promise<void>): void {
  peerTest(["chromium"], `the page in Chromium ${name}`, async () => {
    await using server = new PageServer(WELL);
    await using browser = await Browser.start();
    await run({ server, tab: await browser.open() });
  });
}

/** Waits until the tab has asked `times` more for what has changed. */
async function asksAgain({ server }: Stage, times = 1): Promise<void> {
  const count = () => server.asked.filter((path) => path === "/fragment").length;
  const before = count();
  await waitUntil(() => count() >= before + times, "asked for what has changed", ASKED_AGAIN);
}

pageTest("says nothing on the console and asks nobody else", async ({ server, tab }) => {
  server.content = BUSY;
  await tab.visit(server.url);
  await tab.hurry();
  await asksAgain({ server, tab }, 2);
  assertEquals(tab.complaints, []);
  const elsewhere = tab.requests.filter((url) => !url.startsWith("data:"));
  assertEquals(new Set(elsewhere), new Set([server.url, `${server.url}fragment`]));
  assertEquals(new Set(server.asked), new Set(["/", "/fragment"]));
});

pageTest("may not ask anybody else, nor run what stands in it", async ({ server, tab }) => {
  await using outside = new PageServer(WELL);
  await tab.visit(server.url);
  await tab.evaluate(`document.body.insertAdjacentHTML("beforeend",
    '<img id="test" src="${outside.url}" onerror="document.title = 1">')`);
  const refused = `fetch("${outside.url}").catch((error) => error.name)`;
  assertEquals(await tab.evaluate(refused), "TypeError");
  await tab.waitFor(`document.querySelector("#test").complete`);
  assert(tab.complaints.some((each) => each.includes("Content Security Policy")));
  assertEquals(outside.asked, []);
  assertEquals(await tab.evaluate("document.title"), "Working - dnsfwd");
});

pageTest("shows what changes, and leaves alone what somebody uses", async ({ server, tab }) => {
  await tab.visit(server.url);
  await tab.hurry();
  assert((await tab.text(".finding")).startsWith("Working: 20.7 queries/s"));
  await tab.evaluate(`document.querySelector("summary").focus();
    document.querySelector("summary").click();
    window.first = document.querySelector(".drawing");
    getSelection().selectAllChildren(document.querySelector("h1"))`);
  server.content = {
    ...FAILING,
    report: { ...FAILING.report, minute: { ...REPORT.minute, queries: 76.5 } },
    events: [{ time: FAILING.now, level: "error", text: "Upstream is down" }, ...WELL.events],
  };
  await tab.waitFor(`document.title === "Failing - dnsfwd"`);
  assert(
    (await tab.text(".finding")).startsWith(
      "Failing: upstream dns2.example has been down for 2 min",
    ),
  );
  assertEquals(await tab.text("[role=status]"), "Failing");
  assertEquals(await tab.text(".large dd"), "76.5");
  assert((await tab.text(".health")).startsWith("Down for 2 min 0 s: connection refused"));
  assert((await tab.text(".events tbody tr")).includes("Upstream is down"));
  assert(
    await tab.evaluate(`document.querySelector("details").open &&
    document.activeElement.nodeName === "SUMMARY" && first === document.querySelector(".drawing") &&
    String(getSelection()) === "dnsfwd" && document.querySelector("#notice").hidden`),
  );
  server.content = WELL;
  await tab.waitFor(`document.title === "Working - dnsfwd"`);
  assertEquals(await tab.evaluate(`document.querySelectorAll(".events tbody tr").length`), 2);
});

pageTest("tells the value under the pointer, and under a finger", async ({ server, tab }) => {
  await tab.visit(server.url);
  await tab.hurry();
  const latest = "Last 10 s: 20 per second";
  assertEquals(await tab.text(".reading"), latest);
  const at = `document.querySelector(".hits path:nth-child(4)").getBoundingClientRect()`;
  const { x, y } = await tab.evaluate(
    `(({ x, y, width }) => ({ x: x + width / 2, y: y + 9 }))(${at})`,
  );
  const pointed = "20 s ago: 31 per second, 0.7 of them failed";
  await tab.call("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
  assertEquals(await tab.text(".reading"), pointed);
  await asksAgain({ server, tab }, 2);
  assertEquals(await tab.text(".reading"), pointed);
  await tab.call("Input.dispatchMouseEvent", { type: "mouseMoved", x: 1, y: 1 });
  assertEquals(await tab.text(".reading"), latest);
  await tab.call("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  assertEquals(await tab.text(".reading"), pointed);
});

pageTest("has everything without JavaScript", async ({ server, tab }) => {
  server.content = BUSY;
  await tab.forbidScripts();
  await tab.visit(server.url);
  const text = await tab.text("body");
  for (
    const each of [
      "dns2.example has been down",
      "20.7",
      "Down for 2 min",
      "NXDOMAIN",
      "Last events",
    ]
  ) {
    assert(text.includes(each), `${each} is not in:\n${text}`);
  }
  assert(text.includes("Without JavaScript this page stays as it is: load it again."));
  const widths = `Array.from(document.querySelectorAll(".drawing :is(.main, .second)"),
    (curve) => curve.getBoundingClientRect().width)`;
  assertEquals((await tab.evaluate(widths)).filter((width: number) => width > 200).length, 3);
  await tab.evaluate(`document.querySelector("noscript a").click()`);
  await waitUntil(() => server.asked.length === 2, "loaded again", ASKED_AGAIN);
  assertEquals(server.asked, ["/", "/"]);
  assertEquals(tab.complaints, []);
});

pageTest("fits a narrow phone, however long the names", async ({ server, tab }) => {
  await tab.resize(360, 740);
  const long = { ...DOWN_UPSTREAM, name: `tls://[2001:db8::1]:853#${LONG_NAME}`, cause: LONG_NAME };
  const events = [{ time: WELL.now, level: "warning", text: LONG_NAME }];
  const narrow = pageContent({
    series: busySeries(),
    upstreams: [long, UPSTREAM],
    configFile: `/${LONG_NAME}/dnsfwd.toml`,
    rcodes: { NOERROR: 123_456_789, BADVERS: 98_765_432 },
  });
  for (const content of [WELL, BUSY, FAILING, { ...narrow, events }]) {
    server.content = content;
    await tab.visit(server.url);
    await tab.evaluate(`document.querySelector("summary").click()`);
    assertEquals(await tab.evaluate("document.scrollingElement.scrollWidth"), 360);
  }
});

pageTest("is dark for whom likes it dark, and can be read both ways", async ({ server, tab }) => {
  const grounds: number[] = [];
  for (const scheme of ["light", "dark"] as const) {
    await tab.prefer(scheme);
    for (const content of [BUSY, FAILING]) {
      server.content = content;
      await tab.visit(server.url);
      assertEquals(await tab.evaluate(`(${poorContrasts})()`), []);
    }
    grounds.push(
      await tab.evaluate(`Number(getComputedStyle(document.body).backgroundColor
      .match(/\\d+/)[0])`),
    );
  }
  assert(grounds[0] > 200 && grounds[1] < 50, `${grounds}`);
});

pageTest("says that dnsfwd is gone, and finds it again", async ({ server, tab }) => {
  await tab.visit(server.url);
  await tab.hurry();
  await server.stop();
  await tab.waitFor(`!document.querySelector("#notice").hidden`);
  assertEquals(
    await tab.text("#notice"),
    "dnsfwd does not answer any more. This is how it was at 2026-11-24 02:03:12Z. " +
      "Trying again every 2 seconds.",
  );
  assertEquals(await tab.evaluate("document.title"), "No answer - dnsfwd");
  server.start();
  await tab.waitFor(`document.querySelector("#notice").hidden`);
  assertEquals(await tab.evaluate("document.title"), "Working - dnsfwd");
  server.status = 403;
  await tab.waitFor(`!document.querySelector("#notice").hidden`);
  assert((await tab.text("#notice")).startsWith("dnsfwd answers with an error (HTTP 403)."));
});

pageTest("does not ask while nobody looks, and at once when somebody does", async (stage) => {
  const { server, tab } = stage;
  await tab.visit(server.url);
  await tab.evaluate(`window.see = (isSeen) => {
    Object.defineProperty(document, "hidden", { value: !isSeen, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }`);
  await tab.passTime(9000);
  assertEquals(server.asked, ["/", "/fragment", "/fragment", "/fragment", "/fragment"]);
  await tab.evaluate("see(false)");
  await tab.passTime(60_000);
  assertEquals(server.asked.length, 5);
  await tab.evaluate("see(true)");
  await waitUntil(() => server.asked.length === 6, "asked at once", ASKED_AGAIN);
});

pageTest("is loaded anew when another version answers", async (stage) => {
  const { server, tab } = stage;
  await tab.visit(server.url);
  await tab.hurry();
  server.content = pageContent({ program: "9.9.9" });
  await waitUntil(
    () => server.asked.at(-1) === "/" && server.asked.length > 1,
    "load",
    ASKED_AGAIN,
  );
  await tab.waitFor(`document.querySelector("main")?.dataset.version === "9.9.9"`);
  await asksAgain(stage, 2);
  assertEquals(server.asked.filter((path) => path === "/").length, 2);
});

/** Runs in the page: texts whose contrast is less than 4.5 (Web Content Accessibility Guidelines 2.2, 1.4.3). */
const poorContrasts = `function () {
  const rgb = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => rgb(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = (node) => {
    const color = getComputedStyle(node).backgroundColor;
    return rgb(color)[3] === 0 ? ground(node.parentElement) : color;
  };
  const texts = [...document.querySelectorAll("body *")].filter((node) =>
    [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim() !== "") &&
    !node.closest("script, style, noscript, title, [hidden]"));
  return texts.flatMap((node) => {
    const style = getComputedStyle(node);
    const ink = node.ownerSVGElement ? style.fill : style.color;
    const [low, high] = [ink, ground(node)].map(luminance).sort((one, other) => one - other);
    const contrast = (high + 0.05) / (low + 0.05);
    return contrast < 4.5 ? [node.textContent + ": " + contrast.toFixed(2)] : [];
  });
}`;
