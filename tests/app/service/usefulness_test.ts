/** Whether it is our fault that clients get no responses. */

import { assertEquals } from "@std/assert";
import type { Outcome } from "../../../lib/app/service/own_question.ts";
import { Usefulness } from "../../../lib/app/service/usefulness.ts";
import { ListenerCounters } from "../../../lib/listener/listener_counters.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { parseMessage } from "../../helpers/message.ts";

const MINUTE = 60_000;
const PROBLEM = "clients get no responses, though an upstream answers";

/** A response with this RCODE. */
function response(rcode: number): Uint8Array {
  return Uint8Array.of(0, 0, 0x80, 0x80 | rcode, 0, 0, 0, 0, 0, 0, 0, 0);
}

function start() {
  const clock = new FakeClock();
  const counters = new ListenerCounters();
  const asked: string[] = [];
  const state = {
    own: response(2) as Outcome,
    upstreams: [response(0)] as Uint8Array[],
    onOwn: () => {},
  };
  const name = (query: Uint8Array) => {
    const { name, type } = parseMessage(query).questions[0];
    return `${name} ${type}`;
  };
  const usefulness = new Usefulness({
    clock,
    addresses: () => [{ hostname: "127.0.0.1", port: 53 }],
    counters,
    ask: (_, query) => {
      asked.push(`own ${name(query)}`);
      state.onOwn();
      return Promise.resolve(state.own);
    },
    askUpstreams: (query) => {
      asked.push(`upstreams ${name(query)}`);
      return Promise.resolve(state.upstreams);
    },
  });
  /** A minute in which `received` queries come, some of them answered, some of these with a failure. */
  const look = (received: number, answered = 0, failed = 0) => {
    counters.received += received;
    counters.answered += answered;
    counters.failed += failed;
    clock.advance(MINUTE);
    return usefulness.look();
  };
  return { asked, clock, counters, look, state, usefulness };
}

Deno.test("Usefulness asks nobody while clients get responses, or ask nothing", async () => {
  const { asked, counters, look } = start();
  assertEquals(await look(0), undefined);
  assertEquals(await look(100, 1), undefined);
  assertEquals(await look(100, 100, 99), undefined);
  counters.malformed += 5;
  assertEquals(await look(5, 5), undefined);
  counters.own += 3;
  counters.unsupported += 3;
  assertEquals(await look(3, 3), undefined);
  assertEquals(asked, []);
});

Deno.test("Usefulness tells of clients without responses where an upstream answers, before and after", async () => {
  const { asked, look } = start();
  assertEquals(await look(10), PROBLEM);
  assertEquals(asked, ["upstreams . 2", "own . 6", "upstreams . 48"]);
  assertEquals(await look(10, 10, 10), PROBLEM);
  // Other questions than before, as failures are remembered.
  assertEquals(asked.slice(3), ["upstreams . 16", "own . 2", "upstreams . 6"]);
});

Deno.test("Usefulness makes nothing of a network or upstream that is away", async () => {
  const { asked, look, state } = start();
  state.upstreams = [];
  assertEquals(await look(10, 10, 10), undefined);
  state.upstreams = [response(2), response(5)];
  assertEquals(await look(10, 10, 10), undefined);
  assertEquals(asked.length, 2);
  state.upstreams = [response(0)];
  state.onOwn = () => void (state.upstreams = []);
  assertEquals(await look(10, 10, 10), undefined);
});

Deno.test("Usefulness makes nothing of it where our own listener has an answer, could not be asked, or had no room", async () => {
  const { counters, look, state } = start();
  for (const own of [response(0), response(3), "unclear", "closed"] as const) {
    state.own = own;
    assertEquals(await look(10, 10, 10), undefined);
  }
  state.own = "silence";
  state.onOwn = () => void counters.overload++;
  assertEquals(await look(10), undefined);
  state.onOwn = () => {};
  assertEquals(await look(10), PROBLEM);
});

Deno.test("Usefulness waits half a minute for what has just been asked", async () => {
  const { asked, clock, counters, usefulness } = start();
  counters.received++;
  clock.advance(1000);
  assertEquals(await usefulness.look(), undefined);
  assertEquals(asked, []);
  clock.advance(30_000);
  assertEquals(await usefulness.look(), PROBLEM);
});
