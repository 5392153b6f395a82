import { assertEquals } from "@std/assert";
import {
  dumpLines,
  eventText,
  FlightRecorder,
  MAX_TEXT,
} from "../../../lib/base/log/flight_recorder.ts";

const START = Date.parse("2026-07-01T12:34:56.789Z");

/** Takes the texts a second apart. */
function record(texts: readonly string[], capacity = 4): FlightRecorder {
  const recorder = new FlightRecorder(capacity);
  texts.forEach((text, at) => {
    recorder.take({ severity: 6, category: "upstream", text }, START + 1000 * at);
  });
  return recorder;
}

function texts(recorder: FlightRecorder): string[] {
  return recorder.events().map(({ text }) => text);
}

Deno.test("FlightRecorder keeps the last events, the oldest first, with what is known of them", () => {
  assertEquals(texts(record([])), []);
  assertEquals(texts(record(["a", "b"])), ["a", "b"]);
  const recorder = record(["a", "b", "c", "d", "e", "f"]);
  assertEquals(texts(recorder), ["c", "d", "e", "f"]);
  assertEquals(recorder.total, 6);
  recorder.take({ severity: 3, category: "config", text: "g", upstream: "u" }, START);
  assertEquals(recorder.events().at(-1), {
    number: 7,
    time: START,
    last: START,
    level: "error",
    category: "config",
    upstream: "u",
    text: "g",
    times: 1,
  });
});

Deno.test("FlightRecorder counts events that are repeated, also by turns, so that they push out no others", () => {
  const recorder = record(["start", ...Array(100).fill(["down", "up"]).flat()]);
  assertEquals(texts(recorder), ["start", "down", "up"]);
  const [, down, up] = recorder.events();
  assertEquals([down.times, down.time, down.last], [100, START + 1000, START + 199_000]);
  assertEquals([up.times, up.time, up.last], [100, START + 2000, START + 200_000]);
});

Deno.test("FlightRecorder.events() is a copy", () => {
  const recorder = record(["a"]);
  const before = recorder.events();
  recorder.take({ severity: 6, category: "upstream", text: "a" }, START);
  assertEquals([before[0].times, recorder.events()[0].times], [1, 2]);
});

Deno.test("FlightRecorder makes one line of several, and shortens what is long", () => {
  const recorder = record(["one\n  two\r\nthree", "x".repeat(5000)]);
  assertEquals(texts(recorder), ["one; two; three", "x".repeat(MAX_TEXT)]);
});

Deno.test("dumpLines() tells all events between two lines that say what it is", () => {
  assertEquals(dumpLines(record(["a", "b", "b"]), "why"), [
    "Flight recorder (why), all 2 events:",
    "Event 2026-07-01 12:34:56.789Z upstream info: a",
    "Event 2026-07-01 12:34:57.789Z upstream info: b (2 times until 2026-07-01 12:34:58.789Z)",
    "End of the flight recorder",
  ]);
  const [headline] = dumpLines(record(["a", "b", "c", "d", "e"]), "why");
  assertEquals(headline, "Flight recorder (why), the last 4 of 5 events:");
  assertEquals(
    eventText(record(["a"]).events()[0]),
    "2026-07-01 12:34:56.789Z upstream info: a",
  );
});
