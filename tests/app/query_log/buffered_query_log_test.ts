import { assert, assertEquals } from "@std/assert";
import { BufferedQueryLog, type LineSink } from "../../../lib/app/query_log/buffered_query_log.ts";
import { FakeClock, settled } from "../../helpers/fake_clock.ts";
import { loggedQuery } from "./logged_query.ts";

const TICK = 250;
const MINUTE = 60_000;
/** Room for a few lines in each buffer. */
const CAPACITY = 8192;

/** A file whose disk does what the test says. */
class FakeSink implements LineSink {
  readonly path = "/var/log/queries.log";
  /** What happened, in order. */
  readonly events: string[] = [];
  text = "";
  isSlow = false;
  /** Octets that the disk still takes; parts of lines are taken back. */
  room = Infinity;
  #waiting: (() => void) | undefined;

  async append(lines: Uint8Array): Promise<number> {
    const text = new TextDecoder().decode(lines.slice());
    this.events.push("append");
    if (this.isSlow) await new Promise<void>((resolve) => this.#waiting = resolve);
    const taken = text.slice(0, Math.min(this.room, text.length));
    const whole = taken.slice(0, taken.lastIndexOf("\n") + 1);
    this.room -= whole.length;
    this.text += whole;
    return whole.length;
  }

  /** The disk is done with the write that waits. */
  async proceed(): Promise<void> {
    this.#waiting?.();
    await settled();
  }

  reopen(): Promise<void> | void {
    this.events.push("reopen");
  }

  close(): void {
    this.events.push("close");
  }

  get lines(): { name?: string; missing?: number; cause?: string }[] {
    return this.text.split("\n").slice(0, -1).map((line) => JSON.parse(line));
  }
}

function start() {
  const [sink, clock] = [new FakeSink(), new FakeClock()];
  const warnings: string[] = [];
  const log = {
    debug() {},
    info() {},
    error() {},
    warning: (text: string) => void warnings.push(text),
  };
  const queries = new BufferedQueryLog({
    sink,
    clients: "full",
    clock,
    log,
    wall: () => Date.UTC(2026, 0, 1) + clock.now(),
    capacity: CAPACITY,
  });
  let asked = 0;
  const add = (count: number) => {
    for (let each = 0; each < count; each++) {
      queries.add(loggedQuery({ name: `n${asked++}.example` }));
    }
  };
  return { sink, clock, warnings, queries, add };
}

Deno.test("BufferedQueryLog writes what has come once every 250 ms, in one write, and has no timer while nothing comes", async () => {
  const { sink, clock, queries, add } = start();
  assertEquals(clock.running, 0);
  add(3);
  await clock.pass(TICK - 1);
  assertEquals(sink.events, []);
  await clock.pass(1);
  assertEquals([sink.events, sink.lines.map(({ name }) => name)], [
    ["append"],
    ["n0.example.", "n1.example.", "n2.example."],
  ]);
  await clock.pass(TICK);
  assertEquals([clock.running, queries.written, queries.dropped], [0, 3, 0]);
});

Deno.test("BufferedQueryLog writes at once what half fills a buffer", async () => {
  const { sink, add } = start();
  add(30);
  await settled();
  assert(sink.lines.length > 10, `${sink.lines.length}`);
});

Deno.test("BufferedQueryLog has one write under way, keeps what comes meanwhile, and drops and counts what finds no room", async () => {
  const { sink, clock, queries, warnings, add } = start();
  sink.isSlow = true;
  add(1);
  await clock.pass(TICK);
  add(500);
  await clock.pass(TICK);
  assertEquals(sink.events, ["append"]);
  assert(queries.dropped > 400, `${queries.dropped}`);
  const { dropped } = queries;
  assertEquals(warnings, [
    `${dropped} queries are missing in the query log: the disk is too slow`,
  ]);
  sink.isSlow = false;
  await sink.proceed();
  await clock.pass(2 * TICK);
  add(1);
  await clock.pass(TICK);
  assertEquals(queries.written + queries.dropped, 502);
  const at = sink.lines.findIndex(({ missing }) => missing === dropped);
  const [before, , after] = sink.lines.slice(at - 1);
  assertEquals([before.name, after.name], [`n${500 - dropped}.example.`, "n501.example."]);
});

Deno.test("BufferedQueryLog counts what cannot be written, and says so in the file once it can", async () => {
  const { sink, clock, queries, add } = start();
  sink.room = 0;
  add(3);
  await clock.pass(TICK);
  assertEquals([queries.written, queries.dropped], [0, 3]);
  sink.room = Infinity;
  add(1);
  await clock.pass(TICK);
  add(1);
  await clock.pass(TICK);
  const [missing] = sink.lines.filter((each) => each.missing !== undefined);
  assertEquals([missing.missing, missing.cause], [3, "the log could not be written"]);
  assertEquals([queries.written, queries.dropped], [2, 3]);
});

Deno.test("BufferedQueryLog counts the lines of a write of which only a part has found room", async () => {
  const { sink, clock, queries, add } = start();
  add(1);
  await clock.pass(TICK);
  sink.room = 3.5 * sink.text.length;
  add(9);
  await clock.pass(TICK);
  assertEquals([queries.written, queries.dropped, sink.lines.length], [4, 6, 4]);
});

Deno.test("BufferedQueryLog tells the ordinary log once a minute, of all that is missing since", async () => {
  const { sink, clock, warnings, add } = start();
  sink.room = 0;
  const told = "missing in the query log: the log could not be written";
  add(1);
  await clock.pass(2 * TICK);
  assertEquals(warnings, [`One query is ${told}`]);
  for (let second = 0; second < 50; second++) {
    add(1);
    await clock.pass(1000);
  }
  assertEquals(warnings.length, 1);
  await clock.pass(MINUTE);
  assertEquals(warnings, [`One query is ${told}`, `50 queries are ${told}`]);
  assertEquals(clock.running, 0);
});

Deno.test("BufferedQueryLog.reopen() is left until nothing is being written", async () => {
  const { sink, clock, queries, add } = start();
  queries.reopen();
  assertEquals(sink.events, ["reopen"]);
  sink.isSlow = true;
  add(1);
  await clock.pass(TICK);
  queries.reopen();
  assertEquals(sink.events, ["reopen", "append"]);
  await sink.proceed();
  assertEquals(sink.events, ["reopen", "append", "reopen"]);
});

Deno.test("BufferedQueryLog keeps what comes until the file is opened again, on a disk that has stopped", async () => {
  const { sink, clock, queries, add } = start();
  const opening = Promise.withResolvers<void>();
  sink.reopen = () => {
    sink.events.push("reopen");
    return opening.promise;
  };
  queries.reopen();
  add(3);
  await clock.pass(10 * TICK);
  assertEquals([sink.events, sink.lines.length], [["reopen"], 0]);
  opening.resolve();
  await settled();
  await clock.pass(2 * TICK);
  assertEquals([sink.events, sink.lines.length], [["reopen", "append"], 3]);
});

Deno.test("BufferedQueryLog.close() writes what is left, then closes the file, and takes nothing more", async () => {
  const { sink, clock, queries, add } = start();
  sink.isSlow = true;
  add(1);
  await clock.pass(TICK);
  add(1);
  const closed = queries.close();
  add(1);
  sink.isSlow = false;
  await sink.proceed();
  await closed;
  assertEquals([sink.lines.length, sink.events], [2, ["append", "append", "close"]]);
  assertEquals(clock.running, 0);
});

Deno.test("BufferedQueryLog.close() does not wait for a disk that has stopped", async () => {
  const { sink, clock, queries, add } = start();
  sink.isSlow = true;
  add(1);
  await clock.pass(TICK);
  queries.reopen();
  const closed = queries.close();
  await clock.pass(500);
  await closed;
  await sink.proceed();
  assertEquals(sink.events, ["append", "close"]);
});

Deno.test("BufferedQueryLog leaves out what the program asks itself, and nothing else without a question", async () => {
  const { sink, clock, queries } = start();
  const own = loggedQuery();
  Object.assign(own.to, { questionEnd: 12, flags: 2 << 11 });
  const malformed = loggedQuery();
  malformed.to.questionEnd = 12;
  for (const each of [own, malformed]) queries.add(each);
  await clock.pass(TICK);
  assertEquals(sink.lines.length, 1);
});
