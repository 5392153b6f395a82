/** The upstream proves who it is before any query is sent (RFC 8310, 5; matrix B). */

import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import { createAuthority, daysFromNow, type Identity } from "../helpers/certificate.ts";
import { UdpClient } from "../helpers/client.ts";
import { assertAnswered, assertServerFailure } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { startScenario, startWithUpstreams, trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { PATIENCE } from "../helpers/waiting.ts";

const dnsNames = [UPSTREAM_NAME];

interface BadIdentity {
  row: string;
  what: string;
  text: RegExp;
  identity: () => Promise<Identity>;
}

const BAD: BadIdentity[] = [
  {
    row: "B1",
    what: "of another name",
    text: /name/i,
    identity: async () => (await trust()).authority.issue({ dnsNames: ["other.test.example"] }),
  },
  {
    row: "B2",
    what: "that has expired",
    text: /expired/i,
    identity: async () => {
      const { authority } = await trust();
      return authority.issue({ dnsNames, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) });
    },
  },
  {
    row: "B2",
    what: "that is not valid yet",
    text: /not (yet valid|valid yet)/i,
    identity: async () => {
      const { authority } = await trust();
      return authority.issue({ dnsNames, notBefore: daysFromNow(1) });
    },
  },
  {
    row: "B3",
    what: "of an authority that is not known",
    text: /unknown|issuer|authority/i,
    identity: async () => (await createAuthority("Stranger")).issue({ dnsNames }),
  },
];

for (const { row, what, text, identity } of BAD) {
  Deno.test(`Forwarder sends nothing to an upstream with a certificate ${what} and answers SERVFAIL with the cause at once (RFC 8310, 5; DOT-13; ${row})`, async () => {
    await using scenario = await startScenario({ identity: await identity() });
    const client = scenario.udp();
    for (let i = 0; i < 3; i++) {
      const query = buildQuery(`secret${i}.example`, { edns: true });
      const reply = await client.ask(query);
      assertServerFailure(query, reply, [23], false);
      const network = reply.extendedErrors.find((error) => error.code === 23);
      assertMatch(network?.text ?? "", /certificate/i);
      assertMatch(network?.text ?? "", text);
      assert((network?.text ?? "").length <= 64, "EDE-01: the text is short");
    }
    const { upstream } = scenario;
    assertEquals(upstream.queries.length, 0);
    // A second handshake looks at the certificate, for the reason; nothing is sent in it either.
    for (const connection of upstream.connections) assertEquals(connection.octetsReceived, 0);
    assertMatch(scenario.program.stderr, /certificate/i, "the log says it too");
  });
}

Deno.test("Forwarder trusts an upstream again once its certificate is good (RFC 8310, 5; B2)", async () => {
  const { authority, identity } = await trust();
  const expired = { dnsNames, notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
  await using scenario = await startScenario({ identity: await authority.issue(expired) });
  const client = scenario.udp();
  assertEquals((await client.ask(buildQuery("before.example"))).rcode, 2);
  await scenario.upstream.refuse();
  scenario.upstream.listen(identity);
  const end = performance.now() + PATIENCE;
  for (let i = 0, rcode = 2; rcode !== 0; i++) {
    assertLess(performance.now(), end, "the upstream is tried again");
    rcode = (await client.ask(buildQuery(`after${i}.example`))).rcode;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
});

Deno.test("Forwarder verifies the address where an upstream has no name (RFC 8310, 5; DOT-13)", async () => {
  const { authority } = await trust();
  const identity = await authority.issue({ addresses: ["127.0.0.1"] });
  await using upstream = new ScriptedUpstream({ identity });
  await using program = await startWithUpstreams([upstream.uri], authority);
  using client = new UdpClient(program.address);
  const query = buildQuery("address.example");
  assertAnswered(query, await client.ask(query));
});

Deno.test("Forwarder refuses an upstream whose certificate has another address (RFC 8310, 5; B1)", async () => {
  const { authority } = await trust();
  const identity = await authority.issue({ addresses: ["127.0.0.2"] });
  await using upstream = new ScriptedUpstream({ identity });
  await using program = await startWithUpstreams([upstream.uri], authority);
  using client = new UdpClient(program.address);
  const query = buildQuery("address.example", { edns: true });
  assertServerFailure(query, await client.ask(query), [23], false);
  assertEquals(upstream.queries.length, 0);
});
