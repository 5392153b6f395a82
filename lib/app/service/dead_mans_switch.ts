/**
 * Ends the process when it does not put that off in time: alarm(2), whose signal ends whoever has no handler
 * for it, also where nothing of the program can run any more. Time asleep does not count, and time stopped
 * (SIGSTOP) does: only for a program that somebody starts again.
 */

import { openCLibrary } from "../../base/open_c_library.ts";
import type { Switch } from "./self_check.ts";

const SYMBOLS = {
  alarm: { parameters: ["u32"], result: "u32" },
  signal: { parameters: ["i32", "usize"], result: "usize" },
} as const;

const SIGALRM = 14;
const SIG_DFL = 0n;

export class DeadMansSwitch implements Switch {
  readonly #alarm: (seconds: number) => number;

  private constructor(alarm: (seconds: number) => number) {
    this.#alarm = alarm;
  }

  /** Throws an `Error` that says why there can be none, starting in lower case. */
  static open(): DeadMansSwitch {
    const { alarm, signal } = openCLibrary(SYMBOLS);
    // Whoever started us may have had the signal ignored, which is inherited (execve(2)).
    signal(SIGALRM, SIG_DFL);
    return new DeadMansSwitch(alarm);
  }

  /** The process ends with SIGALRM in so many seconds, at least 1. */
  arm(seconds: number): void {
    this.#alarm(seconds);
  }

  disarm(): void {
    this.#alarm(0);
  }
}
