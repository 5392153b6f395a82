/** Takes connections from a listener, for as long as that is open. */

import type { Clock } from "../base/clock.ts";

interface Closable {
  close(): void;
}

export interface AcceptOptions<T extends Closable> {
  readonly accept: () => Promise<T>;
  /** Is handed each connection. */
  readonly welcome: (connection: T) => void;
  /** Whether the listener was closed: what fails then is no failure. */
  readonly isClosed: () => boolean;
  /** Told of a failed accept, as when descriptors run out, unless the one before failed too. */
  readonly onFailure: (error: Error) => void;
  readonly clock: Clock;
}

/** Milliseconds until a failed accept is tried again. */
const RETRY = 1000;

/** Resolves once the listener is closed; rejects never, unless `welcome` or `onFailure` throws. */
export async function acceptAll<T extends Closable>(options: AcceptOptions<T>): Promise<void> {
  const { accept, clock, isClosed, onFailure, welcome } = options;
  let hasFailed = false;
  while (!isClosed()) {
    const connection = await accept().catch((error: Error) => error);
    if (connection instanceof Error) {
      if (isClosed()) return;
      if (!hasFailed) onFailure(connection);
      hasFailed = true;
      await new Promise<void>((resolve) => clock.after(RETRY, resolve));
    } else if (isClosed()) {
      connection.close();
    } else {
      hasFailed = false;
      welcome(connection);
    }
  }
}
