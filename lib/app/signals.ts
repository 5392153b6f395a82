/** The signals of a running forwarder, and its end. */

/** Asked once, it ends when it has served those that still come to it; asked again, at once. */
export class Ending {
  readonly #first = Promise.withResolvers<void>();
  readonly #second = Promise.withResolvers<void>();
  #isAsked = false;

  /** Resolves once it is asked to end; and once it is asked again. */
  readonly asked = this.#first.promise;
  readonly urged = this.#second.promise;

  get isAsked(): boolean {
    return this.#isAsked;
  }

  readonly ask = (): void => {
    if (this.#isAsked) this.#second.resolve();
    this.#isAsked = true;
    this.#first.resolve();
  };
}

/**
 * Asks for the end at each SIGTERM and SIGINT; until the first calls what `others` have for a signal at every such
 * signal. From then on these are ignored: terminals and service managers send several, and would end the
 * program before it has answered what is in flight.
 */
export function followSignals(
  ending: Ending,
  others: Partial<Record<Deno.Signal, () => void>>,
): void {
  for (const [signal, handler] of Object.entries(others)) {
    Deno.addSignalListener(signal as Deno.Signal, () => {
      if (!ending.isAsked) handler();
    });
  }
  for (const signal of ["SIGTERM", "SIGINT"] as const) Deno.addSignalListener(signal, ending.ask);
}
