/** What the listeners have seen since the start; shared by all of them. */

import { LatencyHistogram } from "../base/latency_histogram.ts";

/** RCODEs that fit into a header (RFC 1035, 4.1.1). */
const RCODES = 16;

export class ListenerCounters {
  /** Queries received, whatever became of them, and replies sent. */
  received = 0;
  answered = 0;
  /** Of both of these, what the program asked itself to see that it answers. */
  own = 0;
  /** Of both, questions of whether the program is ready (`notices.ts`). */
  readiness = 0;
  /** Of those received, these came over TCP; and what the program asked itself of these. */
  streamed = 0;
  ownStreamed = 0;
  /** Queries answered with an error because there is no response. */
  failed = 0;
  /** Replies with TC, so that the client comes over TCP. */
  truncated = 0;
  /** Messages shorter than a header, responses, and datagrams from where no client is: dropped. */
  tooShort = 0;
  responses = 0;
  reflected = 0;
  /** Queries answered here with FORMERR, NOTIMP, BADVERS or REFUSED. */
  malformed = 0;
  unsupported = 0;
  refused = 0;
  /** Queries for names of special use, answered here without records. */
  special = 0;
  /** Queries answered with TC because their network had its share of responses. */
  limited = 0;
  /** Repeated datagrams of a client that waits already. */
  repeated = 0;
  /** Queries dropped because a table was full or the client sent too much. */
  overload = 0;
  /** Replies over UDP that did not leave: without room for them, or refused by the system. */
  lost = 0;
  /** TCP connections accepted and refused. */
  connections = 0;
  refusedConnections = 0;
  /** TCP connections reset because the client did not read what it was answered. */
  unreadConnections = 0;
  /** Of those refused, what the program asked itself. */
  ownRefused = 0;
  /** Replies with BADVERS, whose low bits are those of NOERROR (RFC 6891, 9). */
  badVersions = 0;
  /** Replies by the RCODE in their header; those to the program's own questions are NOTIMP. */
  readonly rcodes = new Float64Array(RCODES);
  /** From a query to its reply, where that was not made at once; since somebody last took these over. */
  readonly latency = new LatencyHistogram();
}
