/** Keeps what listeners tell of queries. */

import type { LoggedQuery, QueryLog } from "../../lib/listener/query_log.ts";
import { type ExtendedError, extendedErrors, parseOpt } from "../helpers/edns.ts";

export interface Told {
  readonly client: string;
  readonly isStream: boolean;
  /** Octets of the reply; 0: none was sent. */
  readonly length: number;
  readonly rcode: number;
  readonly duration: number;
  readonly upstream: string | undefined;
  readonly why: readonly ExtendedError[] | undefined;
}

export class QueryLogRecorder implements QueryLog {
  readonly told: Told[] = [];

  add(query: LoggedQuery): void {
    const { client, duration, failure, from, isStream, length, rcode } = query;
    const why = failure && errorsIn(failure.options);
    this.told.push({ client, isStream, length, rcode, duration, upstream: from?.upstream, why });
  }
}

function errorsIn(options: Uint8Array): ExtendedError[] {
  return extendedErrors(parseOpt({ name: ".", type: 41, class: 1232, ttl: 0, data: options }));
}
