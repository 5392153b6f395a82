/** How many TCP connections clients may have, in all and per address (RFC 7766, 6.2.2; RFC 9210, 4.2). */
export class ConnectionLimits {
  #total: number;
  #perHost: number;
  readonly #hosts = new Map<string, number>();
  #open = 0;

  constructor(total: number, perHost: number) {
    this.#total = total;
    this.#perHost = perHost;
  }

  /** Other limits, for connections to come: those that are open stay, and count. */
  change(total: number, perHost: number): void {
    this.#total = total;
    this.#perHost = perHost;
  }

  /** Connections that are open, and how many may be. */
  get open(): number {
    return this.#open;
  }

  get limit(): number {
    return this.#total;
  }

  /** Whether connections are running short, so that clients should leave when done. */
  get isCrowded(): boolean {
    return this.#open * 10 >= this.#total * 9;
  }

  /** Takes a place for `host`; false if there is none. */
  acquire(host: string): boolean {
    const count = this.#hosts.get(host) ?? 0;
    if (this.#open >= this.#total || count >= this.#perHost) return false;
    this.#hosts.set(host, count + 1);
    this.#open++;
    return true;
  }

  release(host: string): void {
    const count = this.#hosts.get(host) ?? 0;
    if (count === 0) return;
    if (count === 1) this.#hosts.delete(host);
    else this.#hosts.set(host, count - 1);
    this.#open--;
  }
}
