/** An upstream under test: its clock, the connections it opens, and what it tells its requester. */

import type { DialError } from "../../../lib/net/dial_error.ts";
import { Upstream } from "../../../lib/resolver/upstream/upstream.ts";
import type { UpstreamOptions } from "../../../lib/resolver/upstream/upstream_options.ts";
import { assertEquals } from "@std/assert";
import { FakeClock, settled } from "../../helpers/fake_clock.ts";
import { keepalive } from "../../helpers/edns.ts";
import { buildQuery, type QueryInput } from "../../helpers/query.ts";
import { asToken, Recorder } from "../recorder.ts";
import { ScriptedStream } from "./scripted_stream.ts";

export const DEADLINE = 4500;
export const IDLE = 8000;
const CAPACITY = 2000;

/** What an attempt to connect comes to; "hang": nothing until the test says so. */
export type Attempt = "connect" | "hang" | DialError;

export class UpstreamStage {
  readonly clock = new FakeClock();
  readonly recorder = new Recorder();
  readonly streams: ScriptedStream[] = [];
  /** When attempts to connect were made, in milliseconds since the start. */
  readonly attempts: number[] = [];
  readonly lines: string[] = [];
  readonly upstream: Upstream;
  /** What comes of the next attempts. */
  attempt: Attempt = "connect";
  readonly #start = this.clock.now();
  readonly #hanging: PromiseWithResolvers<ScriptedStream>[] = [];
  #last = 0;

  constructor(options: Partial<UpstreamOptions> = {}) {
    const log = (severity: string) => (text: string) =>
      void this.lines.push(`${severity}: ${text}`);
    this.upstream = new Upstream({
      name: "tls://192.0.2.53:853#dns.example",
      label: "dns.example",
      isEncrypted: true,
      isTrusted: true,
      capacity: CAPACITY,
      deadline: DEADLINE,
      idle: IDLE,
      clock: this.clock,
      log: {
        debug: log("debug"),
        info: log("info"),
        warning: log("warning"),
        error: log("error"),
      },
      dial: () => this.#dial(),
      random: () => 1 - Number.EPSILON,
      ...options,
    });
  }

  /** The connection opened last. */
  get stream(): ScriptedStream {
    return this.streams[this.streams.length - 1];
  }

  /** Milliseconds since the start. */
  get time(): number {
    return this.clock.now() - this.#start;
  }

  /** Asks for a name; returns the token. */
  ask(name = "www.example", input: QueryInput = {}): number {
    const token = ++this.#last;
    const query = buildQuery(name, { id: 0, edns: true, ...input });
    this.upstream.resolve(query, this.recorder, asToken(token));
    query.fill(0xee);
    return token;
  }

  /** Asks for names of its own for `count` queries, and lets them leave. */
  async askMany(count: number, prefix = "n"): Promise<number[]> {
    const tokens = Array.from(
      { length: count },
      (_, number) => this.ask(`${prefix}${number}.example`),
    );
    await settled();
    return tokens;
  }

  /** Asks for a name, and lets the query leave. */
  async asked(name = "www.example", input: QueryInput = {}): Promise<number> {
    const token = this.ask(name, input);
    await settled();
    return token;
  }

  /**
   * Asks a question of its own and has it answered. The response allows a connection to be idle for
   * `timeout` times 100 ms, if given.
   */
  async use(timeout?: number): Promise<void> {
    const name = `use${this.#last}.example`;
    await this.asked(name);
    const options = timeout === undefined ? [] : [keepalive(timeout)];
    await this.stream.answer(name, { edns: { options } });
  }

  pass(duration: number): Promise<void> {
    return this.clock.pass(duration);
  }

  /** Attempts that hang come to this. */
  async resolveAttempt(error?: DialError): Promise<void> {
    const attempt = this.#hanging.shift();
    if (attempt === undefined) throw new Error("No attempt hangs");
    if (error) attempt.reject(error);
    else attempt.resolve(this.#connect());
    await settled();
  }

  /** Ends: every token must then have exactly one outcome, and nothing may be left running. */
  async end(): Promise<void> {
    this.upstream.stop();
    await settled();
    const tokens = Array.from({ length: this.#last }, (_, at) => at + 1);
    const without = tokens.filter((token) => this.recorder.outcome(token) === undefined);
    assertEquals(without, [], "tokens without outcome");
    assertEquals([this.upstream.pending, this.clock.running], [0, 0], "pending, timers");
  }

  #dial(): Promise<ScriptedStream> {
    this.attempts.push(this.time);
    if (this.attempt === "connect") return Promise.resolve(this.#connect());
    if (this.attempt !== "hang") return Promise.reject(this.attempt);
    const hanging = Promise.withResolvers<ScriptedStream>();
    this.#hanging.push(hanging);
    return hanging.promise;
  }

  #connect(): ScriptedStream {
    const stream = new ScriptedStream();
    this.streams.push(stream);
    return stream;
  }
}

/** Runs `run` with a new upstream, and then checks that nothing is owed or left over. */
export function upstreamTest(
  what: string,
  run: (stage: UpstreamStage) => Promise<void>,
  options: Partial<UpstreamOptions> = {},
): void {
  Deno.test(what, async () => {
    const stage = new UpstreamStage(options);
    await run(stage);
    await stage.end();
  });
}
