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
  const { address, connection } = await connectFirst(source, opening, timeout, clock);
  try {
    const rest = Math.max(1, deadline - clock.now());
    const stream = await opening.secure(connection, address, rest);
    source.onOpened(address);
    return stream;
  } catch (error) {
    source.onRefused(address);
    throw error;
  }
}

async function connectFirst<Connection>(
  source: AddressSource,
  { connect, close }: Opening<Connection, unknown>,
  timeout: number,
  clock: Clock,
): Promise<Winner<Connection>> {
  const queue = new AddressQueue();
  const enough = new AbortController();
  const race = new Race<string, Winner<Connection>>({
    clock,
    delay: ATTEMPT_DELAY,
    next: () => queue.take(),
    attempt: async (address, signal) => ({ address, connection: await connect(address, signal) }),
    discard: ({ connection }) => close(connection),
  });
  const timer = clock.after(timeout, () => race.giveUp(late(queue.isUsed, timeout)));
  const found = (addresses: readonly string[]) => {
    queue.add(addresses);
    race.more();
  };
  source.find(found, enough.signal).then(() => race.complete(), (error) => race.complete(error));
  try {
    return await race.result;
  } catch (error) {
    source.onUnreachable();
    throw mostTelling(race.errors) ?? error;
  } finally {
    timer.cancel();
    enough.abort();
  }
}

function late(hasTried: boolean, timeout: number): DialError {
  const what = hasTried ? "no connection" : "name not found";
  return new DialError("connect", `${what} within ${timeout / 1000} s`);
}

/** That one kind of address leads nowhere says little where the other leads somewhere. */
function mostTelling(errors: readonly unknown[]): unknown {
  return errors.find((error) => error instanceof DialError && !error.isRouteless) ?? errors[0];
}
