/** What an instance says of itself from one time to the next, as lines: also that it is gone, or another. */

import type { Clock } from "../../base/clock.ts";
import { NoAnswer, NoInstance } from "../instance/control_client.ts";
import type { Reply } from "../instance/control_protocol.ts";
import type { Finding } from "../report/finding.ts";
import { shortSpan } from "../report/span_text.ts";
import type { Drawing } from "./client_block.ts";
import { type Line, Rank } from "./line.ts";
import { findingLines, refusalText, statusLines } from "./status_text.ts";

/** Milliseconds for which it is told that the instance is another one than before. */
const NEWS_TIME = 60_000;

export interface StatusFeedOptions {
  /** Asks the instance; throws `NoInstance` or `NoAnswer`. */
  readonly ask: () => Promise<Reply>;
  readonly clock: Clock;
  /** In milliseconds since 1970. */
  readonly wall: () => number;
}

export class StatusFeed {
  readonly #options: StatusFeedOptions;
  /** The latest process, and when it said something. */
  #latest: { readonly pid: unknown; readonly time: number } | undefined;
  #news: { readonly finding: Finding; readonly until: number } | undefined;

  constructor(options: StatusFeedOptions) {
    this.#options = options;
  }

  /** Asks once. */
  async next(drawing: Drawing): Promise<readonly Line[]> {
    const { ask, wall } = this.#options;
    try {
      const reply = await ask();
      if (!reply.ok) return this.#silence(refusalText(reply), drawing);
      this.#meet(reply.pid);
      const lines = statusLines(reply, wall(), drawing);
      const isFirst = ({ rank }: Line) => rank === Rank.VERDICT;
      return [
        ...lines.filter(isFirst),
        ...this.#newsLines(drawing),
        ...lines.filter((line) => !isFirst(line)),
      ];
    } catch (error) {
      if (!(error instanceof NoInstance || error instanceof NoAnswer)) throw error;
      return this.#silence(error.message, drawing);
    }
  }

  #silence(reason: string, { width }: Drawing): readonly Line[] {
    const latest = this.#latest;
    const since = latest && ` (last answer ${shortSpan(this.#now - latest.time)} ago)`;
    const text = `${reason}; trying again${since ?? ""}`;
    return findingLines({ grade: "bad", text }, Rank.VERDICT, width);
  }

  #meet(pid: unknown): void {
    const before = this.#latest?.pid;
    this.#latest = { pid, time: this.#now };
    if (before === undefined || before === pid) return;
    const text = `Started anew: process ${pid} in place of ${before}`;
    this.#news = { finding: { grade: "doubtful", text }, until: this.#now + NEWS_TIME };
  }

  #newsLines({ width }: Drawing): readonly Line[] {
    if (!this.#news || this.#now >= this.#news.until) return [];
    return findingLines(this.#news.finding, Rank.FINDINGS, width);
  }

  get #now(): number {
    return this.#options.clock.now();
  }
}
