/**
 * What is known of a report that comes from elsewhere: another version of the program may say less, more or
 * something else. What is not as expected is left out, so that all fields are optional; what is text is safe
 * to print. A `Report` is one where nothing is missing.
 */

import { printable } from "../printable.ts";
import type { Counts } from "./counts.ts";

type Reader<T> = (value: unknown) => T | undefined;
type Readers<T> = { readonly [key in keyof T]: Reader<T[key]> };

const number: Reader<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;
const text: Reader<string> = (value) => typeof value === "string" ? printable(value) : undefined;
const flag: Reader<boolean> = (value) => typeof value === "boolean" ? value : undefined;

function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value) => value === null ? null : read(value);
}

function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    return value.map(read).filter((each) => each !== undefined);
  };
}

function objectOf<T>(readers: Readers<T>): Reader<Readonly<Partial<T>>> {
  const names = Object.keys(readers) as (keyof T & string)[];
  return (value) => {
    if (typeof value !== "object" || value === null) return undefined;
    const fields = names.map((name) => [name, readers[name]((value as Partial<T>)[name])]);
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
  };
}

const counts: Reader<Counts> = (value) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const known = Object.entries(value).filter(([, count]) => number(count) !== undefined);
  return Object.fromEntries(known.map(([name, count]) => [printable(name), count]));
};

const latency = objectOf({ p50: number, p90: number, p99: number, max: number });
const stretch = objectOf({
  seconds: number,
  queries: number,
  replies: number,
  failures: number,
  counts: objectOf({ queries: number, replies: number, failures: number }),
  latency,
});
const series = objectOf({
  interval: number,
  queries: listOf(number),
  failures: listOf(number),
  p50: listOf(orNull(number)),
  p99: listOf(orNull(number)),
});

const upstream = objectOf({
  name: text,
  state: text,
  isWorking: flag,
  worksForSome: flag,
  cause: text,
  since: number,
  failures: number,
  responseTime: number,
  latency,
  lastResponse: number,
  connections: objectOf({
    open: number,
    opened: number,
    handshakes: number,
    resumptions: number,
    failedAttempts: number,
    endedByUs: number,
    endedByUpstream: number,
    broken: number,
    queriesEach: number,
    deepest: number,
    idleLimit: number,
  }),
  queries: objectOf({
    sent: number,
    resent: number,
    answered: number,
    failed: number,
    pending: number,
    inFlight: number,
    limit: number,
  }),
  ignored: objectOf({ late: number, unknown: number, mismatched: number }),
  rcodes: counts,
  certificateDays: number,
});

const report = objectOf({
  pid: number,
  program: text,
  identity: text,
  uptime: number,
  configFile: orNull(text),
  metrics: orNull(text),
  queryLog: objectOf({ path: text, written: number, dropped: number }),
  configAge: number,
  memory: objectOf({ resident: number, heapUsed: number }),
  addresses: listOf(text),
  awaited: listOf(text),
  upstreams: listOf(upstream),
  summary: objectOf({
    received: number,
    answered: number,
    joined: number,
    failed: number,
    failedAgain: number,
  }),
  minute: stretch,
  quarter: stretch,
  series,
  rcodes: counts,
  drops: counts,
  clientConnections: objectOf({ accepted: number, refused: number, unread: number }),
  tables: listOf(objectOf({ name: text, used: number, limit: number })),
});

/** As far as it is known; see above. */
export type KnownReport = NonNullable<ReturnType<typeof report>>;
export type KnownUpstream = NonNullable<ReturnType<typeof upstream>>;
export type KnownStretch = NonNullable<ReturnType<typeof stretch>>;
export type KnownTable = NonNullable<KnownReport["tables"]>[number];

/** What makes sense in `value`, whatever that is. */
export function knownReport(value: unknown): KnownReport {
  return report(value) ?? {};
}
