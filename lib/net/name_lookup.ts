/**
 * The addresses of an upstream's name: asked of resolvers of one's choice, which are not the system's, as
 * that may be this very program (RFC 8310, 7); or of the system. Answers need not be trusted where the
 * certificate is verified.
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { type Address, formatAddress } from "./address.ts";
import type { Found } from "./address_source.ts";
import { DialError, isUnreachable } from "./dial_error.ts";
import { Race } from "./race.ts";

export interface LookupOptions {
  /** Whom to ask, over UDP, in this order; the system if there are none. */
  readonly resolvers: readonly Address[];
  /** Milliseconds until resolvers are given up; the system has limits of its own. */
  readonly timeout: number;
  readonly clock?: Clock;
}

/** Milliseconds until the next resolver is asked too. */
const RESOLVER_DELAY = 250;
/** Milliseconds that IPv4 addresses wait for those of IPv6 (RFC 8305, 3). */
const RESOLUTION_DELAY = 50;

/** Tells addresses as they come; resolves when no more will come, rejects with `DialError` if none came. */
export function lookUp(name: string, options: LookupOptions, found: Found): Promise<void> {
  return options.resolvers.length > 0 ? askResolvers(name, options, found) : askSystem(name, found);
}

async function askSystem(name: string, found: Found): Promise<void> {
  // Loaded only here, for those who need it.
  const { lookup } = await import("node:dns/promises");
  try {
    const answers = await lookup(name, { all: true });
    found([...new Set(answers.map(({ address }) => address))]);
  } catch (error) {
    throw new DialError("resolve", "name not found", error);
  }
}

async function askResolvers(
  name: string,
  { resolvers, timeout, clock = systemClock }: LookupOptions,
  found: Found,
): Promise<void> {
  const waiting = [...resolvers];
  let count = 0;
  const counted: Found = (addresses) => {
    count += addresses.length;
    found(addresses);
  };
  const race = new Race<Address, void>({
    clock,
    delay: RESOLVER_DELAY,
    next: () => waiting.shift(),
    attempt: (resolver, signal) => ask(name, resolver, signal, clock, counted),
    discard: () => {},
  });
  const timer = clock.after(timeout, () => race.giveUp(new Deno.errors.TimedOut("no answer")));
  race.more();
  race.complete();
  try {
    await race.result;
  } catch (error) {
    if (count === 0) throw notFound(resolvers, [...race.errors, error]);
  } finally {
    timer.cancel();
  }
}

/** Asks for both kinds of address side by side (RFC 8305, 3); rejects if there is none of either. */
async function ask(
  name: string,
  resolver: Address,
  signal: AbortSignal,
  clock: Clock,
  found: Found,
): Promise<void> {
  const nameServer = { ipAddr: resolver.hostname, port: resolver.port };
  const query = (type: "A" | "AAAA") => Deno.resolveDns(`${name}.`, type, { nameServer, signal });
  const later = Promise.withResolvers<void>();
  const tellSix = async () => {
    try {
      found(await query("AAAA"));
    } finally {
      later.resolve();
    }
  };
  const tellFour = async () => {
    const addresses = await query("A");
    const timer = clock.after(RESOLUTION_DELAY, later.resolve);
    await later.promise;
    timer.cancel();
    found(addresses);
  };
  const [six, four] = await Promise.allSettled([tellSix(), tellFour()]);
  if (six.status === "rejected" && four.status === "rejected") throw four.reason;
}

/** What the resolvers said, in few words: the text stands in extended errors. */
function notFound(resolvers: readonly Address[], errors: readonly unknown[]): DialError {
  const unreachable = errors.find(isUnreachable);
  const isDenied = errors.some((error) => error instanceof Deno.errors.NotFound);
  const why = isDenied ? "" : unreachable ? " (network unreachable)" : " (no answer)";
  const names = resolvers.map(formatAddress).join(", ");
  return new DialError(
    "resolve",
    `name not found at ${names}${why}`,
    isDenied ? undefined : unreachable,
  );
}
