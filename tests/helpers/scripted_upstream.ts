/**
 * An upstream that does what a script says, over TLS, plain TCP or a Unix socket, on loopback. It
 * records every connection and every query. What a script may do to a client is on `Query` and
 * `UpstreamConnection`: answer, answer wrongly, delay, send anything, close, cut, reset, be silent.
 */

import type { Identity } from "./certificate.ts";
import { concatenated } from "./message.ts";
import { TlsRelay } from "./tls_relay.ts";
import { Query, UpstreamConnection } from "./upstream_connection.ts";
import { Delays, PATIENCE, waitUntil } from "./waiting.ts";

export type Script = (query: Query, upstream: ScriptedUpstream) => void | Promise<void>;

/** What is done with a connection before anything else; octets are sent instead of a handshake. */
export type Greeting = "serve" | "close" | "silence" | Uint8Array;

export interface UpstreamOptions {
  /** Left out: plain TCP. */
  identity?: Identity;
  /** `["dot"]` unless told otherwise; empty: none is ever chosen. */
  alpn?: string[];
  /** A Unix socket instead of TCP. */
  path?: string;
  /** Answers every query unless told otherwise. */
  script?: Script;
  greeting?: Greeting;
}

export class ScriptedUpstream implements AsyncDisposable {
  /** May be changed at any time. */
  script: Script;
  greeting: Greeting;
  readonly connections: UpstreamConnection[] = [];
  readonly queries: Query[] = [];
  port = 0;
  #listener: Deno.Listener | undefined;
  #relay: TlsRelay | undefined;
  #accepting: Promise<void> = Promise.resolve();
  readonly #options: UpstreamOptions;
  readonly #delays = new Delays();
  readonly #running = new Set<Promise<void>>();
  readonly #errors: unknown[] = [];

  constructor(options: UpstreamOptions = {}) {
    this.#options = options;
    this.script = options.script ?? ((query) => query.answer());
    this.greeting = options.greeting ?? "serve";
    this.listen();
  }

  /** Listens; again on the same port after `refuse()`, with another certificate if one is given. */
  listen(identity = this.#options.identity): void {
    const { path, alpn = ["dot"] } = this.#options;
    this.#relay?.close();
    this.#relay = identity === undefined ? undefined : new TlsRelay(identity, alpn);
    if (path === undefined) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
      this.port = listener.addr.port;
      this.#listener = listener;
    } else this.#listener = Deno.listen({ transport: "unix", path });
    this.#accepting = this.#accept(this.#listener);
  }

  /** Connections are refused from now on; those that are there stay. */
  async refuse(): Promise<void> {
    this.#listener?.close();
    this.#listener = undefined;
    await this.#accepting;
  }

  get uri(): string {
    const { path, identity } = this.#options;
    if (path !== undefined) return `unix:${path}`;
    const scheme = identity === undefined ? "tcp" : "tls";
    return `${scheme}://127.0.0.1:${this.port}`;
  }

  get handshakes(): number {
    return this.connections.filter((connection) => connection.ready).length;
  }

  /** How often a question for `name` was received; the case of letters does not matter. */
  sends(name: string): number {
    const same = (query: Query) => query.name.toLowerCase() === name.toLowerCase();
    return this.queries.filter(same).length;
  }

  /** How often the most frequent question was received. */
  get mostSends(): number {
    const counts = new Map<string, number>();
    for (const { name, type } of this.queries) {
      const key = `${name.toLowerCase()} ${type}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    return Math.max(0, ...counts.values());
  }

  /** A delay inside a script; ends early when the upstream is stopped. */
  delay(ms: number): Promise<void> {
    return this.#delays.wait(ms);
  }

  /** Returns once `count` queries are there. */
  received(count: number, limit = PATIENCE): Promise<void> {
    return waitUntil(() => this.queries.length >= count, `${count} queries at the upstream`, limit);
  }

  /** Ends everything; throws what a script has thrown. */
  async stop(): Promise<void> {
    await this.refuse();
    this.#relay?.close();
    this.#relay = undefined;
    for (let before = -1; before !== this.#running.size; await Promise.allSettled(this.#running)) {
      before = this.#running.size;
      this.#delays.end();
      for (const connection of this.connections) connection.stop();
    }
    if (this.#errors.length > 0) throw this.#errors[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #track(work: Promise<void>): void {
    const watched: Promise<void> = work
      .catch((error) => void this.#errors.push(error))
      .finally(() => this.#running.delete(watched));
    this.#running.add(watched);
  }

  async #accept(listener: Deno.Listener): Promise<void> {
    for await (const wire of listener) {
      const connection = new UpstreamConnection(this.connections.length, wire);
      this.connections.push(connection);
      this.#track(this.#greet(connection));
    }
  }

  async #greet(connection: UpstreamConnection): Promise<void> {
    const greeting = this.greeting;
    try {
      if (greeting === "serve") return await this.#serve(connection);
      if (greeting === "close") return;
      if (greeting !== "silence") await connection.wire.write(greeting);
      connection.firstOctets = await readToEnd(connection.wire);
      connection.ending ??= "forwarder";
    } catch {
      /* the forwarder went away */
    } finally {
      connection.stop();
    }
  }

  async #serve(connection: UpstreamConnection): Promise<void> {
    const stream = this.#relay === undefined
      ? connection.wire
      : await this.#handshake(this.#relay, connection);
    if (stream === undefined) return;
    await connection.serve(stream, (octets) => this.#receive(connection, octets));
  }

  async #handshake(
    relay: TlsRelay,
    connection: UpstreamConnection,
  ): Promise<Deno.Conn | undefined> {
    const wire = connection.wire as Deno.TcpConn;
    const { tls, sent } = await relay.terminate(wire, () => connection.wireEnding);
    try {
      connection.alpn = (await tls.handshake()).alpnProtocol;
      return tls;
    } catch {
      tls.close();
      await sent;
    }
  }

  #receive(connection: UpstreamConnection, octets: Uint8Array<ArrayBuffer>): void {
    const query = new Query(octets, connection, this.queries.length, connection.queries.length);
    connection.queries.push(query);
    this.queries.push(query);
    this.#track(Promise.resolve(this.script(query, this)));
  }
}

async function readToEnd(stream: Deno.Conn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(65536);
  try {
    for (let n; (n = await stream.read(buffer)) !== null;) parts.push(buffer.slice(0, n));
  } catch { /* reset, or stopped */ }
  return concatenated(parts);
}
