/** `status --watch`: in place on a terminal, one below the other elsewhere, as JSON one line each. */

import { systemClock } from "../../base/clock.ts";
import { NoAnswer, NoInstance } from "../instance/control_client.ts";
import type { Reply } from "../instance/control_protocol.ts";
import { StandardStream } from "../standard_stream.ts";
import { type Display, writeOut } from "./display.ts";
import { ending, onDisturbance } from "./interruptions.ts";
import { jsonText } from "./json_text.ts";
import { type Line, Rank, SPACE } from "./line.ts";
import { StatusFeed } from "./status_feed.ts";
import { ownTerminal, TerminalDisplay } from "./terminal_display.ts";
import { statusFields } from "./status_text.ts";
import { TextDisplay } from "./text_display.ts";
import { watch } from "./watch.ts";

/** Milliseconds that the terminal may take to be as it was. */
const CLOSE_TIME = 400;

export interface WatchCommandOptions {
  /** Asks the instance; throws `NoInstance` or `NoAnswer`. */
  readonly ask: () => Promise<Reply>;
  readonly seconds: number;
  readonly isUnicode: boolean;
  /** Whether standard output is a terminal on which the cursor can be moved. */
  readonly hasScreen: boolean;
}

/** Watches until somebody ends it, or nobody sees it any more. */
export async function watchStatus(options: WatchCommandOptions): Promise<void> {
  const { hasScreen, seconds } = options;
  if (!hasScreen) return await show(new TextDisplay(), ending(), options);
  // Before anything is changed that has to be undone.
  const end = ending(Deno.stdin.isTerminal() ? Deno.stdin.readable : undefined);
  const display = new TerminalDisplay(ownTerminal, !Deno.noColor);
  try {
    onDisturbance(() => display.enter(), () => display.redraw());
    await show(display, end, options, () => [SPACE, clockLine(seconds)]);
  } finally {
    // A terminal that Ctrl-S has stopped takes nothing.
    const late = new Promise((resolve) => systemClock.after(CLOSE_TIME, () => resolve(false)));
    await Promise.race([display.close(), late]);
  }
}

/** The same for programs: a reply in a line. What is wrong is told on standard error, once. */
export async function watchJson({ ask, seconds }: WatchCommandOptions): Promise<void> {
  const standardError = new StandardStream("stderr");
  let told = "";
  const look = async () => {
    try {
      const reply = await ask();
      told = "";
      return await writeOut(`${jsonText(reply.ok ? statusFields(reply) : reply, false)}\n`);
    } catch (error) {
      if (!(error instanceof NoInstance || error instanceof NoAnswer)) throw error;
      const isNews = error.message !== told;
      told = error.message;
      const text = `dnsfwd: ${error.message}; trying again\n`;
      if (isNews) await standardError.append(new TextEncoder().encode(text));
      return true;
    }
  };
  await watch(look, { clock: systemClock, interval: seconds * 1000, end: ending() });
}

async function show(
  display: Display,
  end: AbortSignal,
  { ask, isUnicode, seconds }: WatchCommandOptions,
  foot: () => readonly Line[] = () => [],
): Promise<void> {
  const feed = new StatusFeed({ ask, clock: systemClock, wall: Date.now });
  const look = async () => {
    const lines = await feed.next({ width: display.width, isUnicode });
    return await display.show([...lines, ...foot()]);
  };
  await watch(look, { clock: systemClock, interval: seconds * 1000, end });
}

/** Shows that it goes on, and how to end it. */
function clockLine(seconds: number): Line {
  const time = new Date().toISOString().slice(11, 19);
  return { text: `${time}Z, every ${seconds} s; q ends`, rank: Rank.SPACE };
}
