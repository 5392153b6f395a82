/** What an upstream answers, and how: EDNS, order, several at a time, idle connections. */

import { OptionCode } from "../../dns/edns.ts";
import { Rcode, uint16 } from "../../dns/header.ts";
import { Sections } from "../../dns/sections.ts";
import type { Stream } from "../../net/dial.ts";
import { type Arrival, Conversation, SilenceError } from "../query/conversation.ts";
import { askInForms, type EdnsForm, REJECTED } from "../query/edns_form.ts";
import { optionData } from "../query/edns_text.ts";
import { statusText } from "../query/message_text.ts";
import { makeQuery } from "../query/query_message.ts";
import { askAtOnce, orderText, parallelText } from "./burst.ts";
import { idleText, idleTimes } from "./idle.ts";
import type { RandomQuestions } from "./random_questions.ts";
import { milliseconds, type Report } from "./report.ts";

/** Queries one after the other, for the time of one alone. */
const ALONE = 3;
/** Queries at once. */
const AT_ONCE = 64;
const NXDOMAIN = 3;

export interface DnsProbeOptions {
  readonly questions: RandomQuestions;
  readonly report: Report;
  readonly isPadded: boolean;
  /** What of EDNS the server accepts; options unless given. */
  readonly form?: EdnsForm;
  /** Milliseconds for an answer. */
  readonly timeout: number;
}

export interface FirstAnswer {
  /** Whether it was an answer, and not an error of the server. */
  readonly isAnswer: boolean;
  /** Milliseconds that the server lets idle connections stay (RFC 7828), if it says so. */
  readonly keepalive: number | undefined;
  /** What of EDNS the server accepts. */
  readonly form: EdnsForm;
}

/** Asks one question with the EDNS options that the answer is looked through for. */
export async function probeAnswer(
  conversation: Conversation,
  { questions, report, isPadded, timeout }: DnsProbeOptions,
): Promise<FirstAnswer> {
  const question = questions.next();
  const make = (form: EdnsForm) => makeQuery(question, 1, { isPadded, asksKeepalive: true, form });
  const { form, message, query, sent, time } = await askInForms(conversation, make, timeout);
  const sections = new Sections();
  if (!sections.read(message)) throw new SilenceError("the response is malformed");
  const status = statusText(message, sections.opt);
  report.finding("Answer", `${status} to a random name in ${milliseconds(time - sent)}`);
  if (form !== "options") report.finding("EDNS", REJECTED[form]);
  const padding = optionData(message, sections.opt, sections.optEnd, OptionCode.PADDING);
  const sizes = `query ${query.length} octets, response ${message.length}`;
  report.finding("Padding", `${padding ? `padded by ${padding.length}` : "none"} (${sizes})`);
  const data = optionData(message, sections.opt, sections.optEnd, OptionCode.KEEPALIVE);
  const keepalive = data?.length === 2 ? uint16(data, 0) * 100 : undefined;
  report.finding(
    "Keepalive",
    keepalive === undefined
      ? "the server does not say how long idle connections may stay"
      : `idle connections may stay ${(keepalive / 1000).toFixed(1)} s (edns-tcp-keepalive)`,
  );
  const { NOERROR } = Rcode;
  return { isAnswer: [NOERROR, NXDOMAIN].includes(message[3] & 0x0f), keepalive, form };
}

/** Asks one after the other, then all at once. */
export async function probeBurst(
  conversation: Conversation,
  { questions, report, isPadded, form, timeout }: DnsProbeOptions,
): Promise<void> {
  const make = (id: number) => makeQuery(questions.next(), id, { isPadded, form });
  const durations: number[] = [];
  for (let id = 2; id < 2 + ALONE; id++) {
    const started = performance.now();
    durations.push((await conversation.ask(make(id), timeout)).time - started);
  }
  const alone = durations.sort((a, b) => a - b)[ALONE >> 1];
  const queries = Array.from({ length: AT_ONCE }, (_, index) => make(100 + index));
  const burst = await askAtOnce(conversation, queries, timeout);
  report.finding("Many at once", parallelText(burst, alone));
  if (burst.order.length > 1) report.finding("Order", orderText(burst));
}

/** Leaves a connection idle for `limit` milliseconds, and one more that asked for keepalive, if told. */
export async function probeIdle(
  dial: () => Promise<Stream>,
  hasKeepalive: boolean,
  limit: number,
  { questions, report, isPadded, form, timeout }: DnsProbeOptions,
): Promise<void> {
  const variants = hasKeepalive ? [false, true] : [false];
  const conversations: Conversation[] = [];
  try {
    let last: Arrival | undefined;
    for (const asksKeepalive of variants) {
      const conversation = new Conversation(await dial());
      conversations.push(conversation);
      const query = makeQuery(questions.next(), 1, { isPadded, asksKeepalive, form });
      last = await conversation.ask(query, timeout);
    }
    const times = await idleTimes(conversations, last?.time ?? 0, limit, report);
    const texts = times.map((time) => idleText(time, limit));
    const [plain, asked] = texts;
    report.finding("Idle", plain, ...(asked ? [`where keepalive was asked for: ${asked}`] : []));
  } finally {
    for (const conversation of conversations) conversation.close();
  }
}
