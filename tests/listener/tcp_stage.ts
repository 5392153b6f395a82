/** A TCP listener under test on loopback, between clients and a resolver that the test speaks for. */

import { Access } from "../../lib/listener/access.ts";
import type { StreamLimits } from "../../lib/listener/client_connection.ts";
import { ConnectionLimits } from "../../lib/listener/connection_limits.ts";
import { ListenerCounters } from "../../lib/listener/listener_counters.ts";
import { Notices } from "../../lib/listener/notices.ts";
import { TcpListener } from "../../lib/listener/tcp_listener.ts";
import { TcpClient } from "../helpers/client.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";
import { type Message, parseMessage } from "../helpers/message.ts";
import { buildResponse } from "../helpers/query.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { FakeResolver } from "../resolver/recorder.ts";

export const KEEPALIVE = 30_000;
const CAPACITY = 512;
const UNLIMITED: StreamLimits = {
  idle: 10_000,
  inFlight: 256,
  queries: Infinity,
  lifetime: Infinity,
};

/** Counts the connections that were closed. */
class CountingLimits extends ConnectionLimits {
  released = 0;

  override release(host: string): void {
    this.released++;
    super.release(host);
  }
}

export class TcpStage {
  readonly resolver = new FakeResolver();
  readonly counters = new ListenerCounters();
  readonly notices = new Notices();
  readonly clock = new FakeClock();
  readonly listener: TcpListener;
  readonly #limits = new CountingLimits(CAPACITY, CAPACITY);
  readonly #running: Promise<void>;
  readonly #clients: TcpClient[] = [];

  constructor(stream: StreamLimits) {
    const write = () => {};
    this.listener = new TcpListener(Deno.listen({ hostname: "127.0.0.1", port: 0 }), {
      answering: { resolver: this.resolver },
      access: new Access([]),
      counters: this.counters,
      notices: this.notices,
      limits: this.#limits,
      clock: this.clock,
      log: { debug: write, info: write, warning: write, error: write },
      capacity: CAPACITY,
      stream,
      keepalive: KEEPALIVE,
    });
    this.#running = this.listener.run();
  }

  /** How many connections the listener has closed. */
  get closed(): number {
    return this.#limits.released;
  }

  /** A client whose connection is accepted; `read` false: it never reads. */
  async connect(read = true): Promise<TcpClient> {
    const { connections } = this.counters;
    const client = await TcpClient.connect({ ...this.listener.address, transport: "tcp" }, read);
    this.#clients.push(client);
    await waitUntil(() => this.counters.connections > connections, "accepted connection");
    return client;
  }

  /** Returns once the resolver was asked so many queries in all. */
  async asked(count: number): Promise<void> {
    await waitUntil(() => this.resolver.asked.length >= count, `${count} queries`);
    await settled();
  }

  /** The resolver responds to a query it was asked; returns what the client gets. */
  async respond(index: number, client: TcpClient): Promise<Message> {
    this.resolver.respond(index, buildResponse(parseMessage(this.resolver.asked[index].query)));
    return await client.next();
  }

  /** Closes; returns once the listener has ended. */
  async end(): Promise<void> {
    this.listener.close();
    for (const client of this.#clients) await client.close();
    await this.#running;
  }
}

/** Runs `run` with a new listener, then ends it. */
export function tcpTest(
  what: string,
  limits: Partial<StreamLimits>,
  run: (stage: TcpStage) => Promise<void>,
): void {
  Deno.test(what, async () => {
    const stage = new TcpStage({ ...UNLIMITED, ...limits });
    await run(stage);
    await stage.end();
  });
}
