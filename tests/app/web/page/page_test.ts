/** The page for people, as the document that it is. */

import { assert, assertEquals } from "@std/assert";
import { fragmentHtml, pageHtml } from "../../../../lib/app/web/page/page.ts";
import { pageRoutes } from "../../../../lib/app/web/page/page_routes.ts";
import { busySeries, pageContent } from "../../../helpers/page_content.ts";
import { DOWN_UPSTREAM, REPORT, UPSTREAM } from "../../../helpers/report.ts";

const HOSTILE =
  `"'></title></style></svg></main><script>alert(1)</script><img src=//x.example onerror=alert(1)>&`;

/** Texts that are of a few. */
const FIXED = ["state", "grade"];

/** All other texts in it made hostile, names too. */
function made<T>(hostile: string, value: T, name = ""): T {
  if (typeof value === "string") return (FIXED.includes(name) ? value : `${hostile}${value}`) as T;
  if (Array.isArray(value)) return value.map((each) => made(hostile, each)) as T;
  if (typeof value !== "object" || value === null) return value;
  const isOpen = name === "rcodes" || name === "drops";
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      isOpen ? `${hostile}${key}` : key,
      made(hostile, each, key),
    ]),
  ) as T;
}

/** What a person reads of it, elements being spaces. */
function textOf(html: string): string {
  const body = html.replace(/<(style|script|title)\b[^]*?<\/\1>/g, " ").replace(/<[^>]*>/g, " ");
  return body.replace(/\s+/g, " ");
}

Deno.test("pageHtml() says all there is to say, in the order of its worth", () => {
  const text = textOf(pageHtml(pageContent({ upstreams: [UPSTREAM, DOWN_UPSTREAM] })));
  const wanted = [
    "As of 2026-11-24 02:03:12Z",
    "Degraded Degraded : upstream dns2.example has been down for 2 min: connection refused",
    "2026-11-24 02:01:02Z 2 min 10 s ago warning Cannot connect: connection refused",
    "2026-11-24 00:03:12Z 2 h 0 min ago info Listening on 127.0.0.1:53 (UDP and TCP)",
    "Queries per second asked failed",
    "Time to a reply logarithmic scale half within (p50) 99 % within (p99)",
    "Last minute Queries per second 20.7 Failed 0.6 % Half within 10.5 ms",
    "99 % within 120 ms Longest 2.1 s",
    "Upstreams tls://192.0.2.1:853#dns.example Working for 1 h 0 min Response time 12.5 ms",
    "99 % within, 15 min 110 ms",
    "Connections 1 open, 12 made Queries/connection 87.6",
    "Sent again 4",
    "Certificate 61 days left",
    "tls://192.0.2.2:853#dns2.example Down for 2 min 0 s: connection refused (14 failures so far)",
    "NOERROR answered 1,050 85 % NXDOMAIN no such name 177 14 % SERVFAIL failed 7 0.6 %",
    "asked again while waiting 5 0.4 % too short 1 &lt; 0.1 %",
    "UDP clients 3 of 16,384",
    "Version dnsfwd 1.2.3, process 4711",
    "Running for 1 min 0 s",
    "Configuration command line only Configuration read 1 min 0 s ago",
    "Memory 58 MB, 9 MB of it in the heap",
  ];
  let end = 0;
  for (const each of wanted) {
    const at = text.indexOf(each, end);
    assert(at >= 0, `Not there, or not in order: ${each}\n${text.slice(end)}`);
    end = at + each.length;
  }
});

Deno.test("pageHtml() has the last events at its end while all is well, and first where something is wrong", () => {
  const order = (upstreams: typeof REPORT.upstreams) => {
    const text = textOf(pageHtml(pageContent({ upstreams })));
    return text.indexOf("Last events") < text.indexOf("Last minute");
  };
  assertEquals([order([UPSTREAM]), order([DOWN_UPSTREAM]), order([DOWN_UPSTREAM, UPSTREAM])], [
    false,
    true,
    true,
  ]);
});

Deno.test("pageHtml() has one line for an upstream that was never used, and no tile for what is not known", () => {
  const unused = { ...UPSTREAM, name: "tls://192.0.2.9#dns9", state: "unused" as const };
  const idle = { seconds: 60, queries: 0, replies: 0, failures: 0 };
  const html = pageHtml(pageContent({
    upstreams: [{ ...DOWN_UPSTREAM, lastResponse: undefined }, unused],
    minute: idle,
  }));
  const text = textOf(html);
  assert(text.includes("tls://192.0.2.9#dns9: Not used yet : no query has needed it"), text);
  assertEquals([...html.matchAll(/<dt>Queries sent</g)].length, 1);
  const [, minute] = /Last minute(.*?)Upstreams/.exec(text) ?? [];
  assert(!/Half within|Longest/.test(minute.split("The charts")[0]), minute);
  assert(!/<dd>(none|end not known)</.test(html));
});

Deno.test("pageHtml() says beside an outage what the last seconds were like, not the minute before", () => {
  const minute = { ...REPORT.minute, counts: { queries: 100, replies: 100, failures: 11 } };
  const series = { ...REPORT.series, queries: [5, 4], failures: [0, 4], p50: [1, 1], p99: [1, 1] };
  const text = textOf(pageHtml(pageContent({ upstreams: [DOWN_UPSTREAM], minute, series })));
  assert(text.includes("In the last 10 s 100 % of the queries got no response"), text);
  assert(!text.includes("11 % of the queries"));
});

Deno.test("pageHtml() has something to say right after the start", () => {
  const empty = { interval: 10, queries: [], failures: [], p50: [], p99: [] };
  const nothing = { seconds: 0, queries: 0, replies: 0, failures: 0 };
  const html = pageHtml({
    ...pageContent({
      series: empty,
      minute: nothing,
      quarter: nothing,
      rcodes: {},
      drops: {},
      uptime: 10,
      upstreams: [{ ...UPSTREAM, state: "unused", since: undefined, certificateDays: undefined }],
    }),
    events: [],
  });
  const text = textOf(html);
  for (const each of ["Not used yet", "Nothing measured yet", "No reply yet.", "None yet."]) {
    assert(text.includes(each), each);
  }
  assert(!/NaN|undefined|Infinity|null/.test(text), text);
});

Deno.test("pageHtml() escapes all that it is told, names and causes of upstreams and events among it", () => {
  const content = pageContent({ upstreams: [UPSTREAM, DOWN_UPSTREAM], configFile: "/etc/x" });
  const usual = pageHtml(content);
  const hostile = pageHtml(made(HOSTILE, content));
  const tags = (html: string) =>
    [...html.matchAll(/<(\/?[a-z0-9!]+)/gi)].map(([, tag]) => tag).toSorted();
  assertEquals(
    tags(hostile.replace(/<small>[^<]*<\/small>/g, "")),
    tags(usual.replace(/<small>[^<]*<\/small>/g, "")),
  );
  assert(!hostile.includes("<img") && hostile.includes("&lt;img src=//x.example"));
});

Deno.test("pageHtml() names nothing outside: no source, no link but to its own address, no code in attributes", () => {
  const html = pageHtml(pageContent());
  assertEquals([...html.matchAll(/\s(src|srcset|style|on\w+|action|xlink:href)=/g)], []);
  const links = [...html.matchAll(/\shref="([^"]*)"/g)].map(([, link]) => link.split(",")[0]);
  assertEquals(links, ["data:image/svg+xml", "/metrics", "/status.json", ""]);
  assert(!/@import|url\(/.test(html));
});

Deno.test("pageHtml() of a busy instance is shorter than 40 KB", () => {
  const content = pageContent({ series: busySeries(), upstreams: [UPSTREAM, DOWN_UPSTREAM] });
  const events = Array.from({ length: 200 }, (_, at) => ({
    time: content.now - at * 60_000,
    level: "warning",
    text: "Cannot connect to upstream tls://192.0.2.2:853#dns2.example: connection refused",
  }));
  const { length } = new TextEncoder().encode(pageHtml({ ...content, events }));
  assert(length < 40_000, `${length} octets`);
});

Deno.test("pageHtml() shows the latest twenty events, the latest first, in whatever order they are told", () => {
  const now = Date.UTC(2026, 0, 1);
  const events = Array.from({ length: 30 }, (_, at) => ({
    time: now - 1000 * ((at * 7) % 30),
    level: "info",
    text: `event ${(at * 7) % 30}.`,
  }));
  const html = pageHtml({ ...pageContent(), now, events });
  const shown = [...html.matchAll(/event (\d+)\./g)].map(([, number]) => Number(number));
  assertEquals(shown, Array.from({ length: 20 }, (_, at) => at));
});

Deno.test("fragmentHtml() is the live part of the page", () => {
  const content = pageContent();
  assert(pageHtml(content).includes(fragmentHtml(content)));
  assert(fragmentHtml(content).startsWith("<main ") && fragmentHtml(content).endsWith("</main>"));
});

Deno.test("pageHtml() gives tables heads with a scope, and charts a text", () => {
  const html = pageHtml(pageContent());
  assertEquals([...html.matchAll(/<th(?![^>]*scope=)[\s>]/g)], []);
  const labels = [...html.matchAll(/role="img" aria-label="([^"]*)"/g)].map(([, text]) => text);
  assertEquals(labels, [
    "Queries per second in the last minute: latest 20, at most 42; failed: at most 0.7.",
    "Time to a reply in the last minute: latest p50 9.8 ms, p99 77 ms; longest p99 2.1 s.",
  ]);
});

Deno.test("pageRoutes() has the page, which may use its own style and script, and its live part", async () => {
  const content = pageContent();
  const { "/": page, "/fragment": fragment } = pageRoutes(() => content);
  const html = page().text;
  const hash = async (tag: string) => {
    const text = new RegExp(`<${tag}[^>]*>([^]*?)</${tag}>`).exec(html)?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
    return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
  };
  assertEquals(page().policy?.split("; "), [
    `style-src ${await hash("style")}`,
    `script-src ${await hash("script")}`,
    "connect-src 'self'",
    "img-src data:",
  ]);
  assertEquals(html, pageHtml(content));
  assertEquals(fragment(), { type: "text/html; charset=utf-8", text: fragmentHtml(content) });
});

Deno.test("pageHtml() leaves what it is given as it was", () => {
  const before = JSON.stringify(REPORT);
  pageHtml(pageContent());
  assertEquals(JSON.stringify(REPORT), before);
});
