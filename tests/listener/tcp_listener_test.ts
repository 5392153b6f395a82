/** How long TCP connections of clients live, in time that the tests move (RFC 7766, 6.2; TCP-07, TCP-11). */

import { assertEquals } from "@std/assert";
import { OPTION, textOption } from "../helpers/edns.ts";
import { buildQuery } from "../helpers/query.ts";
import { KEEPALIVE, tcpTest } from "./tcp_stage.ts";

/** How often the listener looks for connections to end. */
const TICK = 500;
const END_LIMIT = 1000;

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
