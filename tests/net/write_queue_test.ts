import { assertEquals } from "@std/assert";
import { type OctetWriter, WriteQueue } from "../../lib/net/write_queue.ts";
import { settled } from "../helpers/fake_clock.ts";
import { FrameCutter } from "../helpers/frames.ts";
import { concatenated, frame } from "../helpers/message.ts";

/** Keeps what is written; each write ends when the test says so. */
class ScriptedWriter implements OctetWriter {
  readonly writes: Uint8Array<ArrayBuffer>[] = [];
  #pending: PromiseWithResolvers<number> | undefined;

  get isWriting(): boolean {
    return this.#pending !== undefined;
  }

  write(octets: Uint8Array): Promise<number> {
    if (this.#pending) throw new Error("A write has begun before the one before has ended");
    this.writes.push(Uint8Array.from(octets));
    this.#pending = Promise.withResolvers();
    return this.#pending.promise;
  }

  /** The write under way has taken `count` octets: all of them if not told otherwise. */
  async accept(count = this.writes[this.writes.length - 1].length): Promise<void> {
    this.#end((pending) => pending.resolve(count));
    await settled();
  }

  async refuse(error: Error): Promise<void> {
    this.#end((pending) => pending.reject(error));
    await settled();
  }

  #end(end: (pending: PromiseWithResolvers<number>) => void): void {
    const pending = this.#pending;
    if (pending === undefined) throw new Error("No write is under way");
    this.#pending = undefined;
    end(pending);
  }
}

function start() {
  const writer = new ScriptedWriter();
  const events: string[] = [];
  const queue = new WriteQueue(
    writer,
    (error) => events.push(`error: ${(error as Error).message}`),
    () => events.push("drained"),
  );
  return { writer, queue, events };
}

const [A, B, C] = [1, 2, 3].map((octet) => new Uint8Array(20 + octet).fill(octet));

Deno.test("WriteQueue sends all messages of one turn in one write, each behind its length (RFC 7766, 8; DOT-02, TCP-05)", async () => {
  const { writer, queue } = start();
  for (const message of [A, B, C]) queue.push(message);
  assertEquals(writer.writes.length, 0, "nothing leaves before the turn has ended");
  await settled();
  assertEquals(writer.writes, [concatenated([frame(A), frame(B), frame(C)])]);
  await writer.accept();
});

Deno.test("WriteQueue sends a message at once after a pause, and those soon after a write together at the end of the turn", async () => {
  const written: Uint8Array[] = [];
  const writer = {
    write: (octets: Uint8Array) => {
      written.push(octets.slice());
      return Promise.resolve(octets.length);
    },
  };
  let now = 0;
  const fail = (error: unknown) => {
    throw error;
  };
  const queue = new WriteQueue(writer, fail, () => {}, () => now);
  const promises = async () => {
    for (let step = 0; step < 20; step++) await undefined;
  };
  queue.push(A);
  await promises();
  assertEquals(written, [frame(A)], "at once");
  queue.push(B);
  await promises();
  queue.push(C);
  await promises();
  assertEquals(written.length, 1, "the turn has not ended");
  await settled();
  assertEquals(written, [frame(A), concatenated([frame(B), frame(C)])]);
  now += 1;
  queue.push(A);
  await promises();
  assertEquals(written.length, 3, "at once again");
});

Deno.test("WriteQueue writes one at a time; what comes meanwhile leaves with the next, in order", async () => {
  const { writer, queue } = start();
  queue.push(A);
  await settled();
  queue.push(B);
  await settled();
  queue.push(C);
  await settled();
  assertEquals(writer.writes.length, 1);
  await writer.accept();
  assertEquals(writer.writes[1], concatenated([frame(B), frame(C)]));
  await writer.accept();
  assertEquals([writer.writes.length, writer.isWriting], [2, false]);
});

Deno.test("WriteQueue writes the rest where a write took a part, and nothing of it twice", async () => {
  for (let part = 1; part < A.length; part++) {
    const { writer, queue } = start();
    queue.push(A);
    await settled();
    queue.push(B);
    await writer.accept(part);
    assertEquals(writer.writes[1], frame(A).slice(part), "the rest comes before later messages");
    await writer.accept();
    assertEquals(writer.writes[2], frame(B));
    await writer.accept();
  }
});

Deno.test("WriteQueue.push() takes a copy, of as many octets as told", async () => {
  const { writer, queue } = start();
  for (const length of [0, 5, 199, 200, 201, 1000]) {
    const message = new Uint8Array(1000).fill(7);
    queue.push(message, length);
    message.fill(9);
    await settled();
    assertEquals(writer.writes.at(-1), frame(new Uint8Array(length).fill(7)), `${length} octets`);
    await writer.accept();
  }
});

Deno.test("WriteQueue grows for what has to wait, up to messages of 65,535 octets (TCP-14)", async () => {
  const { writer, queue } = start();
  const messages = [100, 8190, 8192, 65_535, 1, 65_535].map((length, number) =>
    new Uint8Array(length).fill(number)
  );
  for (const message of messages) queue.push(message);
  await settled();
  for (const message of messages) queue.push(message);
  while (writer.isWriting) await writer.accept();
  const cutter = new FrameCutter();
  assertEquals(writer.writes.flatMap((each) => cutter.push(each)), [...messages, ...messages]);
  assertEquals(queue.pending, 0);
});

Deno.test("WriteQueue.pending counts octets until they have left", async () => {
  const { writer, queue } = start();
  assertEquals(queue.pending, 0);
  queue.push(A);
  assertEquals(queue.pending, A.length + 2);
  await settled();
  queue.push(B);
  assertEquals(queue.pending, A.length + B.length + 4);
  await writer.accept();
  assertEquals(queue.pending, B.length + 2);
  await writer.accept();
  assertEquals(queue.pending, 0);
});

Deno.test("WriteQueue says each time that everything has left, and not before", async () => {
  const { writer, queue, events } = start();
  queue.push(A);
  await settled();
  queue.push(B);
  await writer.accept();
  assertEquals(events, []);
  await writer.accept();
  assertEquals(events, ["drained"]);
  queue.push(C);
  await settled();
  await writer.accept();
  assertEquals(events, ["drained", "drained"]);
});

Deno.test("WriteQueue tells a failed write once, and forgets what it has", async () => {
  const { writer, queue, events } = start();
  queue.push(A);
  await settled();
  queue.push(B);
  await writer.refuse(new Error("broken pipe"));
  queue.push(C);
  await settled();
  assertEquals(events, ["error: broken pipe"]);
  assertEquals([writer.writes.length, queue.pending], [1, 0]);
});

Deno.test("WriteQueue.close() forgets what has not left, without a word", async () => {
  const { writer, queue, events } = start();
  queue.push(A);
  queue.close();
  queue.push(B);
  await settled();
  assertEquals([writer.writes, events, queue.pending], [[], [], 0]);
});

Deno.test("WriteQueue.close() during a write writes nothing more and tells no error", async () => {
  for (const isRefused of [false, true]) {
    const { writer, queue, events } = start();
    queue.push(A);
    await settled();
    queue.push(B);
    queue.close();
    if (isRefused) await writer.refuse(new Error("closed"));
    else await writer.accept();
    assertEquals([writer.writes.length, events], [1, []]);
  }
});
