/**
 * What the log says of upstreams that stop working and work again, in the order in which that is found out. It
 * may be shared by pools of the same upstreams, as those of clients that are kept apart: the first to see a
 * change says so for all.
 */

import type { Logger } from "../../base/log.ts";

export class PoolNews {
  readonly #names: readonly string[];
  readonly #isOrdered: boolean;
  readonly #log: Logger;
  readonly #down = new Set<string>();

  /** `names` are those of all upstreams; `isOrdered`: the first that works is the only one in use. */
  constructor(names: readonly string[], isOrdered: boolean, log: Logger) {
    this.#names = names;
    this.#isOrdered = isOrdered;
    this.#log = log;
  }

  /** Whether the log says of any upstream that it does not work. */
  get isAnyDown(): boolean {
    return this.#down.size > 0;
  }

  /** An upstream does not work. */
  onDown(name: string): void {
    if (this.#down.has(name)) return;
    const wasInUse = this.#inUse.includes(name);
    this.#down.add(name);
    const others = this.#inUse.join(", ");
    if (others === "") this.#log.warning(`Upstream ${name} fails too: no upstream works`);
    else if (wasInUse) this.#log.warning(`Switching from upstream ${name} to ${others}`);
    else this.#log.warning(`Upstream ${name} fails; still using ${others}`);
  }

  /** An upstream has answered. */
  onUp(name: string): void {
    if (!this.#down.has(name)) return;
    const before = this.#inUse.join(", ");
    this.#down.delete(name);
    const isTakingOver = this.#isOrdered && before !== "" && this.#inUse.includes(name);
    const how = isTakingOver ? `: switching back from ${before}` : "";
    this.#log.info(`Upstream ${name} works again${how}`);
  }

  /** What the log said need not be so any more. */
  forget(): void {
    this.#down.clear();
  }

  /** Those that queries go to first. */
  get #inUse(): readonly string[] {
    const working = this.#names.filter((name) => !this.#down.has(name));
    return this.#isOrdered ? working.slice(0, 1) : working;
  }
}
