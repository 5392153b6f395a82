import { assertEquals } from "@std/assert";
import { Rank } from "../../../lib/app/status/line.ts";
import { type Terminal, TerminalDisplay } from "../../../lib/app/status/terminal_display.ts";
import { TextDisplay } from "../../../lib/app/status/text_display.ts";
import type { Size } from "../../../lib/app/status/screen.ts";

const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

/** A terminal that keeps what it is told. */
class FakeTerminal implements Terminal {
  written = "";
  hasEcho = true;
  isThere = true;

  constructor(public given: Size | null) {}

  size(): Size | null {
    return this.given;
  }

  write(text: string): boolean {
    this.written += text;
    return this.isThere;
  }

  setEcho(isOn: boolean): void {
    this.hasEcho = isOn;
  }
}

function lines(...texts: string[]) {
  return texts.map((text) => ({ text, rank: Rank.RATES }));
}

Deno.test("TerminalDisplay takes the screen, and leaves it and the echo as they were", () => {
  const terminal = new FakeTerminal({ columns: 80, rows: 24 });
  const display = new TerminalDisplay(terminal, false);
  assertEquals([terminal.written, terminal.hasEcho], [ENTER, false]);
  assertEquals(display.show(lines("one")), true);
  display.close();
  assertEquals([terminal.written, terminal.hasEcho], [`${ENTER}\x1b[H\x1b[Jone${LEAVE}`, true]);
});

Deno.test("TerminalDisplay draws the same again in the size that the terminal has by then", () => {
  const terminal = new FakeTerminal({ columns: 80, rows: 24 });
  const display = new TerminalDisplay(terminal, false);
  display.show(lines("one", "two"));
  terminal.given = { columns: 2, rows: 1 };
  terminal.written = "";
  display.redraw();
  assertEquals([terminal.written, display.width], ["\x1b[H\x1b[Jon", 2]);
});

Deno.test("TerminalDisplay takes 80 columns where the size is not known, and says when nobody is there", () => {
  const terminal = new FakeTerminal({ columns: 0, rows: 0 });
  const display = new TerminalDisplay(terminal, false);
  assertEquals(display.width, 80);
  terminal.given = null;
  terminal.isThere = false;
  assertEquals([display.width, display.show(lines("one"))], [80, false]);
});

Deno.test("TextDisplay puts an empty line between what it shows, and says when nobody reads any more", () => {
  let written = "";
  const display = new TextDisplay((text) => {
    written += text;
    return written.length < 10;
  });
  assertEquals(display.show(lines("one", "two")), true);
  assertEquals(display.show(lines("three")), false);
  assertEquals(written, "one\ntwo\n\nthree\n");
});
