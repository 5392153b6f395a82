/** What becomes of datagrams when the calls that move many at once fail, in every way that matters. */

import { assert, assertEquals } from "@std/assert";
import { BatchDatagramSocket } from "../../lib/net/batch_datagram_socket.ts";
import { type BatchCalls, CLibrary, Errno } from "../../lib/net/c_library.ts";
import type { Address } from "../../lib/net/address.ts";
import { waitUntil, within } from "../helpers/waiting.ts";

const EPERM = 1;
const LIMIT = 20_000;
/** Stays open, as in the program. */
const library = CLibrary.open();

/** The C library, with one call that behaves as a test says. */
class ScriptedCalls implements BatchCalls {
  errno = 0;
  /** The errno with which the next calls fail; 0: the call is made. */
  receiveErrors: number[] = [];
  sendErrors: number[] = [];
  /** The most messages that one call sends. */
  sendLimit = Infinity;
  /** Every call fails with this, if set. */
  alwaysSend = 0;
  alwaysReceive = 0;
  receives = 0;
  sends = 0;

  address(octets: Uint8Array): number {
    return library.address(octets);
  }

  receiveMessages(descriptor: number, headers: Uint8Array, count: number): number {
    this.receives++;
    this.errno = this.receiveErrors.shift() ?? this.alwaysReceive;
    if (this.errno !== 0) return -1;
    const received = library.receiveMessages(descriptor, headers, count);
    if (received < 0) this.errno = library.errno;
    return received;
  }

  sendMessages(descriptor: number, headers: Uint8Array, count: number): number {
    this.sends++;
    this.errno = this.sendErrors.shift() ?? this.alwaysSend;
    if (this.errno !== 0) return -1;
    return library.sendMessages(descriptor, headers, Math.min(count, this.sendLimit));
  }

  datagramDescriptor(address: Address): number {
    return library.datagramDescriptor(address);
  }

  scope(descriptor: number): number {
    return library.scope(descriptor);
  }

  enlargeBuffers(descriptor: number, octets: number): number {
    return library.enlargeBuffers(descriptor, octets);
  }
}

/** A socket with scripted calls, and a client whose address it keeps as peer 0. */
class Stage implements Disposable {
  readonly calls = new ScriptedCalls();
  readonly fallbacks: string[] = [];
  /** Milliseconds; they pass when a test says so. */
  now = 0;
  readonly client = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  readonly socket = new BatchDatagramSocket(
    Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 }),
    1,
    this.calls,
    (reason) => this.fallbacks.push(reason),
    () => this.now,
  );

  async ask(...numbers: number[]): Promise<void> {
    const to = { transport: "udp", ...this.socket.address } as const;
    for (const number of numbers) await this.client.send(Uint8Array.of(number), to);
  }

  /** The first octets of the next datagrams, taken batch by batch until there are `count`. */
  async take(count: number): Promise<number[]> {
    const numbers: number[] = [];
    while (numbers.length < count) {
      const batch = await within(this.socket.receive(), LIMIT, "datagram");
      assert(batch > 0, "the socket is closed");
      for (let index = 0; index < batch; index++) {
        this.socket.keepPeer(index, 0);
        numbers.push(this.socket.datagram(index)[0]);
      }
    }
    return numbers;
  }

  /** Sends replies of one octet each, and returns what the client gets. */
  async reply(count: number): Promise<number[]> {
    for (let number = 0; number < count; number++) this.socket.send(0, Uint8Array.of(number));
    this.socket.flush();
    const got: number[] = [];
    while (got.length < count) {
      got.push((await within(this.client.receive(), LIMIT, "reply"))[0][0]);
    }
    await waitUntil(() => this.socket.unsent === 0, "everything has left", LIMIT);
    return got.toSorted((a, b) => a - b);
  }

  [Symbol.dispose](): void {
    this.socket.close();
    this.client.close();
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, number) => number);
}

async function startStage(): Promise<Stage> {
  const stage = new Stage();
  await stage.ask(0);
  await stage.take(1);
  return stage;
}

Deno.test("BatchDatagramSocket.receive() takes a datagram alone after a pause, and all that has come soon after it", async () => {
  using stage = new Stage();
  await stage.ask(...numbers(40));
  const batch = () => within(stage.socket.receive(), LIMIT, "datagrams");
  assertEquals([await batch(), await batch()], [1, 39]);
  stage.now += 1;
  await stage.ask(...numbers(2));
  assertEquals(await batch(), 2, "the last batch had more");
  stage.now += 1;
  await stage.ask(1);
  assertEquals(await batch(), 1);
  stage.now += 1;
  await stage.ask(...numbers(2));
  assertEquals([await batch(), await batch()], [1, 1]);
});

Deno.test("BatchDatagramSocket loses nothing of a burst of 1,000 that came before it was read (D7)", async () => {
  using stage = new Stage();
  await stage.ask(...numbers(1000).map((number) => number & 0xff));
  assertEquals(await stage.take(1000), numbers(1000).map((number) => number & 0xff));
  assertEquals(stage.fallbacks, []);
});

Deno.test("BatchDatagramSocket.send() sends more replies than one call takes", async () => {
  using stage = await startStage();
  assertEquals(await stage.reply(200), numbers(200));
  assertEquals(stage.fallbacks, []);
});

Deno.test("BatchDatagramSocket.flush() goes on where the kernel stopped", async () => {
  using stage = await startStage();
  stage.calls.sendLimit = 3;
  assertEquals(await stage.reply(10), numbers(10));
  assertEquals([stage.calls.sends, stage.fallbacks], [4, []]);
});

Deno.test("BatchDatagramSocket.flush() sends again when a signal interrupts it", async () => {
  using stage = await startStage();
  stage.calls.sendErrors = [Errno.EINTR];
  assertEquals(await stage.reply(5), numbers(5));
  assertEquals([stage.calls.sends, stage.fallbacks], [2, []]);
});

for (const errno of [Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM]) {
  Deno.test(`BatchDatagramSocket.flush() waits for room when there is none now (errno ${errno})`, async () => {
    using stage = await startStage();
    stage.calls.sendErrors = [errno];
    assertEquals(await stage.reply(5), numbers(5));
    assertEquals([stage.calls.sends, stage.fallbacks], [1, []]);
    assertEquals(await stage.reply(5), numbers(5));
    assertEquals(stage.calls.sends, 2, "later replies leave in batches again");
  });
}

Deno.test("BatchDatagramSocket.flush() sends one reply otherwise that it may be at fault for, and goes on", async () => {
  using stage = await startStage();
  stage.calls.sendErrors = [EPERM];
  assertEquals(await stage.reply(5), numbers(5));
  assertEquals([stage.calls.sends, stage.fallbacks], [2, []]);
});

Deno.test("BatchDatagramSocket falls back once, and loses no reply, when sendmmsg is not there", async () => {
  using stage = await startStage();
  stage.calls.alwaysSend = Errno.ENOSYS;
  assertEquals(await stage.reply(5), numbers(5));
  assertEquals(await stage.reply(5), numbers(5));
  assertEquals(stage.fallbacks, [`sendmmsg failed with error ${Errno.ENOSYS}`]);
  assertEquals(stage.calls.sends, 1, "it is not tried again");
});

Deno.test("BatchDatagramSocket falls back once, and loses no reply, when sendmmsg fails again and again", async () => {
  using stage = await startStage();
  stage.calls.alwaysSend = EPERM;
  assertEquals(await stage.reply(100), numbers(100));
  assertEquals(stage.fallbacks, [`sendmmsg failed with error ${EPERM}`]);
});

Deno.test("BatchDatagramSocket falls back once, and loses no datagram, when recvmmsg is not there", async () => {
  using stage = new Stage();
  stage.calls.alwaysReceive = Errno.ENOSYS;
  await stage.ask(...numbers(20));
  assertEquals(await stage.take(20), numbers(20));
  assertEquals(stage.fallbacks, [`recvmmsg failed with error ${Errno.ENOSYS}`]);
  assertEquals(stage.calls.receives, 1, "it is not tried again");
});

Deno.test("BatchDatagramSocket goes on in batches after a failure that passes", async () => {
  using stage = new Stage();
  stage.calls.receiveErrors = [Errno.EINTR, Errno.ENOMEM];
  await stage.ask(...numbers(20));
  assertEquals(await stage.take(20), numbers(20));
  assertEquals(stage.calls.receiveErrors, [], "both were met");
  assertEquals(stage.fallbacks, []);
});

Deno.test("BatchDatagramSocket makes no call once it is closed: the descriptor may be another file's", async () => {
  using stage = await startStage();
  const { receives, sends } = stage.calls;
  stage.socket.send(0, Uint8Array.of(1));
  stage.socket.close();
  stage.socket.flush();
  stage.socket.send(0, Uint8Array.of(1));
  stage.socket.flush();
  assertEquals(await stage.socket.receive(), 0);
  assertEquals([stage.calls.receives, stage.calls.sends], [receives, sends]);
});

Deno.test("BatchDatagramSocket cannot be made of a socket that is not found", () => {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const calls = new ScriptedCalls();
  calls.datagramDescriptor = () => -1;
  try {
    new BatchDatagramSocket(socket, 1, calls, () => {});
    assert(false, "made");
  } catch (error) {
    assertEquals((error as Error).message, "the descriptor of the socket was not found");
  }
  socket.close();
});
