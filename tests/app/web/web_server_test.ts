/** The HTTP server as clients of all kinds find it: real sockets, and a clock that the test moves. */

import { assert, assertEquals } from "@std/assert";
import { type Routes, WebServer } from "../../../lib/app/web/web_server.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { get, HttpClient } from "../../helpers/http_client.ts";
import { LogRecorder } from "../../helpers/log_recorder.ts";
import { waitUntil } from "../../helpers/waiting.ts";

const PLAIN = "text/plain";
const LARGE = "x".repeat(16_000_000);

class Stage implements Disposable {
  readonly clock = new FakeClock();
  readonly log = new LogRecorder();
  readonly server: WebServer;
  readonly #clients: HttpClient[] = [];
  isAllowed = true;

  constructor(routes: Routes = {}) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.server = new WebServer(listener, {
      routes: { "/a": () => ({ type: PLAIN, text: "abc" }), ...routes },
      allows: () => this.isAllowed,
      clock: this.clock,
      log: this.log,
    });
    this.server.run();
  }

  get port(): number {
    return this.server.address.port;
  }

  async client(isDeaf = false): Promise<HttpClient> {
    const client = await HttpClient.connect(this.port, isDeaf);
    this.#clients.push(client);
    return client;
  }

  [Symbol.dispose](): void {
    this.server.close();
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}

Deno.test("WebServer replies with what is at a path, and with nothing that could be misused", async () => {
  using stage = new Stage();
  const { status, fields, text } = await get(stage.port, "/a");
  assertEquals([status, text], [200, "abc"]);
  const expected = {
    "content-type": PLAIN,
    "content-length": "3",
    "cache-control": "no-store",
    "content-security-policy":
      "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
  };
  const { date, ...others } = Object.fromEntries(fields);
  assertEquals(others, expected);
  assert(Math.abs(Date.parse(date) - Date.now()) < 60_000, date);
});

Deno.test("WebServer lets a page say what it uses, and nothing else", async () => {
  const page = { type: "text/html", text: "<p>", policy: "style-src 'self'" };
  using stage = new Stage({ "/page": () => Promise.resolve(page) });
  const { fields } = await get(stage.port, "/page");
  assertEquals(
    fields.get("content-security-policy"),
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'self'",
  );
});

Deno.test("WebServer replies to HEAD as to GET, without the text (RFC 9110, 9.3.2)", async () => {
  using stage = new Stage();
  const client = await stage.client();
  await client.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const { fields, status } = await client.reply(false);
  assertEquals([status, fields.get("content-length")], [200, "3"]);
  assertEquals((await client.get("/a")).text, "abc");
});

Deno.test("WebServer keeps a connection, for what is sent at once too, in order, until it is asked to close", async () => {
  let count = 0;
  using stage = new Stage({ "/n": () => ({ type: PLAIN, text: `${++count}` }) });
  const client = await stage.client();
  assertEquals((await client.get("/n")).text, "1");
  const line = "GET /n HTTP/1.1\r\nHost: localhost\r\n";
  await client.send(`${line}\r\n${line}\r\n${line}Connection: close\r\n\r\n${line}\r\n`);
  const texts = [await client.reply(), await client.reply()].map(({ text }) => text);
  const last = await client.reply();
  assertEquals([...texts, last.text, last.fields.get("connection")], ["2", "3", "4", "close"]);
  assertEquals(await client.end(), "");
  assertEquals(count, 4);
});

Deno.test("WebServer has 404 for other paths and 405 with Allow for other methods (RFC 9110, 15.5.6)", async () => {
  using stage = new Stage();
  for (const path of ["/", "/b", "/a/", "/A", "/../a", "/%61", "/constructor", "/__proto__"]) {
    assertEquals((await get(stage.port, path)).status, 404, path);
  }
  for (const method of ["POST", "PUT", "OPTIONS", "TRACE", "get", "X"]) {
    const client = await stage.client();
    await client.send(`${method} /a HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const { status, fields } = await client.reply();
    assertEquals([status, fields.get("allow")], [405, "GET, HEAD"], method);
  }
});

Deno.test("WebServer closes after a message with a body, which it does not read, without losing the reply", async () => {
  using stage = new Stage();
  const client = await stage.client();
  const body = "x".repeat(40_000);
  await client.send(
    `POST /a HTTP/1.1\r\nHost: a.localhost\r\nContent-Length: 40000\r\n\r\n${body}`,
  );
  const { status, fields } = await client.reply();
  assertEquals([status, fields.get("connection")], [405, "close"]);
  assertEquals(await client.end(), "");
});

Deno.test("WebServer on loopback replies to addresses and localhost only, as other names may be those of any page", async () => {
  using stage = new Stage();
  const good = [
    "127.0.0.1",
    "192.0.2.1:9000",
    "[::1]:80",
    "localhost:1",
    "LocalHost",
    "a.localhost",
  ];
  for (const host of [...good, "localhost."]) {
    assertEquals((await get(stage.port, "/a", host)).status, 200, host);
  }
  const bad = ["evil.example", "localhost.evil.example", "notlocalhost", "127.0.0.1.evil.example"];
  for (const host of [...bad, "1", "0x7f.1"]) {
    const { status, text } = await get(stage.port, "/a", host);
    assertEquals([status, text], [403, "Forbidden: ask by address, or as localhost\n"], host);
  }
  const absolute = await stage.client();
  await absolute.send("GET http://evil.example/a HTTP/1.1\r\nHost: localhost\r\n\r\n");
  assertEquals((await absolute.reply()).status, 403);
});

Deno.test("WebServer replies to nobody whose network is not served", async () => {
  using stage = new Stage();
  stage.isAllowed = false;
  const { status, text } = await get(stage.port, "/a");
  assertEquals([status, text], [403, "Forbidden: your network is not served (--allow)\n"]);
});

Deno.test("WebServer tells the log of a mistake of its own, and goes on", async () => {
  const broken = () => {
    throw new Error("odd");
  };
  using stage = new Stage({ "/broken": broken, "/late": () => Promise.reject(new Error("late")) });
  const client = await stage.client();
  for (const path of ["/broken", "/late"]) {
    const { status, text } = await client.get(path);
    assertEquals([status, text], [500, "Internal Server Error\n"]);
  }
  assertEquals((await client.get("/a")).status, 200);
  assertEquals(stage.log.lines.map((line) => line.slice(0, 42)), [
    "error: Unexpected for --metrics: Error: od",
    "error: Unexpected for --metrics: Error: la",
  ]);
});

Deno.test("WebServer ends a connection that brings no HTTP, or too much of it, and says why", async () => {
  using stage = new Stage();
  const cases: [string, number][] = [
    ["\x16\x03\x01\x02\x00\x01\x00\n\n", 400],
    ["nonsense\r\n\r\n", 400],
    ["GET /a HTTP/1.1\r\n\r\n", 400],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    [`GET /a HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    [`GET /${"a".repeat(9000)}`, 431],
  ];
  for (const [text, expected] of cases) {
    const client = await stage.client();
    await client.send(text);
    const { fields, status } = await client.reply();
    assertEquals([status, fields.get("connection")], [expected, "close"], text.slice(0, 40));
    assertEquals(await client.end(), "");
  }
  assertEquals(stage.log.lines, []);
});

Deno.test("WebServer gives a head five seconds once it has begun, however it trickles in, and nothing five seconds", async () => {
  using stage = new Stage();
  const [silent, slow] = [await stage.client(), await stage.client()];
  await waitUntil(() => stage.clock.running === 2, "both to be there");
  await slow.send("GET /a HT");
  await stage.clock.pass(4000);
  await slow.send("TP/1.1\r\nHost: loc");
  await stage.clock.pass(1100);
  await Promise.all([silent.end(), slow.end()]);
  assertEquals(stage.clock.running, 0);
});

Deno.test("WebServer keeps a connection that is idle for longer than a minute, and not much longer", async () => {
  using stage = new Stage();
  const client = await stage.client();
  await client.get("/a");
  await stage.clock.pass(70_000);
  assertEquals((await client.get("/a")).status, 200);
  await stage.clock.pass(76_000);
  await client.end();
});

Deno.test("WebServer ends a connection whose client does not take the reply", async () => {
  let isAsked = false;
  const large = () => {
    isAsked = true;
    return { type: PLAIN, text: LARGE };
  };
  using stage = new Stage({ "/large": large });
  const deaf = await stage.client(true);
  await deaf.send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await waitUntil(() => isAsked, "the reply to begin");
  assertEquals((await get(stage.port, "/a")).status, 200);
  // The system's buffers are full by then.
  await stage.clock.pass(5100);
  await waitUntil(() => stage.clock.running === 0, "the end");
  assertEquals(stage.log.lines, []);
});

Deno.test("WebServer replies to whoever asks among a thousand connections that say nothing, and keeps few of them", async () => {
  using stage = new Stage();
  const silent: HttpClient[] = [];
  for (let each = 0; each < 1000; each++) {
    const client = await stage.client();
    silent.push(client);
    if (each % 3 === 0) await client.send("GET /a HTTP/1.1\r\nHost: ");
    if (each % 250 === 0) assertEquals((await get(stage.port, "/a")).status, 200);
  }
  const { status } = await get(stage.port, "/a");
  assertEquals(status, 200);
  const open = () => silent.filter(({ isEnded }) => !isEnded).length;
  await waitUntil(() => open() <= 32, "most of them to be ended");
  assert(open() >= 30, `${open()}`);
  assertEquals(stage.log.lines, []);
});

/** Requests for more seconds than it takes to get another one through. */
const MANY = 3000;

Deno.test("WebServer makes a hundred replies a second and no more, in turn, so that others get the processor too", async () => {
  let count = 0;
  using stage = new Stage({ "/n": () => ({ type: PLAIN, text: `${++count}` }) });
  const client = await stage.client();
  await client.send("GET /n HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(MANY));
  const isWaiting = (replies: number) => () => count === replies && stage.clock.running > 0;
  await waitUntil(isWaiting(50), "the first replies");
  const [before, start] = [count, stage.clock.now()];
  let isReplied = false;
  const other = get(stage.port, "/a").finally(() => isReplied = true);
  while (!isReplied) await stage.clock.pass(10);
  assertEquals((await other).status, 200);
  assert(count < MANY, "it came before all that was asked first");
  assert(count - before <= (stage.clock.now() - start) / 10, `${count - before}`);
  assertEquals(stage.log.lines, []);
});

Deno.test("WebServer.close() ends everything", async () => {
  const stage = new Stage();
  const client = await stage.client();
  await client.get("/a");
  stage.server.close();
  assertEquals(await client.end(), "");
  assertEquals(stage.clock.running, 0);
  stage[Symbol.dispose]();
});
