/** What the tests of `ReplyWriter` share: a client's query, a response, and the reply made of both. */

import { type ReplyTo, ReplyWriter } from "../../lib/dns/reply.ts";
import { ReplyTo as NewReplyTo } from "../../lib/dns/reply.ts";
import { type Message, parseMessage } from "../helpers/message.ts";
import { nameOctets } from "../helpers/name.ts";
import {
  buildQuery,
  buildResponse,
  type QueryInput,
  type ResponseInput,
} from "../helpers/query.ts";

export const NAME = "www.Example";
const ROOM = 65_535 + 64;

/** What a reply to `query` depends on, as its listener fills it in. */
export function replyTo(query: Uint8Array, limit: number, more: Partial<ReplyTo> = {}): ReplyTo {
  const { id, flags, questions, opt } = parseMessage(query);
  return Object.assign(new NewReplyTo(), {
    id,
    flags,
    query,
    questionEnd: questions.length === 0 ? 12 : 12 + nameOctets(questions[0].name).length + 4,
    hasOpt: opt !== undefined,
    isDnssecOk: opt?.dnssecOk ?? false,
    limit,
    ...more,
  });
}

/** As the upstream is asked: the same question in lower case, with EDNS. */
export function asked(query: Uint8Array): Message {
  const message = parseMessage(query);
  const questions = message.questions.map((each) => ({ ...each, name: each.name.toLowerCase() }));
  return { ...message, id: 0xbeef, questions, opt: { ...EDNS } };
}

const EDNS = {
  owner: ".",
  payloadSize: 1232,
  extendedRcode: 0,
  version: 0,
  dnssecOk: false,
  otherFlags: 0,
  options: [],
};

/** The reply to `to` made of `response`; undefined if the writer says that it is malformed. */
export function written(to: ReplyTo, response: Uint8Array): Message | undefined {
  const out = new Uint8Array(ROOM).fill(0xee);
  const length = new ReplyWriter(out).writeResponse(to, response);
  return length < 0 ? undefined : parseMessage(out.slice(0, length));
}

export interface Exchange {
  query?: QueryInput;
  response?: ResponseInput;
  limit?: number;
  to?: Partial<ReplyTo>;
}

/** The reply to a query for `NAME`, to which the upstream has responded. */
export function reply({ query = {}, response = {}, limit = 1232, to = {} }: Exchange): Message {
  const octets = buildQuery(NAME, query);
  const made = written(replyTo(octets, limit, to), buildResponse(asked(octets), response));
  if (made === undefined) throw new Error("The response was taken for malformed");
  return made;
}

/** The reply that holds `rcode` and `options` instead of a response. */
export function errorReply(to: ReplyTo, rcode: number, options: Uint8Array): Message {
  const out = new Uint8Array(ROOM).fill(0xee);
  return parseMessage(out.slice(0, new ReplyWriter(out).writeError(to, rcode, options)));
}
