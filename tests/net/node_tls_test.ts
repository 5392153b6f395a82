/** The same stream as `dial_test.ts` has, over `node:tls`: what a target with an identity gets. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import type { Stream } from "../../lib/net/dial.ts";
import { Dialer, type DialerOptions } from "../../lib/net/dialer.ts";
import type { Identity } from "../../lib/net/identity.ts";
import {
  createAuthority,
  daysFromNow,
  type Identity as CertificateIdentity,
} from "../helpers/certificate.ts";
import { buildQuery } from "../helpers/query.ts";
import { frame } from "../helpers/message.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream, type UpstreamOptions } from "../helpers/scripted_upstream.ts";
import { within } from "../helpers/waiting.ts";

const LIMIT = 20_000;
const OPPORTUNISTIC: Identity = { pins: [], isAuthenticated: false, caFiles: [] };
const STRICT: Identity = { pins: [], isAuthenticated: true, caFiles: [] };

async function dialerTo(
  port: number,
  identity = STRICT,
  serverName = UPSTREAM_NAME,
  options: Partial<DialerOptions> = {},
): Promise<Dialer> {
  const caCerts = [(await trust()).authority.pem];
  return new Dialer(
    { transport: "tls", hostname: "127.0.0.1", port, serverName, identity },
    { timeout: 2000, caCerts, ...options },
  );
}

async function startUpstream(options: UpstreamOptions = {}): Promise<ScriptedUpstream> {
  return new ScriptedUpstream({ identity: (await trust()).identity, ...options });
}

async function ask(stream: Stream, name: string): Promise<number> {
  const query = frame(buildQuery(name));
  assertEquals(await stream.write(query), query.length);
  return await within(stream.read(new Uint8Array(4096)), LIMIT, "response") ?? 0;
}

Deno.test("Stream over node:tls reads, writes and ends as TLS wants it (RFC 7858, 3.4)", async () => {
  await using upstream = await startUpstream();
  const stream = await (await dialerTo(upstream.port)).dial();
  assertEquals(stream.remoteHost, "127.0.0.1");
  assert(await ask(stream, "one.example") > 12);
  assert(await ask(stream, "two.example") > 12);
  assertEquals(upstream.connections[0].alpn, "dot");
  stream.close();
  await within(ended(upstream), LIMIT, "end at the server");
  assert(upstream.connections[0].finishedCleanly);
});

async function ended(upstream: ScriptedUpstream): Promise<void> {
  while (!upstream.connections[0].finished) await new Promise((resolve) => setTimeout(resolve, 5));
}

for (const ending of ["close", "cut", "reset"] as const) {
  Deno.test(`Stream over node:tls ends when the server ends it: ${ending} (A4 to A6)`, async () => {
    await using upstream = await startUpstream({
      script: (query) => query.answer().then(() => query.connection[ending]()),
    });
    const stream = await (await dialerTo(upstream.port)).dial();
    assert(await ask(stream, "one.example") > 12);
    for (let round = 0; round < 2; round++) {
      assertEquals(await within(stream.read(new Uint8Array(10)), LIMIT, "end"), null);
    }
    await assertRejects(() => within(stream.write(Uint8Array.of(0)), LIMIT, "refusal"));
    stream.close();
    stream.close();
  });
}

Deno.test("Stream over node:tls has room for what is not read, not more, and loses nothing", async () => {
  const size = 3_000_000;
  await using upstream = await startUpstream({
    script: (query) => query.connection.sendRaw(new Uint8Array(size).map((_, at) => at % 251)),
  });
  const stream = await (await dialerTo(upstream.port)).dial();
  await stream.write(frame(buildQuery("much.example")));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const buffer = new Uint8Array(10_000);
  for (let at = 0; at < size;) {
    const count = await within(stream.read(buffer), LIMIT, "octets") ?? 0;
    assert(count > 0 && count <= buffer.length);
    for (let i = 0; i < count; i++) {
      if (buffer[i] !== (at + i) % 251) throw new Error(`at ${at + i}`);
    }
    at += count;
  }
  stream.close();
});

Deno.test("Dialer with an identity sends the name by SNI and offers dot (DOT-12)", async () => {
  await using upstream = await startUpstream({ greeting: "silence" });
  const dialers = [
    await dialerTo(upstream.port, STRICT, UPSTREAM_NAME, { timeout: 200 }),
    await dialerTo(upstream.port, OPPORTUNISTIC, "127.0.0.1", { timeout: 200 }),
  ];
  for (const dialer of dialers) {
    const error = await assertRejects(() => dialer.dial(), DialError);
    assertEquals([error.stage, error.message], ["handshake", "no TLS handshake within 0.2 s"]);
  }
  await upstream.stop();
  const hellos = upstream.connections.map((each) => new TextDecoder().decode(each.firstOctets));
  assertEquals(hellos.map((each) => each.includes(UPSTREAM_NAME)), [true, false]);
  assertEquals(hellos.map((each) => each.includes("127.0.0.1")), [false, false]);
  assertEquals(hellos.map((each) => each.includes("\x03dot")), [true, true]);
});

Deno.test("Dialer with an identity asks again without ALPN where dot is refused (DOT-12)", async () => {
  await using upstream = await startUpstream({ alpn: ["h2"] });
  const dialer = await dialerTo(upstream.port);
  for (let round = 0; round < 2; round++) {
    const stream = await dialer.dial();
    assert(await ask(stream, "alpn.example") > 12);
    stream.close();
  }
  assertEquals(upstream.connections.length, 3, "it remembers");
});

Deno.test("Dialer with an identity says by stage what went wrong (A1, A10)", async () => {
  const refusing = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  refusing.close();
  const cases: [UpstreamOptions | undefined, string, RegExp][] = [
    [undefined, "connect", /^connection refused$/],
    [{ greeting: "close" }, "handshake", /^connection (closed|reset) during the TLS handshake$/],
    [
      { greeting: new TextEncoder().encode("220 mail.example\r\n") },
      "TLS",
      /^the server does not speak TLS$/,
    ],
  ];
  for (const [options, stage, text] of cases) {
    await using upstream = options && await startUpstream(options);
    const dialer = await dialerTo(upstream ? upstream.port : refusing.addr.port);
    const error = await assertRejects(() => dialer.dial(), DialError);
    assertEquals(error.stage, stage);
    assertMatch(error.message, text);
  }
});

const BUILT = Date.UTC(2026, 10, 23);
const EXPIRED = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
const NOT_YET = { notBefore: daysFromNow(1) };

function floorAt(now: number): ClockFloor {
  return new ClockFloor({ built: BUILT, wall: () => now });
}

Deno.test("Dialer ignores validity periods only where that is allowed and the clock is before its floor", async () => {
  const { authority } = await trust();
  for (const period of [EXPIRED, NOT_YET]) {
    const identity = await authority.issue({ dnsNames: [UPSTREAM_NAME], ...period });
    await using upstream = await startUpstream({ identity });
    const allowed = { floor: floorAt(BUILT - 1), isUndated: true };
    const stream = await (await dialerTo(upstream.port, STRICT, UPSTREAM_NAME, allowed)).dial();
    assert(await ask(stream, "time.example") > 12);
    stream.close();
    const proven = floorAt(BUILT - 1);
    proven.onProof();
    const others: Partial<DialerOptions>[] = [
      { floor: floorAt(BUILT), isUndated: true },
      { floor: floorAt(BUILT + 1e12), isUndated: true },
      { floor: proven, isUndated: true },
      { floor: floorAt(BUILT - 1) },
      { isUndated: true },
      {},
    ];
    for (const options of others) {
      const dialer = await dialerTo(upstream.port, STRICT, UPSTREAM_NAME, options);
      const error = await assertRejects(() => dialer.dial(), DialError);
      assertEquals(error.isLasting, true);
    }
    assertEquals(upstream.queries.length, 1);
  }
});

Deno.test("Dialer still wants name, authority and pin where it ignores validity periods", async () => {
  const { authority } = await trust();
  const stranger = await createAuthority();
  const good = { dnsNames: [UPSTREAM_NAME], ...EXPIRED };
  const cases: [CertificateIdentity, Identity, RegExp][] = [
    [await authority.issue({ ...good, dnsNames: ["a.example"] }), STRICT, /for another name/],
    [await stranger.issue(good), STRICT, /unknown authority/],
    [await authority.issue(good), { ...STRICT, pins: [`${"A".repeat(43)}=`] }, /matches no pin/],
  ];
  for (const [certificate, identity, text] of cases) {
    await using upstream = await startUpstream({ identity: certificate });
    const options = { floor: floorAt(0), isUndated: true };
    const dialer = await dialerTo(upstream.port, identity, UPSTREAM_NAME, options);
    const error = await assertRejects(() => dialer.dial(), DialError);
    assertMatch(error.message, text);
    assertEquals(upstream.connections.every(({ queries }) => queries.length === 0), true);
  }
});

Deno.test("Dialer blames the clock where that is wrong, with an identity and without", async () => {
  const { authority } = await trust();
  for (const period of [EXPIRED, NOT_YET]) {
    const certificate = await authority.issue({ dnsNames: [UPSTREAM_NAME], ...period });
    await using upstream = await startUpstream({ identity: certificate });
    for (const identity of [STRICT, undefined]) {
      for (const [now, text] of CAUSES) {
        const dialer = new Dialer(
          {
            transport: "tls",
            hostname: "127.0.0.1",
            port: upstream.port,
            serverName: UPSTREAM_NAME,
            identity,
          },
          { timeout: 2000, caCerts: [authority.pem], floor: floorAt(now) },
        );
        const error = await assertRejects(() => dialer.dial(), DialError);
        assertEquals(error.isLasting, true);
        assertMatch(error.message, text);
      }
    }
  }
});

const CAUSES: [number, RegExp][] = [
  [Date.UTC(2019, 4, 1), /^this machine's clock is wrong: it says 2019-05-01$/],
  [BUILT, /^certificate (expired|not valid yet)/],
];

Deno.test("Dialer takes a chain that verifies for proof of the clock, with an identity and without, and no other", async () => {
  const { authority, identity: good } = await trust();
  const stranger = await (await createAuthority()).issue({ dnsNames: [UPSTREAM_NAME] });
  const target = { transport: "tls", hostname: "127.0.0.1", serverName: UPSTREAM_NAME } as const;
  const cases: [CertificateIdentity, Identity | undefined, boolean][] = [
    [good, undefined, true],
    [good, STRICT, true],
    [stranger, OPPORTUNISTIC, false],
    [stranger, undefined, false],
  ];
  for (const [certificate, identity, isProof] of cases) {
    await using upstream = await startUpstream({ identity: certificate });
    const floor = floorAt(0);
    const options = { timeout: 2000, caCerts: [authority.pem], floor };
    const dialer = new Dialer({ ...target, port: upstream.port, identity }, options);
    (await dialer.dial().catch(() => undefined))?.close();
    assertEquals(floor.isProven, isProof);
  }
});

Deno.test("Dialer refuses a server that verifies and sends another certificate that cannot be read, at once and in our words", async () => {
  const { identity } = await trust();
  const junk = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
  await using upstream = await startUpstream({
    identity: { ...identity, cert: `${identity.cert.trimEnd()}\n${junk}` },
  });
  for (const each of [STRICT, OPPORTUNISTIC]) {
    const dialer = await dialerTo(upstream.port, each);
    const error = await assertRejects(() => dialer.dial(), DialError);
    assertEquals(error.message, "certificate not checked: it cannot be read");
  }
});
