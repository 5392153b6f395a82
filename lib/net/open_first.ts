/**
 * Opens a stream to whichever address of a target can be connected to first ("happy eyeballs", RFC 8305):
 * attempts by turns of families, 250 ms apart. The handshake is with that one alone; where it fails, the
 * source hears of it, so that another is first the next time.
 */

import type { Clock } from "../base/clock.ts";
import type { AddressSource } from "./address_source.ts";
import { AddressQueue } from "./address_queue.ts";
import { DialError } from "./dial_error.ts";
import { Race } from "./race.ts";

/** Milliseconds between attempts: the Connection Attempt Delay of RFC 8305, 5. */
const ATTEMPT_DELAY = 250;

/** How a stream is made of a connection by TCP. */
export interface Opening<Connection, Stream> {
  /** Rejects with `DialError`; at the latest when `signal` says that it is not wanted any more. */
  readonly connect: (address: string, signal: AbortSignal) => Promise<Connection>;
  /** Takes over the connection, and closes it if it rejects, with `DialError`, after `timeout` ms at most. */
  readonly secure: (connection: Connection, address: string, timeout: number) => Promise<Stream>;
  readonly close: (connection: Connection) => void;
}

interface Winner<Connection> {
  readonly address: string;
  readonly connection: Connection;
}

/** Takes `timeout` milliseconds in all; rejects with `DialError`. */
export async function openFirst<Connection, Stream>(
  source: AddressSource,
  opening: Opening<Connection, Stream>,
  timeout: number,
  clock: Clock,
): Promise<Stream> {
  const deadline = clock.now() + timeout;
  const queue = new AddressQueue();
  const { address, connection } = await connectFirst(queue, source, opening, timeout, clock);
  try {
    const rest = Math.max(1, deadline - clock.now());
    const stream = await opening.secure(connection, address, rest);
    source.onOpened(address);
    return stream;
  } catch (error) {
    source.onRefused(address);
    throw queue.size > 1 ? (error as DialError).with(`; at ${address}`) : error;
  }
}

async function connectFirst<Connection>(
  queue: AddressQueue,
  source: AddressSource,
  { connect, close }: Opening<Connection, unknown>,
  timeout: number,
  clock: Clock,
): Promise<Winner<Connection>> {
  const enough = new AbortController();
  const race = new Race<string, Winner<Connection>>({
    clock,
    delay: ATTEMPT_DELAY,
    next: () => queue.take(),
    attempt: async (address, signal) => ({ address, connection: await connect(address, signal) }),
    discard: ({ connection }) => close(connection),
  });
  const timer = clock.after(timeout, () => race.giveUp(late(queue.taken, timeout)));
  const found = (addresses: readonly string[]) => {
    queue.add(addresses);
    race.more();
  };
  source.find(found, enough.signal).then(() => race.complete(), (error) => race.complete(error));
  try {
    return await race.result;
  } catch (error) {
    source.onUnreachable();
    const telling = mostTelling(race.errors) ?? error;
    const isWorthTelling = telling instanceof DialError && queue.taken.length > 1;
    throw isWorthTelling ? telling.with(`; tried ${queue.taken.join(", ")}`) : telling;
  } finally {
    timer.cancel();
    enough.abort();
  }
}

function late(tried: readonly string[], timeout: number): DialError {
  const seconds = timeout / 1000;
  return tried.length > 0
    ? new DialError("connect", `no connection within ${seconds} s`)
    : new DialError("resolve", `name not found within ${seconds} s`);
}

/** That one kind of address leads nowhere says little where the other leads somewhere. */
function mostTelling(errors: readonly unknown[]): unknown {
  return errors.find((error) => error instanceof DialError && !error.isRouteless) ?? errors[0];
}
