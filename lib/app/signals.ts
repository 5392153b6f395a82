/** The signals of a running forwarder. */

/**
 * Resolves at SIGTERM or SIGINT, or with `asked`; until then calls what `others` have for a signal at every
 * such signal. From then on all of these are ignored: terminals and service managers send several, and would
 * end the program before it has answered what is in flight.
 */
export function ended(
  others: Partial<Record<Deno.Signal, () => void>>,
  asked: Promise<void>,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isEnding = false;
  for (const [signal, handler] of Object.entries(others)) {
    Deno.addSignalListener(signal as Deno.Signal, () => {
      if (!isEnding) handler();
    });
  }
  const end = () => {
    isEnding = true;
    resolve();
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, end);
  asked.then(end);
  return promise;
}
