/** How long TCP connections of clients live, in time that the tests move (RFC 7766, 6.2; TCP-07, TCP-11). */

import { assertEquals } from "@std/assert";
import { settled } from "../helpers/fake_clock.ts";
import { OPTION, textOption } from "../helpers/edns.ts";
import { parseMessage, RCODE, TYPE } from "../helpers/message.ts";
import { buildQuery, buildResponse } from "../helpers/query.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { KEEPALIVE, tcpTest } from "./tcp_stage.ts";

/** How often the listener looks for connections to end. */
const TICK = 500;
const END_LIMIT = 20_000;

tcpTest(
  "TcpListener closes a connection that is idle for as long as it is told, not one that waits (RFC 7766, 6.2.3; TCP-07)",
  { idle: 2000 },
  async (stage) => {
    const silent = await stage.connect();
    const waiting = await stage.connect();
    await waiting.send(buildQuery("slow.example"));
    await stage.asked(1);
    await stage.clock.pass(2000 - TICK);
    assertEquals(stage.closed, 0);
    await stage.clock.pass(2 * TICK);
    assertEquals(stage.closed, 1);
    assertEquals(await silent.closedByServer(END_LIMIT), "FIN");
    assertEquals((await stage.respond(0, waiting)).rcode, 0);
    await stage.clock.pass(2000 + TICK);
    assertEquals(await waiting.closedByServer(END_LIMIT), "FIN");
  },
);

tcpTest(
  "TcpListener lets a client that asks how long stay longer (RFC 7828, 3.3; TCP-07, KA-02)",
  { idle: 2000 },
  async (stage) => {
    const client = await stage.connect();
    const edns = { options: [textOption(OPTION.KEEPALIVE, "")] };
    await client.send(buildQuery("keepalive.example", { edns }));
    await stage.asked(1);
    await stage.respond(0, client);
    await stage.clock.pass(KEEPALIVE - TICK);
    assertEquals(stage.closed, 0);
    await stage.clock.pass(2 * TICK);
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
  },
);

tcpTest(
  "TcpListener takes so many queries of a connection, answers them, and ends it (TCP-11)",
  { queries: 3 },
  async (stage) => {
    const client = await stage.connect();
    await client.send(...numberedNames(5).map((name) => buildQuery(name)));
    await stage.asked(3);
    for (const index of [2, 0, 1]) {
      assertEquals((await stage.respond(index, client)).questions[0].name, `q${index}.example`);
    }
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
    assertEquals(stage.resolver.asked.length, 3);
  },
);

tcpTest(
  "TcpListener counts queries that it answers itself (TCP-11)",
  { queries: 2 },
  async (stage) => {
    const client = await stage.connect();
    for (const name of ["a.example", "b.example"]) {
      const reply = await client.ask(buildQuery(name, { type: TYPE.AXFR }));
      assertEquals(reply.rcode, RCODE.REFUSED);
    }
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
  },
);

tcpTest(
  "TcpListener loses no reply of a client that sends on while its connection ends (RFC 1122, 4.2.2.13)",
  { queries: 1 },
  async (stage) => {
    const client = await stage.connect();
    const more = numberedNames(20_000).map((name) => buildQuery(name));
    await client.send(buildQuery("first.example"));
    await stage.asked(1);
    const sending = client.send(...more);
    assertEquals((await stage.respond(0, client)).rcode, 0);
    await sending;
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
    assertEquals([stage.resolver.asked.length, stage.closed], [1, 0]);
    await client.close();
    await waitUntil(() => stage.closed === 1, "end of the connection");
  },
);

tcpTest(
  "TcpListener takes no more queries after the lifetime, answers what it has, and ends (TCP-11)",
  { lifetime: 3000 },
  async (stage) => {
    const client = await stage.connect();
    await client.send(buildQuery("a.example"));
    await stage.asked(1);
    await stage.clock.pass(3000 - TICK);
    await client.send(buildQuery("b.example"));
    await stage.asked(2);
    await stage.clock.pass(2 * TICK);
    await client.send(buildQuery("late.example"));
    for (const index of [0, 1]) assertEquals((await stage.respond(index, client)).rcode, 0);
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
    assertEquals(stage.resolver.asked.length, 2);
  },
);

tcpTest(
  "TcpListener closes a connection that it has ended after two seconds, if the client does not (TCP-11)",
  { lifetime: 3000 },
  async (stage) => {
    const client = await stage.connect();
    await stage.clock.pass(3000);
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
    await stage.clock.pass(2000 - TICK);
    assertEquals(stage.closed, 0);
    await stage.clock.pass(2 * TICK);
    assertEquals(stage.closed, 1);
  },
);

tcpTest(
  "TcpListener tells a client with the keepalive option to leave once its connection ends (RFC 7828, 3.4; KA-02)",
  { queries: 2 },
  async (stage) => {
    const client = await stage.connect();
    const edns = { options: [textOption(OPTION.KEEPALIVE, "")] };
    const told: (number | undefined)[] = [];
    for (const [index, name] of ["a.example", "b.example"].entries()) {
      await client.send(buildQuery(name, { edns }));
      await stage.asked(index + 1);
      const [option] = (await stage.respond(index, client)).opt?.options ?? [];
      told.push(option.data[0] * 256 + option.data[1]);
    }
    assertEquals(told, [KEEPALIVE / 100, 0]);
  },
);

tcpTest(
  "TcpListener.change() takes other limits for the connections to come",
  { idle: 4000 },
  async (stage) => {
    const early = await stage.connect();
    const stream = { idle: 1000, inFlight: 1, queries: Infinity, lifetime: Infinity };
    stage.listener.change({ stream, keepalive: KEEPALIVE });
    const late = await stage.connect();
    await stage.clock.pass(1000 + TICK);
    assertEquals(await late.closedByServer(END_LIMIT), "FIN");
    assertEquals(stage.closed, 1);
    await stage.clock.pass(3000);
    assertEquals(await early.closedByServer(END_LIMIT), "FIN");
  },
);

tcpTest(
  "A client over TCP is told Invalid Data as well for data that is not as its type has it",
  {},
  async (stage) => {
    const client = await stage.connect();
    await client.send(buildQuery("short.example", { edns: true }));
    await stage.asked(1);
    const answers = [{ name: "short.example", type: TYPE.A, data: Uint8Array.of(192, 0, 2) }];
    const query = parseMessage(stage.resolver.asked[0].query);
    stage.resolver.respond(0, buildResponse(query, { answers }));
    const { rcode, extendedErrors } = await client.next();
    assertEquals([rcode, extendedErrors], [RCODE.SERVFAIL, [{ code: 24, text: "" }]]);
  },
);

/** Messages of clients that are no queries, by what they are. */
const NO_QUERIES: Readonly<Record<string, Uint8Array>> = {
  "responses": changed(2, 0x80),
  "messages with another opcode": changed(2, 0x20),
  "messages without a question": changed(5, 0),
  "queries that are refused": buildQuery("zone.example", { type: TYPE.AXFR }),
  "queries of another EDNS version": buildQuery("version.example", { edns: { version: 1 } }),
};

/** A query whose octet at `index` is another. */
function changed(index: number, octet: number): Uint8Array {
  const query = buildQuery("changed.example");
  query[index] = octet;
  return query;
}

for (const [what, message] of Object.entries(NO_QUERIES)) {
  tcpTest(
    `A client that sends ${what} again and again is closed as if it sent nothing`,
    { idle: 10_000 },
    async (stage) => {
      const client = await stage.connect();
      for (let count = 1; count <= 3; count++) {
        await stage.clock.pass(3000);
        await client.send(message);
        await waitUntil(() => stage.counters.received === count, "the message");
        await settled();
      }
      assertEquals(stage.closed, 0);
      await stage.clock.pass(1000 + TICK);
      assertEquals(await client.closedByServer(END_LIMIT), "FIN");
    },
  );
}

tcpTest(
  "A client that sends a message octet by octet is closed as if it sent nothing",
  { idle: 10_000 },
  async (stage) => {
    const client = await stage.connect();
    for (const octet of [0, 40, 1, 2]) {
      await client.sendRaw(Uint8Array.of(octet));
      await stage.clock.pass(2500);
    }
    await stage.clock.pass(TICK);
    assertEquals(await client.closedByServer(END_LIMIT), "FIN");
  },
);
