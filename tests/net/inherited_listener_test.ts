/** A TCP listener that came as a descriptor. */

import { assertEquals, assertRejects } from "@std/assert";
import { DescriptorCalls } from "../../lib/net/descriptor_calls.ts";
import { InheritedListener } from "../../lib/net/inherited_listener.ts";
import type { AcceptedStream } from "../../lib/net/stream_listener.ts";
import { givenListener } from "../helpers/given_socket.ts";
import { within } from "../helpers/waiting.ts";

const calls = DescriptorCalls.open();
const LIMIT = 20_000;

async function withListener(
  hostname: string,
  run: (listener: InheritedListener, connect: () => Promise<Deno.TcpConn>) => Promise<void>,
): Promise<void> {
  const descriptor = givenListener(hostname);
  const address = calls.address(descriptor);
  if (address === undefined) throw new Error("No address");
  calls.setNonblocking(descriptor);
  const listener = new InheritedListener(descriptor, address);
  const clients: Deno.TcpConn[] = [];
  try {
    await run(listener, async () => {
      const client = await Deno.connect(address);
      clients.push(client);
      return client;
    });
  } finally {
    listener.close();
    for (const client of clients) client.close();
  }
}

async function readAll(stream: { read(buffer: Uint8Array): Promise<number | null> }) {
  const octets: number[] = [];
  const buffer = new Uint8Array(1000);
  for (;;) {
    const count = await within(stream.read(buffer), LIMIT, "octets");
    if (count === null) return octets;
    octets.push(...buffer.subarray(0, count));
  }
}

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`InheritedListener.accept() yields the clients, with their addresses: ${hostname}`, async () => {
    await withListener(hostname, async (listener, connect) => {
      for (let count = 0; count < 2; count++) {
        const client = await connect();
        const stream = await within(listener.accept(), LIMIT, "client");
        const { hostname: host, port } = client.localAddr;
        assertEquals(stream.remoteAddr, { hostname: host, port });
        stream.close();
      }
    });
  });
}

Deno.test("InheritedListener.accept() yields clients that came before it was called", async () => {
  await withListener("127.0.0.1", async (listener, connect) => {
    const clients = [await connect(), await connect(), await connect()];
    const streams: AcceptedStream[] = [];
    for (const _ of clients) streams.push(await within(listener.accept(), LIMIT, "client"));
    const ports = streams.map(({ remoteAddr }) => remoteAddr.port);
    assertEquals(ports, clients.map(({ localAddr }) => localAddr.port));
    for (const stream of streams) stream.close();
  });
});

Deno.test("InheritedListener's clients get answers after their end, and see ours", async () => {
  await withListener("127.0.0.1", async (listener, connect) => {
    const client = await connect();
    const stream = await within(listener.accept(), LIMIT, "client");
    stream.setNoDelay(true);
    await client.write(Uint8Array.of(1, 2, 3));
    await client.closeWrite();
    assertEquals(await readAll(stream), [1, 2, 3]);
    await stream.write(Uint8Array.of(4, 5));
    await stream.closeWrite();
    assertEquals(await readAll(client), [4, 5]);
    stream.close();
  });
});

Deno.test("InheritedListener's clients may send on after our end", async () => {
  await withListener("127.0.0.1", async (listener, connect) => {
    const client = await connect();
    const stream = await within(listener.accept(), LIMIT, "client");
    await stream.closeWrite();
    assertEquals(await readAll(client), []);
    await client.write(Uint8Array.of(7));
    await client.closeWrite();
    assertEquals(await readAll(stream), [7]);
    stream.close();
  });
});

Deno.test("InheritedListener.close() ends accept() under way, and later ones", async () => {
  await withListener("127.0.0.1", async (listener) => {
    const waiting = listener.accept();
    listener.close();
    await assertRejects(() => waiting, Deno.errors.BadResource);
    await assertRejects(() => listener.accept(), Deno.errors.BadResource);
  });
});
