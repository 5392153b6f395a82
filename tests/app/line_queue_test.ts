/** Lines that leave for a place which is slow, stuck or broken. */

import { assert, assertEquals } from "@std/assert";
import { LineQueue } from "../../lib/app/line_queue.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";

/** A place for lines that takes them only when the test lets it. */
class Sink {
  text = "";
  problem = "";
  isStuck = false;
  #release = Promise.withResolvers<void>();

  release(): void {
    this.isStuck = false;
    this.#release.resolve();
    this.#release = Promise.withResolvers();
  }

  async append(lines: Uint8Array): Promise<number> {
    if (this.isStuck) await this.#release.promise;
    if (this.problem !== "") return 0;
    this.text += new TextDecoder().decode(lines);
    return lines.length;
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

function stage(capacity?: number) {
  const clock = new FakeClock();
  const sink = new Sink();
  const warning = (text: string) => `Warning: ${text}`;
  const queue = new LineQueue({ sink, clock, warning, slow: "unread", capacity });
  return { clock, sink, queue };
}

Deno.test("LineQueue keeps all lines and their order while they are taken", async () => {
  const { sink, queue } = stage();
  const lines = Array.from({ length: 2000 }, (_, at) => `line ${at}`);
  for (const line of lines) queue.write(line);
  await queue.settle(1000);
  assertEquals(sink.lines, lines);
});

Deno.test("LineQueue says how many lines are missing, once, where they would have been", async () => {
  const { sink, queue } = stage(70);
  sink.isStuck = true;
  for (let at = 0; at < 20; at++) queue.write(`line number ${at % 10}`);
  assertEquals(sink.lines, []);
  sink.release();
  await queue.settle(1000);
  queue.write("afterwards");
  await queue.settle(1000);
  const kept = [0, 1, 2, 3, 4].map((at) => `line number ${at}`);
  assertEquals(sink.lines, [...kept, "Warning: 15 lines are missing here: unread", "afterwards"]);
});

Deno.test("LineQueue leaves out a line that is larger than all its room, and goes on", async () => {
  const { sink, queue } = stage(70);
  queue.write("x".repeat(100));
  await queue.settle(1000);
  queue.write("afterwards");
  await queue.settle(1000);
  assertEquals(sink.lines, ["Warning: One line is missing here: unread", "afterwards"]);
});

Deno.test("LineQueue says what was not written, and why, with the first line that is", async () => {
  const { sink, queue } = stage();
  sink.problem = "no space left";
  queue.write("one");
  await queue.settle(1000);
  queue.write("two");
  await queue.settle(1000);
  sink.problem = "";
  queue.write("three");
  await queue.settle(1000);
  assertEquals(sink.lines, ["Warning: 2 lines are missing here: no space left", "three"]);
});

Deno.test("LineQueue.settle() does not wait for ever", async () => {
  const { clock, sink, queue } = stage();
  sink.isStuck = true;
  queue.write("one");
  const settled = queue.settle(400);
  clock.advance(400);
  await settled;
  assertEquals(sink.lines, []);
  sink.release();
  await queue.settle(400);
  assertEquals(sink.lines, ["one"]);
});

Deno.test("LineQueue.between() waits for the write that is under way", async () => {
  const { sink, queue } = stage();
  sink.isStuck = true;
  queue.write("one");
  let called = 0;
  queue.between(() => called++);
  assertEquals(called, 0);
  sink.release();
  await queue.settle(400);
  assertEquals(called, 1);
  queue.between(() => called++);
  assert(called === 2);
});

Deno.test("LineQueue.between() lets lines wait until what it has called is done", async () => {
  const { sink, queue } = stage();
  const opening = Promise.withResolvers<void>();
  let called = 0;
  queue.between(() => opening.promise);
  queue.write("one");
  queue.between(() => called++);
  await settled();
  assertEquals([sink.lines, called], [[], 0]);
  opening.resolve();
  await queue.settle(400);
  assertEquals([sink.lines, called], [["one"], 1]);
  queue.between(() => Promise.resolve());
  await queue.settle(400);
  queue.write("two");
  await queue.settle(400);
  assertEquals(sink.lines, ["one", "two"]);
});
