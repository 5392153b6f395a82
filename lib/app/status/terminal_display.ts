/**
 * Shows the status in place, on the alternate screen of a terminal, without a cursor, and without what is typed.
 * All of that is undone by `close()`.
 */

import { type Display, type Shown, writeOut } from "./display.ts";
import { type Line, WIDTH } from "./line.ts";
import { frame, type Size } from "./screen.ts";

/** The terminal, as far as it is needed. */
export interface Terminal {
  /** Null where that is not known. */
  size(): Size | null;
  /** False, now or later: it is gone. */
  write(text: string): Shown;
  /** Whether what is typed is shown, and comes by lines. */
  setEcho(isOn: boolean): void;
}

/** Alternate screen, no cursor, lines that are cut at the end of the screen; and the other way round. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const USUAL_SIZE: Size = { columns: WIDTH, rows: 24 };

export class TerminalDisplay implements Display {
  readonly #terminal: Terminal;
  readonly #isColored: boolean;
  #lines: readonly Line[] = [];

  constructor(terminal: Terminal, isColored: boolean) {
    this.#terminal = terminal;
    this.#isColored = isColored;
    this.enter();
  }

  get width(): number {
    return this.#size.columns;
  }

  show(lines: readonly Line[]): Shown {
    this.#lines = lines;
    return this.redraw();
  }

  /** Takes the screen, at first and after somebody else had it. */
  enter(): void {
    this.#terminal.setEcho(false);
    this.#terminal.write(ENTER);
  }

  /** Draws again what was shown last, in the size that there is now. */
  redraw(): Shown {
    return this.#terminal.write(frame(this.#lines, this.#size, this.#isColored));
  }

  close(): Shown {
    const left = this.#terminal.write(LEAVE);
    this.#terminal.setEcho(true);
    return left;
  }

  get #size(): Size {
    const size = this.#terminal.size();
    return size && size.columns > 0 && size.rows > 0 ? size : USUAL_SIZE;
  }
}

/** The one that standard output leads to; keys come from standard input, if that is a terminal too. */
export const ownTerminal: Terminal = {
  size: () => Deno.consoleSize(),
  write: writeOut,
  setEcho(isOn) {
    // Signals of the keyboard go on as usual.
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(!isOn, { cbreak: !isOn });
  },
};
