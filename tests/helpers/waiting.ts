/** Waiting for a result with a bound, never for time to pass. */

type Timer = ReturnType<typeof setTimeout>;

/** Milliseconds that anything may take on a busy machine. Nothing waits for so long where all is well. */
export const PATIENCE = 20_000;

/** The result of `promise`, or an error that says what did not come within `limit` milliseconds. */
export async function within<T>(promise: Promise<T>, limit: number, what: string): Promise<T> {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No ${what} within ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Returns once `condition` holds; looks every five milliseconds. */
export async function waitUntil(
  condition: () => boolean,
  what: string,
  limit = PATIENCE,
): Promise<void> {
  const end = performance.now() + limit;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Not within ${limit} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Delays that can all be ended before their time, so that no timer is left over. */
export class Delays {
  readonly #pending = new Map<Timer, () => void>();

  /** Resolves after `ms` milliseconds, or when the delays are ended. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(timer);
        resolve();
      }, ms);
      this.#pending.set(timer, resolve);
    });
  }

  end(): void {
    for (const [timer, resolve] of this.#pending) {
      clearTimeout(timer);
      resolve();
    }
    this.#pending.clear();
  }
}

/** Items that arrive one by one and are awaited one by one. */
export class Arrivals<T> {
  readonly all: T[] = [];
  #taken = 0;
  #wake = Promise.withResolvers<void>();

  push(item: T): void {
    this.all.push(item);
    this.#wake.resolve();
    this.#wake = Promise.withResolvers<void>();
  }

  /** The next item not taken yet. */
  async next(limit: number, what: string): Promise<T> {
    const end = performance.now() + limit;
    while (this.#taken === this.all.length) {
      await within(this.#wake.promise, Math.max(0, end - performance.now()), what);
    }
    return this.all[this.#taken++];
  }

  /** The first `count` items, once they are there; fewer when `limit` is over. */
  async atLeast(count: number, limit: number): Promise<readonly T[]> {
    const end = performance.now() + limit;
    while (this.all.length < count && performance.now() < end) {
      await within(this.#wake.promise, end - performance.now(), "arrival").catch(() => {});
    }
    return this.all;
  }
}
