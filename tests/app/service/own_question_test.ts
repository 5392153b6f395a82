/** Questions over real sockets, and what is made of no reply. */

import { assertEquals } from "@std/assert";
import { askOverTcp, askOverUdp, type Outcome } from "../../../lib/app/service/own_question.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { frame } from "../../helpers/message.ts";
import { within } from "../../helpers/waiting.ts";

const HOST = "127.0.0.1";
const QUERY = Uint8Array.of(0x12, 0x34, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const REPLY = Uint8Array.of(0x12, 0x34, 0x90, 4, 0, 0, 0, 0, 0, 0, 0, 0);
const OTHER = Uint8Array.of(0x12, 0x35, 0x90, 4, 0, 0, 0, 0, 0, 0, 0, 0);

function udpServer(): Deno.DatagramConn & Disposable {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: HOST, port: 0 });
  return Object.assign(socket, { [Symbol.dispose]: () => socket.close() });
}

/** Passes seconds until there is an outcome; at most ten. */
async function outcomeOf(asking: Promise<Outcome>, clock: FakeClock): Promise<Outcome> {
  let isDone = false;
  asking.then(() => isDone = true);
  for (let second = 0; second < 10 && !isDone; second++) await clock.pass(1000);
  return await within(asking, 3000, "outcome");
}

Deno.test("askOverUdp() resolves with the reply that has the ID of the query", async () => {
  using server = udpServer();
  const { port } = server.addr as Deno.NetAddr;
  const clock = new FakeClock();
  const asking = askOverUdp(clock)({ hostname: HOST, port }, QUERY);
  const [query, from] = await server.receive();
  assertEquals([query, (from as Deno.NetAddr).hostname], [QUERY, HOST]);
  await server.send(QUERY, from);
  await server.send(OTHER, from);
  await server.send(REPLY, from);
  assertEquals(await asking, REPLY);
  assertEquals(clock.running, 0);
});

Deno.test("askOverUdp() asks five times, a second apart, before it is silence", async () => {
  using server = udpServer();
  const { port } = server.addr as Deno.NetAddr;
  const clock = new FakeClock();
  const start = clock.now();
  assertEquals(
    await outcomeOf(askOverUdp(clock)({ hostname: HOST, port }, QUERY), clock),
    "silence",
  );
  assertEquals(clock.now() - start, 5000);
  for (let count = 0; count < 5; count++) assertEquals((await server.receive())[0], QUERY);
});

Deno.test("askOverUdp() asks at 127.0.0.1 what listens on all addresses", async () => {
  using server = udpServer();
  const { port } = server.addr as Deno.NetAddr;
  const asking = askOverUdp(new FakeClock())({ hostname: "0.0.0.0", port }, QUERY);
  const [, from] = await server.receive();
  await server.send(REPLY, from);
  assertEquals(await asking, REPLY);
});

Deno.test("askOverUdp() leaves it open where the program stood still, or has not this address at the moment", async () => {
  using server = udpServer();
  const { port } = server.addr as Deno.NetAddr;
  const clock = new FakeClock();
  const asking = askOverUdp(clock)({ hostname: HOST, port }, QUERY);
  await server.receive();
  clock.standStill(20_000);
  assertEquals(await asking, "unclear");
  for (const hostname of ["192.0.2.1", "2001:db8::1", "fe80::1"]) {
    assertEquals(await askOverUdp(clock)({ hostname, port }, QUERY), "unclear");
  }
});

/** A TCP server of one connection, with which `serve` does what it likes. */
async function withServer(
  serve: (connection: Deno.TcpConn) => Promise<void> | void,
  run: (port: number) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const serving = listener.accept().then(async (connection) => {
    await serve(connection);
    return connection;
  });
  await run(listener.addr.port);
  listener.close();
  try {
    (await serving).close();
  } catch { /* closed by `serve` */ }
}

Deno.test("askOverTcp() resolves with the reply", async () => {
  const clock = new FakeClock();
  const reply = async (connection: Deno.TcpConn) => void await connection.write(frame(REPLY));
  await withServer(reply, async (port) => {
    assertEquals(await askOverTcp(clock)({ hostname: HOST, port }, QUERY), REPLY);
  });
  assertEquals(clock.running, 0);
});

Deno.test("askOverTcp() tells a connection that is taken and ended from one that nobody takes", async () => {
  await withServer((connection) => connection.close(), async (port) => {
    assertEquals(await askOverTcp(new FakeClock())({ hostname: HOST, port }, QUERY), "closed");
  });
  const clock = new FakeClock();
  await withServer(() => {}, async (port) => {
    const asking = askOverTcp(clock)({ hostname: HOST, port }, QUERY);
    assertEquals(await outcomeOf(asking, clock), "silence");
  });
  const listener = Deno.listen({ hostname: HOST, port: 0 });
  const { port } = listener.addr;
  const asking = askOverTcp(clock)({ hostname: HOST, port }, QUERY);
  assertEquals(await outcomeOf(asking, clock), "silence");
  listener.close();
  // Refused: nobody listens any more.
  assertEquals(await askOverTcp(clock)({ hostname: HOST, port }, QUERY), "silence");
});

Deno.test("askOverTcp() leaves it open where the program stood still", async () => {
  const clock = new FakeClock();
  await withServer(() => {}, async (port) => {
    const asking = askOverTcp(clock)({ hostname: HOST, port }, QUERY);
    await clock.pass(100);
    clock.standStill(20_000);
    assertEquals(await asking, "unclear");
  });
});
