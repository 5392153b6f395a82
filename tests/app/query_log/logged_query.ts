/** Queries as a listener tells of them. */

import { LoggedQuery } from "../../../lib/listener/query_log.ts";
import { ReplyTo } from "../../../lib/dns/reply.ts";
import { parseMessage } from "../../helpers/message.ts";
import {
  buildQuery,
  buildResponse,
  type QueryInput,
  type ResponseInput,
} from "../../helpers/query.ts";

/** What there is besides the question and the reply. */
export type More = Partial<
  Pick<LoggedQuery, "client" | "duration" | "failure" | "from" | "length" | "rcode">
>;

export interface Told extends More {
  readonly name?: string;
  readonly query?: QueryInput;
  readonly response?: ResponseInput;
  readonly isStream?: boolean;
}

/** The query that was answered with a response, by default one A record. */
export function loggedQuery(told: Told = {}): LoggedQuery {
  const { isStream = false, name = "www.example", query, response, ...more } = told;
  const octets = buildQuery(name, query);
  const reply = buildResponse(parseMessage(octets), response);
  const to = Object.assign(new ReplyTo(), { query: octets, questionEnd: octets.length });
  const logged = new LoggedQuery(isStream, to, reply);
  return Object.assign(logged, { length: reply.length, client: "192.0.2.7", ...more });
}
