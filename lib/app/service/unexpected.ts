/**
 * Mistakes of ours that nothing catches. They must not end the service in silence: each is told with its
 * cause, and the rest goes on. Whether what is left still serves is for the self-check to find out.
 */

import type { Logger } from "../../base/log.ts";

/** Causes of causes that are told. */
const MAX_CAUSES = 5;

/** Where such events come from: the whole program. */
type Source = Pick<EventTarget, "addEventListener" | "removeEventListener">;

/**
 * Has the runtime make its first text of a stack, for which it opens a file (/proc/self/maps): were that to
 * happen when no descriptor is left, it would end the process ("stacker": left 24, right 0).
 */
export function prepareStacks(): void {
  describe(new Error());
}

export interface ReportOptions {
  readonly source?: Source;
  /** Called after each line. */
  readonly onReport?: () => void;
}

/** Tells `log` of rejections and exceptions that nobody has caught; returns what ends that. */
export function reportUnexpected(
  log: Logger,
  { source = globalThis, onReport = () => {} }: ReportOptions = {},
): () => void {
  const report = (thrown: unknown) => {
    log.error(`Unexpected: ${describe(thrown)}`);
    onReport();
  };
  const onRejection = (event: Event) => {
    event.preventDefault();
    report((event as PromiseRejectionEvent).reason);
  };
  const onError = (event: Event) => {
    event.preventDefault();
    report((event as ErrorEvent).error);
  };
  source.addEventListener("unhandledrejection", onRejection);
  source.addEventListener("error", onError);
  return () => {
    source.removeEventListener("unhandledrejection", onRejection);
    source.removeEventListener("error", onError);
  };
}

/** What was thrown and from where, and its causes, in one line. */
export function describe(thrown: unknown): string {
  const texts: string[] = [];
  for (let each = thrown; each !== undefined && texts.length <= MAX_CAUSES;) {
    texts.push(oneLine(each));
    each = each instanceof Error ? each.cause : undefined;
  }
  return texts.length > 0 ? texts.join("; caused by ") : "undefined was thrown";
}

function oneLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "").join(" ");
}
