/** Shows the status below what was shown before, as text alone: for files, pipes, and the simplest terminals. */

import { type Display, type Shown, writeOut } from "./display.ts";
import { type Line, WIDTH } from "./line.ts";

export class TextDisplay implements Display {
  readonly width = WIDTH;
  readonly #write: (text: string) => Shown;
  #isFirst = true;

  constructor(write: (text: string) => Shown = writeOut) {
    this.#write = write;
  }

  /** An empty line stands between two blocks, and none within one. */
  show(lines: readonly Line[]): Shown {
    const text = lines.map((line) => `${line.text}\n`).join("");
    const isWritten = this.#write(this.#isFirst ? text : `\n${text}`);
    this.#isFirst = false;
    return isWritten;
  }

  close(): Shown {
    return true;
  }
}
