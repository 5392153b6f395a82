/** Two upstreams of which at any time one may be gone: killed and started again, or stopped and going on. */

import type { Identity } from "../../tests/helpers/certificate.ts";
import { UpstreamProcess } from "../soak/upstream_process.ts";

/** Milliseconds of calm between two mischiefs, and that an upstream is gone. */
const CALM = { minimum: 500, maximum: 4000 };
const GONE = { minimum: 500, maximum: 9000 };

export type MischiefCounts = Readonly<Record<"killed" | "stopped", number>>;

export class Mischief implements AsyncDisposable {
  readonly counts = { killed: 0, stopped: 0 };
  readonly #identity: Identity;
  readonly #upstreams: UpstreamProcess[];
  #done: Promise<void> = Promise.resolve();
  #stop = Promise.withResolvers<void>();
  #hasStopped = false;

  static async start(identity: Identity): Promise<Mischief> {
    const one = await UpstreamProcess.start(identity);
    return new Mischief(identity, [one, await UpstreamProcess.start(identity)]);
  }

  private constructor(identity: Identity, upstreams: UpstreamProcess[]) {
    this.#identity = identity;
    this.#upstreams = upstreams;
  }

  get ports(): number[] {
    return this.#upstreams.map(({ port }) => port);
  }

  begin(): void {
    this.#done = this.#run();
  }

  /** Ends with both upstreams at work. */
  async end(): Promise<void> {
    this.#hasStopped = true;
    this.#stop.resolve();
    await this.#done;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    for (const upstream of this.#upstreams) await upstream[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    while (!this.#hasStopped) {
      await this.#pause(CALM);
      if (this.#hasStopped) return;
      const at = Math.floor(Math.random() * this.#upstreams.length);
      if (Math.random() < 0.5) await this.#killFor(at);
      else await this.#stopFor(at);
    }
  }

  async #killFor(at: number): Promise<void> {
    this.counts.killed++;
    const { port } = this.#upstreams[at];
    await this.#upstreams[at].kill();
    await this.#pause(GONE);
    this.#upstreams[at] = await UpstreamProcess.start(this.#identity, port);
  }

  async #stopFor(at: number): Promise<void> {
    this.counts.stopped++;
    this.#upstreams[at].signal("SIGSTOP");
    await this.#pause(GONE);
    this.#upstreams[at].signal("SIGCONT");
  }

  #pause({ minimum, maximum }: typeof CALM): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, minimum + Math.random() * (maximum - minimum));
    return Promise.race([promise, this.#stop.promise]).finally(() => clearTimeout(timer));
  }
}
