/** The events of a running instance, over its control socket. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { MAX_REPLY_LENGTH } from "../../../lib/app/instance/control_protocol.ts";
import { InstanceError } from "../../../lib/app/instance/instance_error.ts";
import { eventsText, readEvents } from "../../../lib/app/instance/status_events.ts";
import { FlightRecorder, type RecordedEvent } from "../../../lib/base/log/flight_recorder.ts";
import { ControlStage } from "./control_stage.ts";

const LONG = 10_000;
const START = Date.parse("2026-07-01T12:34:56.789Z");
const EVENTS = '{"version":1,"command":"events"}\n';

function recorded(texts: readonly string[], capacity = 512): readonly RecordedEvent[] {
  const recorder = new FlightRecorder(capacity);
  for (const text of texts) recorder.take({ severity: 4, category: "upstream", text }, START);
  return recorder.events();
}

Deno.test("ControlServer answers events with what happened, the oldest first", async () => {
  using stage = new ControlStage();
  assertEquals(await stage.said(EVENTS), '{"version":1,"ok":true,"events":[]}\n');
  stage.controlled.recorded = recorded(["a", "b", "b"]);
  const common = {
    time: "2026-07-01T12:34:56.789Z",
    level: "warning",
    category: "upstream",
  };
  assertEquals(JSON.parse(await stage.said(EVENTS)), {
    version: 1,
    ok: true,
    events: [
      { number: 1, ...common, message: "a" },
      { number: 2, ...common, message: "b", times: 2, last: common.time },
    ],
  });
});

Deno.test("ControlServer answers events from a number on, and takes what is none for the first", async () => {
  using stage = new ControlStage();
  stage.controlled.recorded = recorded(["a", "b", "c"]);
  const cases: [unknown, string][] = [
    [2, "bc"],
    [4, ""],
    [-1, "abc"],
    [1.5, "bc"],
    ["2", "abc"],
    [null, "abc"],
    [{}, "abc"],
  ];
  for (const [from, expected] of cases) {
    const command = JSON.stringify({ version: 1, command: "events", from });
    const { events } = JSON.parse(await stage.said(`${command}\n`));
    assertEquals(events.map(({ message }: { message: string }) => message).join(""), expected);
  }
});

Deno.test("readEvents() has all events, in as many replies as they take", async () => {
  using stage = new ControlStage();
  const texts = Array.from({ length: 600 }, (_, number) => `${number} `.padEnd(1000, "\u20ac\x1b"));
  stage.controlled.recorded = recorded(texts);
  const first = await stage.said(EVENTS);
  assert(new TextEncoder().encode(first).length <= MAX_REPLY_LENGTH);
  assert(JSON.parse(first).next > 1);
  const events = await readEvents(stage.directory, LONG);
  assertEquals(events.map(({ message }) => message), texts.slice(-512));
});

Deno.test("readEvents() says what the instance says instead", async () => {
  using temp = new ControlStage();
  temp.controlled.events = () => {
    throw new Error("No\x1b such command");
  };
  const { message } = await assertRejects(() => readEvents(temp.directory, LONG), InstanceError);
  assertEquals(message, "No\\x1b such command");
});

Deno.test("eventsText() has a line for each, that moves no cursor", () => {
  const time = "2026-07-01T12:34:56.789Z";
  const last = "2026-07-01T12:35:00.000Z";
  const common = { number: 1, time, level: "debug", category: "clock" };
  const text = eventsText([
    { ...common, message: "a" },
    { ...common, message: "b\x1b[2J\nc", times: 3, last },
  ]);
  assertEquals(
    text,
    "2026-07-01 12:34:56.789Z clock debug: a\n" +
      "2026-07-01 12:34:56.789Z clock debug: b\\x1b[2J\\x0ac (3 times until 2026-07-01 12:35:00.000Z)",
  );
  assertEquals(eventsText([]), "Nothing has happened");
});
