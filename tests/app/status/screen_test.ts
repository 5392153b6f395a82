import { assertEquals } from "@std/assert";
import type { Line, Rank } from "../../../lib/app/status/line.ts";
import { fitted, frame } from "../../../lib/app/status/screen.ts";

const LINES: Line[] = [
  { text: "verdict", rank: 0, grade: "bad" },
  { text: "", rank: 8 },
  { text: "upstream", rank: 1 },
  { text: "details", rank: 6 },
  { text: "rates", rank: 2 },
  { text: "more details", rank: 6 },
];

function texts(rows: number, columns = 80): string[] {
  return fitted(LINES, { rows, columns }).map(({ text }) => text);
}

Deno.test("fitted() leaves out what matters least, from below, and keeps the order", () => {
  assertEquals(texts(6), LINES.map(({ text }) => text));
  assertEquals(texts(5), ["verdict", "upstream", "details", "rates", "more details"]);
  assertEquals(texts(4), ["verdict", "upstream", "details", "rates"]);
  assertEquals(texts(2), ["verdict", "upstream"]);
  assertEquals(texts(1), ["verdict"]);
});

Deno.test("fitted() cuts lines at the width, and no character in two", () => {
  assertEquals(texts(2, 3), ["ver", "ups"]);
  const line = { text: "a\u{1f600}b", rank: 0 as Rank };
  assertEquals(fitted([line], { rows: 1, columns: 2 })[0].text, "a\u{1f600}");
});

Deno.test("frame() draws from the start, clears before each line, and ends without a new one", () => {
  const size = { rows: 2, columns: 80 };
  assertEquals(frame(LINES, size, false), "\x1b[H\x1b[2Kverdict\r\n\x1b[Jupstream");
  assertEquals(
    frame(LINES, size, true),
    "\x1b[H\x1b[2K\x1b[31mverdict\x1b[0m\r\n\x1b[Jupstream",
  );
  assertEquals(frame([], size, false), "\x1b[H\x1b[J");
});
