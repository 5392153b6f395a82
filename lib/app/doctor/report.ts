/** What the doctor prints, as it goes: findings with a label in front, and progress on a terminal only. */

import { printable } from "../printable.ts";

const LABEL_WIDTH = 14;
const ERASE_LINE = "\r\x1b[K";

export interface Report {
  /** A finding; further lines stand below the first. Text of the server's may be in it. */
  finding(label: string, ...lines: readonly string[]): void;
  /** A line of its own. */
  line(text: string): void;
  /** Shown until the next call of anything, and only to a person who waits. */
  progress(text: string): void;
}

/** The report on standard output. */
export function standardReport(): Report {
  const isTerminal = Deno.stdout.isTerminal();
  let isShown = false;
  const erase = () => {
    if (isShown) write(ERASE_LINE);
    isShown = false;
  };
  const line = (text: string) => {
    erase();
    console.log(printable(text));
  };
  return {
    line,
    finding: (label, ...lines) => {
      for (const [index, text] of lines.entries()) {
        line(`${(index === 0 ? label : "").padEnd(LABEL_WIDTH)} ${text}`);
      }
    },
    progress: (text) => {
      erase();
      if (isTerminal) write(`${" ".repeat(LABEL_WIDTH)} ${text}`);
      isShown = isTerminal;
    },
  };
}

/** Milliseconds, as finely as they are worth. */
export function milliseconds(duration: number): string {
  return `${duration.toFixed(duration < 10 ? 1 : 0)} ms`;
}

/** Milliseconds, in seconds. */
export function seconds(duration: number): string {
  return `${(duration / 1000).toFixed(1)} s`;
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}
