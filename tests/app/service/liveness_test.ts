/** When silence of our own listeners counts, and when there may be another cause. */

import { assertEquals } from "@std/assert";
import { clientConnectionsOf } from "../../../lib/app/report/report.ts";
import { Liveness } from "../../../lib/app/service/liveness.ts";
import type { Outcome } from "../../../lib/app/service/own_question.ts";
import { ListenerCounters } from "../../../lib/listener/listener_counters.ts";

const FIRST = { hostname: "127.0.0.1", port: 53 };
const SECOND = { hostname: "::1", port: 53 };
const REPLY = new Uint8Array(12);

function start() {
  const counters = new ListenerCounters();
  const asked: string[] = [];
  const state = {
    addresses: [FIRST, SECOND],
    udp: { [FIRST.hostname]: REPLY, [SECOND.hostname]: REPLY } as Record<string, Outcome>,
    tcp: REPLY as Outcome,
    /** What happens while a question is on its way. */
    meanwhile: () => {},
  };
  const liveness = new Liveness({
    addresses: () => state.addresses,
    counters,
    overUdp: ({ hostname }, query) => {
      asked.push(`UDP ${hostname} ${query[2] >> 3 & 15}`);
      state.meanwhile();
      return Promise.resolve(state.udp[hostname]);
    },
    overTcp: ({ hostname }) => {
      asked.push(`TCP ${hostname}`);
      state.meanwhile();
      return Promise.resolve(state.tcp);
    },
  });
  return { asked, counters, liveness, state };
}

Deno.test("Liveness asks each address over UDP, one over TCP, with opcode STATUS (2), and does not count that as a client's", async () => {
  const { asked, counters, liveness } = start();
  assertEquals(await liveness.look(), undefined);
  assertEquals(asked, ["UDP 127.0.0.1 2", "UDP ::1 2", "TCP 127.0.0.1"]);
  assertEquals([counters.own, counters.ownStreamed], [3, 1]);
});

Deno.test("Liveness tells of an address that answers no more, over UDP or TCP", async () => {
  const { liveness, state } = start();
  await liveness.look();
  state.udp["::1"] = "silence";
  assertEquals(await liveness.look(), "no answer on [::1]:53 (UDP)");
  state.udp["::1"] = REPLY;
  state.tcp = "silence";
  assertEquals(await liveness.look(), "no answer on 127.0.0.1:53 (TCP)");
});

Deno.test("Liveness leaves out an address that has never answered: a packet filter may be before it", async () => {
  const { liveness, state } = start();
  state.udp["::1"] = "silence";
  for (let look = 0; look < 3; look++) assertEquals(await liveness.look(), undefined);
  state.udp["::1"] = REPLY;
  assertEquals(await liveness.look(), undefined);
  state.udp["::1"] = "silence";
  assertEquals(await liveness.look(), "no answer on [::1]:53 (UDP)");
});

Deno.test("Liveness makes nothing of questions that could not be asked, and of connections ended at once", async () => {
  const { liveness, state } = start();
  await liveness.look();
  state.tcp = "closed";
  assertEquals(await liveness.look(), undefined);
  state.udp["127.0.0.1"] = state.udp["::1"] = "unclear";
  assertEquals(await liveness.look(), undefined);
});

Deno.test("Liveness takes a program for busy that answers others in a crowd, and not one that only hears them", async () => {
  const { counters, liveness, state } = start();
  await liveness.look();
  state.udp["::1"] = "silence";
  state.meanwhile = () => void (counters.received += 1000);
  assertEquals(await liveness.look(), "no answer on [::1]:53 (UDP)");
  state.meanwhile = () => {
    counters.received += 1000;
    counters.answered += 10;
  };
  assertEquals(await liveness.look(), undefined);
  state.udp["::1"] = REPLY;
  state.tcp = "silence";
  state.meanwhile = () => void counters.refusedConnections++;
  assertEquals(await liveness.look(), undefined);
});

Deno.test("Liveness asks the addresses that are listened on now", async () => {
  const { asked, liveness, state } = start();
  await liveness.look();
  state.addresses = [SECOND];
  state.udp["127.0.0.1"] = "silence";
  asked.length = 0;
  assertEquals(await liveness.look(), undefined);
  assertEquals(asked, ["UDP ::1 2", "TCP ::1"]);
});

Deno.test("Liveness does not count a client as refused where it is refused itself", async () => {
  const { counters, liveness, state } = start();
  state.tcp = "closed";
  state.addresses = [FIRST];
  const isTcp = () => counters.own > 0;
  state.meanwhile = () => void (counters.refusedConnections += isTcp() ? 1 : 0);
  assertEquals(await liveness.look(), undefined);
  assertEquals(clientConnectionsOf(counters), { accepted: 0, refused: 0, unread: 0 });
  counters.refusedConnections += 2;
  assertEquals(clientConnectionsOf(counters).refused, 2);
});
