/** Clients over TCP that ask for more than they read, in time that the tests move (RFC 7766, 10). */

import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { parseMessage, RCODE } from "../helpers/message.ts";
import { buildQuery, buildResponse, textRecords } from "../helpers/query.ts";
import { numberedNames } from "../helpers/steady_client.ts";
import { endOfTurn } from "../../lib/base/turn.ts";
import { PATIENCE, waitUntil } from "../helpers/waiting.ts";
import { type TcpStage, tcpTest } from "./tcp_stage.ts";

const LARGE = 64_000;
const MAX_UNSENT = 512 * 1024;
/** More than the system takes for a client that does not read, and 512 kB. */
const MANY = 256;
/** Of these, so many are taken before the first answer. */
const TAKEN = 100;

/** Responds to what the resolver was asked from `from` on, with `octets` each; returns how much that was. */
function respondLarge(stage: TcpStage, from: number, octets = LARGE): number {
  const { asked } = stage.resolver;
  const end = asked.length;
  for (let index = from; index < end; index++) {
    const query = parseMessage(asked[index].query);
    const answers = textRecords(query.questions[0].name, octets);
    stage.resolver.respond(index, buildResponse(query, { answers }));
  }
  return end;
}

/** Responds until the clients take no more for a while. */
async function respondToAll(stage: TcpStage): Promise<void> {
  let responded = 0;
  for (let idle = 0; idle < 20; idle++) {
    if (stage.resolver.asked.length > responded) idle = 0;
    responded = respondLarge(stage, responded);
    assertLessOrEqual(stage.listener.unsent.total, 16 * 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

tcpTest(
  "A TCP client that does not read has 512 kB kept for it, and is reset after five seconds",
  {},
  async (stage) => {
    const client = await stage.connect(false);
    await client.send(...numberedNames(MANY).map((name) => buildQuery(name)));
    await stage.asked(TAKEN);
    await respondToAll(stage);
    const { total } = stage.listener.unsent;
    assert(total > MAX_UNSENT / 2 && total <= MAX_UNSENT, `${total} octets are kept`);
    await stage.clock.pass(4000);
    assertEquals(stage.closed, 0);
    await stage.clock.pass(2000);
    assertEquals([stage.closed, stage.counters.unreadConnections], [1, 1]);
    assertEquals(stage.listener.unsent.total, 0);
    assertEquals(stage.listener.clients, 0);
  },
);

tcpTest(
  "A TCP client that reads gets all of many large answers that it asked for together",
  {},
  async (stage) => {
    const client = await stage.connect();
    await client.send(...numberedNames(MANY).map((name, id) => buildQuery(name, { id })));
    await stage.asked(TAKEN);
    const { all } = client.replies;
    const end = performance.now() + PATIENCE;
    for (let responded = 0; all.length < MANY;) {
      responded = respondLarge(stage, responded);
      assertLessOrEqual(stage.listener.unsent.total, MAX_UNSENT);
      await endOfTurn();
      assert(performance.now() < end, `${all.length} replies`);
    }
    for (const { message: { id, questions, rcode } } of all) {
      assertEquals([rcode, questions[0].name], [RCODE.NOERROR, `q${id}.example`]);
    }
    assertEquals(new Set(all.map(({ message }) => message.id)).size, MANY);
    assertLessOrEqual(stage.resolver.asked.length, 2 * MANY);
    assertEquals([stage.closed, stage.listener.unsent.total], [0, 0]);
  },
);

tcpTest(
  "A TCP client that sends its end and does not read is reset as well",
  {},
  async (stage) => {
    const client = await stage.connect(false);
    await client.send(...numberedNames(MANY).map((name) => buildQuery(name)));
    await client.closeWrite();
    await stage.asked(TAKEN);
    await respondToAll(stage);
    await stage.clock.pass(6000);
    assertEquals([stage.closed, stage.listener.clients], [1, 0]);
  },
);

tcpTest(
  "Queries that wait for a client to read have no outcome once it is gone",
  {},
  async (stage) => {
    const client = await stage.connect(false);
    await client.send(...numberedNames(MANY).map((name) => buildQuery(name)));
    await stage.asked(TAKEN);
    const responded = respondLarge(stage, 0);
    assert(stage.listener.clients > 0, "some wait");
    client.reset();
    await waitUntil(() => stage.closed === 1, "end of the connection");
    respondLarge(stage, responded);
    assertEquals([stage.listener.clients, stage.listener.unsent.total], [0, 0]);
  },
);
