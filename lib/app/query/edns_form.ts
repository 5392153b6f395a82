/** Asks in the forms in which the forwarder asks a server that rejects EDNS options, or EDNS. */

import { headerRcode } from "../../dns/header.ts";
import { Mark } from "../../resolver/upstream/pending_table.ts";
import { secondTry } from "../../resolver/upstream/verdict.ts";
import type { Arrival, Conversation } from "./conversation.ts";

/** What of EDNS a query has: an OPT record with options, one without, or none. */
export type EdnsForm = "options" | "empty" | "none";

/** What a server that was asked in another form than the first rejects, for a person. */
export const REJECTED: Readonly<Record<Exclude<EdnsForm, "options">, string>> = {
  empty: "EDNS options rejected: asked again with an empty OPT record",
  none: "EDNS rejected: asked again without an OPT record",
};

export interface Answer extends Arrival {
  readonly form: EdnsForm;
  /** The query that it answers, and when that was sent (`performance.now()`). */
  readonly query: Uint8Array;
  readonly sent: number;
}

/**
 * Asks with less each time until the server has no objection; the first answer if it always has. Rejects with
 * `SilenceError` if there is none within `timeout` milliseconds.
 */
export async function askInForms(
  conversation: Conversation,
  make: (form: EdnsForm) => Uint8Array,
  timeout: number,
): Promise<Answer> {
  let first: Answer | undefined;
  // A truncated answer is shown as it is.
  for (let marks: number = Mark.LARGE;;) {
    const form = formOf(marks);
    const query = make(form);
    const sent = performance.now();
    const answer: Answer = { ...await conversation.ask(query, timeout), form, query, sent };
    first ??= answer;
    const mark = secondTry(answer.message, marks, undefined, false);
    if (mark === 0) return isSame(first, answer) ? first : answer;
    marks |= mark;
  }
}

function isSame(first: Answer, answer: Answer): boolean {
  return headerRcode(answer.message) !== 0 &&
    headerRcode(first.message) === headerRcode(answer.message);
}

function formOf(marks: number): EdnsForm {
  if (marks & Mark.WITHOUT_EDNS) return "none";
  return marks & Mark.WITHOUT_OPTIONS ? "empty" : "options";
}
