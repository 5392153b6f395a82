/** What every `DatagramSocket` has to do; run once for each implementation, on loopback. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type { DatagramSocket } from "../../lib/net/datagram_socket.ts";
import { waitUntil, within } from "../helpers/waiting.ts";

/** Opens a socket on a free port of `hostname` that keeps `capacity` peers. */
export type OpenSocket = (hostname: string, capacity: number) => DatagramSocket;

const CAPACITY = 4;
const LIMIT = 20_000;

/** A socket under test, and clients of it; all are closed in the end. */
class Stage implements Disposable {
  readonly socket: DatagramSocket;
  readonly #clients: Deno.DatagramConn[] = [];

  constructor(open: OpenSocket, hostname = "127.0.0.1") {
    this.socket = open(hostname, CAPACITY);
  }

  client(hostname = this.socket.address.hostname): Deno.DatagramConn {
    const client = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#clients.push(client);
    return client;
  }

  async send(client: Deno.DatagramConn, ...octets: number[]): Promise<void> {
    const { hostname, port } = this.socket.address;
    await client.send(Uint8Array.from(octets), { transport: "udp", hostname, port });
  }

  /** The next datagrams: calls `visit` for each, with its index, until `count` have come. */
  async take(count: number, visit: (index: number, datagram: Uint8Array) => void): Promise<void> {
    for (let taken = 0; taken < count;) {
      const batch = await within(this.socket.receive(), LIMIT, "datagram");
      assert(batch > 0, "the socket is closed");
      for (let index = 0; index < batch; index++) visit(index, this.socket.datagram(index));
      taken += batch;
    }
  }

  [Symbol.dispose](): void {
    this.socket.close();
    for (const client of this.#clients) client.close();
  }
}

async function received(client: Deno.DatagramConn): Promise<number[]> {
  const [octets] = await within(client.receive(), LIMIT, "reply");
  return [...octets];
}

function portOf(client: Deno.DatagramConn): number {
  return (client.addr as Deno.NetAddr).port;
}

/** Declares the suite for the implementation `name`. */
export function testDatagramSocket(name: string, open: OpenSocket): void {
  const test = (what: string, run: (stage: Stage) => Promise<void>, hostname?: string) =>
    Deno.test(`${name}${what}`, async () => {
      using stage = new Stage(open, hostname);
      await run(stage);
    });

  Deno.test(`${name}.address is the one bound to, with its port`, () => {
    using stage = new Stage(open);
    assertEquals(stage.socket.address.hostname, "127.0.0.1");
    assertNotEquals(stage.socket.address.port, 0);
  });

  test(".receive() yields datagrams of 0 to 4,096 octets, whole", async (stage) => {
    const client = stage.client();
    for (const length of [0, 1, 12, 512, 1232, 4095]) {
      const octets = Array.from({ length }, (_, at) => at & 0xff);
      await stage.send(client, ...octets);
      await stage.take(1, (_, datagram) => assertEquals([...datagram], octets));
    }
  });

  test(".peerHost() and .peerPort() are where a datagram came from", async (stage) => {
    for (const client of [stage.client(), stage.client()]) {
      await stage.send(client, 1);
      await stage.take(1, (index) => {
        assertEquals(stage.socket.peerHost(index), "127.0.0.1");
        assertEquals(stage.socket.peerPort(index), portOf(client));
      });
    }
  });

  test(".send() goes to the peer that was kept, in any order and much later", async (stage) => {
    const clients = [stage.client(), stage.client(), stage.client()];
    for (const [number, client] of clients.entries()) {
      await stage.send(client, number);
      await stage.take(1, (index) => stage.socket.keepPeer(index, number + 1));
    }
    for (const peer of [3, 1, 2]) stage.socket.send(peer, Uint8Array.of(peer * 11));
    stage.socket.flush();
    for (const [number, client] of clients.entries()) {
      assertEquals(await received(client), [(number + 1) * 11]);
    }
  });

  test(".keptHost() is the address of the peer that was kept", async (stage) => {
    for (const peer of [2, 1]) {
      await stage.send(stage.client(peer === 1 ? "127.0.0.1" : "127.0.0.9"), peer);
      await stage.take(1, (index) => stage.socket.keepPeer(index, peer));
    }
    const hosts = [1, 2, 1].map((peer) => stage.socket.keptHost(peer));
    assertEquals(hosts, ["127.0.0.1", "127.0.0.9", "127.0.0.1"]);
  });

  test(".send() takes a copy, and sends in order", async (stage) => {
    const client = stage.client();
    await stage.send(client, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    const payload = Uint8Array.of(0, 7);
    for (let number = 0; number < 20; number++) {
      payload[0] = number;
      stage.socket.send(0, payload);
    }
    payload.fill(255);
    stage.socket.flush();
    for (let number = 0; number < 20; number++) assertEquals(await received(client), [number, 7]);
  });

  test(".send() sends replies of 1,232 octets and of 65,507", async (stage) => {
    const client = stage.client();
    await stage.send(client, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    for (const length of [1232, 65_507]) {
      stage.socket.send(0, new Uint8Array(length).fill(9));
      stage.socket.flush();
      const buffer = new Uint8Array(65_535);
      const [octets] = await within(client.receive(buffer), LIMIT, "reply");
      assertEquals([octets.length, octets.every((octet) => octet === 9)], [length, true]);
    }
  });

  test(".send() during a flush leaves with a later one", async (stage) => {
    const client = stage.client();
    await stage.send(client, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    stage.socket.send(0, Uint8Array.of(1));
    stage.socket.flush();
    stage.socket.send(0, Uint8Array.of(2));
    stage.socket.flush();
    assertEquals([await received(client), await received(client)], [[1], [2]]);
  });

  test(".unsent counts what has not left, and is 0 once it has", async (stage) => {
    const client = stage.client();
    await stage.send(client, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    assertEquals(stage.socket.unsent, 0);
    for (let count = 0; count < 3; count++) stage.socket.send(0, Uint8Array.of(count));
    assertEquals(stage.socket.unsent, 3);
    stage.socket.flush();
    for (let count = 0; count < 3; count++) await received(client);
    await waitUntil(() => stage.socket.unsent === 0, "everything has left", LIMIT);
  });

  test(".keepPeer() replaces what was kept under the number", async (stage) => {
    const [first, second] = [stage.client(), stage.client()];
    for (const client of [first, second]) {
      await stage.send(client, 1);
      await stage.take(1, (index) => stage.socket.keepPeer(index, CAPACITY - 1));
    }
    stage.socket.send(CAPACITY - 1, Uint8Array.of(5));
    stage.socket.flush();
    assertEquals(await received(second), [5]);
  });

  test(".isPeer() compares address and port", async (stage) => {
    const [first, second] = [stage.client(), stage.client()];
    await stage.send(first, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    const isFirst: boolean[] = [];
    for (const client of [first, second, first]) {
      await stage.send(client, 1);
      await stage.take(1, (index) => isFirst.push(stage.socket.isPeer(index, 0)));
    }
    assertEquals(isFirst, [true, false, true]);
  });

  test(".isPeer() tells equal ports of two addresses apart", async (stage) => {
    const first = stage.client("127.0.0.1");
    const second = Deno.listenDatagram({
      transport: "udp",
      hostname: "127.0.0.2",
      port: portOf(first),
    });
    try {
      await stage.send(first, 1);
      await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
      await stage.send(second, 1);
      await stage.take(1, (index) => {
        assertEquals(stage.socket.peerHost(index), "127.0.0.2");
        assertEquals(stage.socket.isPeer(index, 0), false);
      });
    } finally {
      second.close();
    }
  });

  test(".receive() yields every datagram of a burst", async (stage) => {
    const client = stage.client();
    for (let number = 0; number < 50; number++) await stage.send(client, number);
    const seen: number[] = [];
    await stage.take(50, (_, datagram) => seen.push(datagram[0]));
    assertEquals(seen, Array.from({ length: 50 }, (_, number) => number));
  });

  test(".receive() goes on after a reply to a client that is gone", async (stage) => {
    const gone = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    await stage.send(gone, 1);
    await stage.take(1, (index) => stage.socket.keepPeer(index, 0));
    gone.close();
    stage.socket.send(0, Uint8Array.of(1));
    stage.socket.flush();
    const client = stage.client();
    await stage.send(client, 2);
    await stage.take(1, (index, datagram) => {
      assertEquals([...datagram], [2]);
      stage.socket.keepPeer(index, 1);
    });
    stage.socket.send(1, Uint8Array.of(3));
    stage.socket.flush();
    assertEquals(await received(client), [3]);
  });

  test(".close() ends a receive() under way, and later ones, with 0", async (stage) => {
    const waiting = stage.socket.receive();
    stage.socket.close();
    assertEquals(await within(waiting, LIMIT, "end"), 0);
    assertEquals(await within(stage.socket.receive(), LIMIT, "end"), 0);
    stage.socket.close();
  });

  test(" serves IPv6 as well", async (stage) => {
    const client = stage.client("::1");
    await stage.send(client, 6);
    await stage.take(1, (index) => {
      assertEquals(stage.socket.peerHost(index), "::1");
      stage.socket.keepPeer(index, 0);
    });
    stage.socket.send(0, Uint8Array.of(66));
    stage.socket.flush();
    assertEquals(await received(client), [66]);
  }, "::1");
}
