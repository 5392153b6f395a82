/**
 * Upstreams that are identified by more than name and authorities: pins, authorities of their own, a
 * certificate of ours; or by nothing (RFC 8310, 5 and 6.6; RFC 7858, 4.2; matrix B).
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { createAuthority, daysFromNow, pinOfPem } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { type Program, runProgram } from "../helpers/program.ts";
import { FLAG } from "../helpers/message.ts";
import { buildQuery } from "../helpers/query.ts";
import { startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { TlsFront } from "../helpers/tls_front.ts";
import { waitUntil } from "../helpers/waiting.ts";

const dnsNames = [UPSTREAM_NAME];

async function answered(program: Program, name: string): Promise<void> {
  using client = new UdpClient(program.address);
  const query = buildQuery(name);
  assertAnswered(query, await client.ask(query));
}

/** Asks three times; each gets SERVFAIL with the cause at once, and the upstream nothing. */
async function assertRefused(
  program: Program,
  upstream: ScriptedUpstream,
  text: RegExp,
): Promise<void> {
  using client = new UdpClient(program.address);
  const known = upstream.connections.length;
  for (let i = 0; i < 3; i++) {
    const query = buildQuery(`secret${i}.example`, { edns: true });
    const reply = await client.ask(query);
    assertServerFailure(query, reply, [23], false);
    const error = reply.extendedErrors.find(({ code }) => code === 23);
    assertMatch(error?.text ?? "", text);
    assert((error?.text ?? "").length <= 64, "EDE-01: the text is short");
  }
  for (const { octetsReceived } of upstream.connections.slice(known)) {
    assertEquals(octetsReceived, 0);
  }
}

function count(program: Program, text: string): number {
  return program.stderr.split(text).length - 1;
}

async function withFiles<T>(
  texts: readonly string[],
  run: (files: string[]) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-test-" });
  try {
    const files = texts.map((text, at) => {
      Deno.writeTextFileSync(`${folder}/${at}.pem`, text);
      return `${folder}/${at}.pem`;
    });
    return await run(files);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface GoodPin {
  what: string;
  /** Behind the address. */
  uri: (leaf: string, authority: string) => string;
  /** Whether the program knows the authority. */
  isKnown: boolean;
}

const GOOD: GoodPin[] = [
  { what: "the server's key and no name", uri: (leaf) => `?pin=${leaf}`, isKnown: false },
  {
    what: "the authority's key and no name",
    uri: (_, authority) => `?pin=${authority}`,
    isKnown: false,
  },
  {
    what: "the server's key and a name",
    uri: (leaf) => `#${UPSTREAM_NAME}?pin=${leaf}`,
    isKnown: true,
  },
  {
    what: "the authority's key and a name",
    uri: (_, authority) => `?pin=${authority}#${UPSTREAM_NAME}`,
    isKnown: true,
  },
];

for (const { what, uri, isKnown } of GOOD) {
  Deno.test(`Forwarder asks an upstream with the pin of ${what} (RFC 7858, 4.2; DOT-15; B3)`, async () => {
    const authority = await createAuthority();
    const { cert, key } = await authority.issue({ dnsNames });
    await using upstream = new ScriptedUpstream({
      identity: { cert: cert + "\n" + authority.pem, key },
    });
    const text = uri(await pinOfPem(cert), await pinOfPem(authority.pem));
    const trusted = isKnown ? authority : (await trust()).authority;
    await using program = await startWithUpstreams([upstream.uri + text], trusted);
    for (let i = 0; i < 3; i++) await answered(program, `pinned${i}.example`);
    assertEquals(upstream.connections.length, 1);
    assertNotMatch(program.stderr, /Warning/);
  });
}

Deno.test("Forwarder with pins serves hundreds of queries over one connection, and again after each loss", async () => {
  const { authority, identity } = await trust();
  await using upstream = new ScriptedUpstream({ identity });
  const uri = `${upstream.uri}#${UPSTREAM_NAME}?pin=${await pinOfPem(identity.cert)}`;
  await using program = await startWithUpstreams([uri], authority);
  using client = new UdpClient(program.address);
  for (const ending of ["close", "cut", "reset"] as const) {
    const queries = Array.from({ length: 200 }, (_, i) => buildQuery(`${ending}${i}.example`));
    const replies = await Promise.all(queries.map((query) => client.ask(query)));
    replies.forEach((reply, i) => assertAnswered(queries[i], reply));
    const connection = upstream.connections[upstream.connections.length - 1];
    await connection[ending]();
    await waitUntil(() => connection.finished, "end of the connection");
  }
  await answered(program, "last.example");
  assertEquals(upstream.connections.length, 4);
});

for (const name of ["", `#${UPSTREAM_NAME}`]) {
  Deno.test(`Forwarder sends nothing to an upstream${name && " of a good name"} whose key is not pinned, and logs the one it has (RFC 7858, 4.2; DOT-13, DOT-15)`, async () => {
    const { authority, identity } = await trust();
    const other = await authority.issue({ dnsNames });
    await using upstream = new ScriptedUpstream({ identity });
    const uri = `${upstream.uri}${name}?pin=${await pinOfPem(other.cert)}`;
    await using program = await startWithUpstreams([uri], authority);
    await assertRefused(program, upstream, /certificate matches no pin/);
    const line = `certificate matches no pin; it has pin=${await pinOfPem(identity.cert)}, ` +
      `signed by pin=${await pinOfPem(authority.pem)}\n`;
    assertEquals(count(program, line), 1, program.stderr);
  });
}

Deno.test("Forwarder wants a good chain and name besides a good pin (RFC 8310, 6.6; DOT-15)", async () => {
  const { authority } = await trust();
  const cases = [
    [await (await createAuthority()).issue({ dnsNames }), /unknown authority/],
    [await authority.issue({ dnsNames: ["other.test.example"] }), /another name/],
    [
      await authority.issue({ dnsNames, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) }),
      /expired/,
    ],
    [await authority.issue({ dnsNames, notBefore: daysFromNow(1) }), /not valid yet/],
  ] as const;
  for (const [identity, text] of cases) {
    await using upstream = new ScriptedUpstream({ identity });
    const uri = `${upstream.uri}#${UPSTREAM_NAME}?pin=${await pinOfPem(identity.cert)}`;
    await using program = await startWithUpstreams([uri], authority);
    await assertRefused(program, upstream, text);
  }
});

Deno.test("Forwarder goes on with a key in a backup pin, warns once, and stops at a key that is in none (DOT-15; B5, B6)", async () => {
  const { authority, identity } = await trust();
  const [backup, stranger] = await Promise.all([1, 2].map(() => authority.issue({ dnsNames })));
  await using upstream = new ScriptedUpstream({ identity });
  const pins = `pin=${await pinOfPem(identity.cert)}&pin=${await pinOfPem(backup.cert)}`;
  const uri = `${upstream.uri}#${UPSTREAM_NAME}?${pins}`;
  await using program = await startWithUpstreams([uri], authority);
  const warning = `matches only its backup pin ${await pinOfPem(backup.cert)}`;

  /** From now on the upstream has another key; one connection ends to show it. */
  async function change(to: typeof identity): Promise<void> {
    await upstream.refuse();
    upstream.listen(to);
    await upstream.connections[upstream.connections.length - 1].close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  await answered(program, "current.example");
  assertEquals(count(program, warning), 0);
  for (let round = 0; round < 2; round++) {
    await change(backup);
    await answered(program, `backup${round}.example`);
    assertEquals(count(program, warning), 1, program.stderr);
  }
  const before = upstream.queries.length;
  await change(stranger);
  const known = upstream.connections.length;
  using client = new UdpClient(program.address);
  const query = buildQuery("secret.example", { edns: true });
  assertServerFailure(query, await client.ask(query), [23], false);
  assertEquals(upstream.queries.length, before);
  for (const { octetsReceived } of upstream.connections.slice(known)) {
    assertEquals(octetsReceived, 0);
  }
  assertMatch(program.stderr, /matches no pin/);
});

Deno.test("Forwarder moves to the second upstream where the first has a key that is not pinned (B8)", async () => {
  const { authority, identity } = await trust();
  await using first = new ScriptedUpstream({ identity });
  await using second = new ScriptedUpstream({ identity });
  const uris = [
    `${first.uri}?pin=${await pinOfPem((await authority.issue({ dnsNames })).cert)}`,
    `${second.uri}?pin=${await pinOfPem(identity.cert)}`,
  ];
  await using program = await startWithUpstreams(uris, authority);
  for (let i = 0; i < 5; i++) await answered(program, `second${i}.example`);
  assertEquals([first.queries.length, second.queries.length], [0, 5]);
});

Deno.test("Forwarder trusts the authority of ca=FILE for that upstream alone, and it alone there (RFC 8310, 5)", async () => {
  const [one, two] = await Promise.all([createAuthority(), createAuthority()]);
  await using first = new ScriptedUpstream({ identity: await one.issue({ dnsNames }) });
  await using second = new ScriptedUpstream({ identity: await two.issue({ dnsNames }) });
  await withFiles([one.pem], async ([file]) => {
    for (const authority of [one, two]) {
      const uris = [first, second].map(({ uri }) => `${uri}#${UPSTREAM_NAME}?ca=${file}`);
      await using program = await startWithUpstreams([uris[1]], authority);
      await assertRefused(program, second, /unknown authority/);
      await using other = await startWithUpstreams([uris[0]], authority);
      await answered(other, "own.example");
    }
    const uri = `${first.uri}#${UPSTREAM_NAME}`;
    await using program = await startWithUpstreams([uri], two);
    await assertRefused(program, first, /unknown authority/);
    assertMatch(program.stderr, /--ca FILE/, "the log says how to name one");
  });
});

Deno.test("dnsfwd query and doctor go by the identity of the upstream (RFC 8310, 5; DOT-15)", async () => {
  const authority = await createAuthority();
  const identity = await authority.issue({ dnsNames });
  const pin = await pinOfPem(identity.cert);
  const wrong = await pinOfPem(authority.pem);
  await using upstream = new ScriptedUpstream({ identity });
  await withFiles([authority.pem], async ([file]) => {
    const cases = [
      [`#${UPSTREAM_NAME}?ca=${file}`, 0, `valid for ${UPSTREAM_NAME}`],
      [`?pin=${pin}`, 0, "has a pinned key"],
      [`?pin=${wrong}`, 1, `certificate matches no pin; it has pin=${pin}`],
    ] as const;
    for (const [options, code, text] of cases) {
      const uri = upstream.uri + options;
      const query = await runProgram(["query", "www.example", "--upstream", uri]);
      assertEquals([query.code, query.stderr.includes(text)], [code, code === 1], query.stderr);
      const doctor = await runProgram(["doctor", "--idle", "0", uri]);
      const [finding] = text.split(";");
      assert(doctor.stdout.includes(finding), doctor.stdout + doctor.stderr);
    }
  });
});

Deno.test("Forwarder verifies the address where an upstream has ca=FILE and no name (RFC 8310, 5)", async () => {
  const authority = await createAuthority();
  const unrelated = (await trust()).authority;
  await withFiles([authority.pem], async ([file]) => {
    for (const address of ["127.0.0.1", "127.0.0.2"]) {
      const identity = await authority.issue({ addresses: [address] });
      await using upstream = new ScriptedUpstream({ identity });
      await using program = await startWithUpstreams([`${upstream.uri}?ca=${file}`], unrelated);
      if (address === "127.0.0.1") await answered(program, "address.example");
      else await assertRefused(program, upstream, /another name/);
    }
  });
});

Deno.test("Forwarder tells at the start and at the first connection that an upstream is not authenticated, and believes no AD there (RFC 8310, 5; DOT-14)", async () => {
  const identity = await (await createAuthority()).issue({ dnsNames: ["other.test.example"] });
  await using upstream = new ScriptedUpstream({
    identity,
    script: (query) => query.answer({ moreFlags: FLAG.AD }),
  });
  const uri = `${upstream.uri}#${UPSTREAM_NAME}?profile=opportunistic`;
  await using program = await startWithUpstreams([uri], (await trust()).authority);
  const warning = /Warning: Upstream tls:\S+ is not authenticated/;
  await waitUntil(() => warning.test(program.stderr), "the warning");
  const text = "is encrypted, but not authenticated";
  assertEquals(count(program, text), 0);
  using client = new UdpClient(program.address);
  for (let round = 0; round < 2; round++) {
    const query = buildQuery(`opportunistic${round}.example`, { flags: FLAG.RD | FLAG.AD });
    const reply = await client.ask(query);
    assertEquals([reply.rcode, reply.flags & FLAG.AD], [0, 0]);
    await upstream.connections[round].close();
    await waitUntil(() => upstream.connections[round].finished, "end of the connection");
  }
  assertEquals([upstream.connections.length, count(program, text)], [2, 1]);
});

Deno.test("Forwarder warns once of a certificate that ends within 14 days", async () => {
  const { authority } = await trust();
  const soon = await authority.issue({ dnsNames, notAfter: daysFromNow(13) });
  const later = await authority.issue({ dnsNames, notAfter: daysFromNow(16) });
  for (const [identity, warnings] of [[soon, 1], [later, 0]] as const) {
    await using upstream = new ScriptedUpstream({ identity });
    const uri = `${upstream.uri}?pin=${await pinOfPem(identity.cert)}`;
    await using program = await startWithUpstreams([uri], authority);
    for (let round = 0; round < 2; round++) {
      await answered(program, `soon${round}.example`);
      await upstream.connections[round].close();
      await waitUntil(() => upstream.connections[round].finished, "end of the connection");
    }
    const date = daysFromNow(13).toISOString().slice(0, 10);
    assertEquals(count(program, ` expires on ${date}`), warnings, program.stderr);
  }
});

for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
  Deno.test(`Forwarder shows its certificate to a server that wants one, and gets nothing without: ${version} (RFC 8310, 5)`, async () => {
    const { authority, identity } = await trust();
    const [clients, strangers] = await Promise.all([createAuthority(), createAuthority()]);
    await using upstream = new ScriptedUpstream();
    await using front = await TlsFront.start(identity, version, upstream.port, clients.pem);
    const known = await clients.issue({ commonName: "A client" });
    const unknown = await strangers.issue({ commonName: "A stranger" });
    const texts = [known.cert, known.key, unknown.cert, unknown.key];
    await withFiles(texts, async ([cert, key, otherCert, otherKey]) => {
      const uri = `${front.uri}#${UPSTREAM_NAME}`;
      await using program = await startWithUpstreams([`${uri}?cert=${cert}&key=${key}`], authority);
      for (let i = 0; i < 3; i++) await answered(program, `client${i}.example`);
      const others = ["?profile=strict", `?cert=${otherCert}&key=${otherKey}`];
      for (const options of others) {
        await using other = await startWithUpstreams([uri + options], authority);
        using client = new UdpClient(other.address);
        const reply = await client.ask(buildQuery("secret.example", { edns: true }));
        assertEquals(reply.rcode, 2);
      }
    });
    assertEquals(upstream.queries.length, 3);
  });
}

Deno.test("The program says at the start which file of an upstream is no good", async () => {
  const [one, two] = await Promise.all([1, 2].map(issueAny));
  await withFiles([one.cert, one.key, two.key, "text"], async ([cert, key, otherKey, text]) => {
    const cases = [
      [`ca=${text}`, `--upstream, ca "${text}": the file holds no certificate in PEM form`],
      ["ca=/nonexistent", '--upstream, ca "/nonexistent": cannot be read: no such file'],
      [`cert=${text}&key=${key}`, `--upstream, cert "${text}": the file holds no certificate`],
      [`cert=${cert}&key=/nonexistent`, '--upstream, key "/nonexistent": cannot be read: no such'],
      [`cert=${cert}&key=${otherKey}`, `--upstream, key "${otherKey}": expected the private key`],
      [`cert=${cert}&key=${cert}`, `--upstream, key "${cert}": expected the private key`],
    ];
    for (const [options, message] of cases) {
      const uri = `tls://127.0.0.1:8853?${options}`;
      const { code, stderr } = await runProgram(["--listen", "127.0.0.1:0", "--upstream", uri]);
      assertEquals([code, stderr.includes(message)], [2, true], stderr);
    }
  });
});

async function issueAny() {
  return await (await createAuthority()).issue({ dnsNames });
}
