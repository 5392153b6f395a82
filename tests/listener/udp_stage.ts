/** A UDP listener under test, between clients and a resolver that the test speaks for. */

import { Access } from "../../lib/listener/access.ts";
import { ListenerCounters } from "../../lib/listener/listener_counters.ts";
import { OwnAddresses } from "../../lib/listener/own_addresses.ts";
import { UdpListener, type UdpListenerOptions } from "../../lib/listener/udp_listener.ts";
import { FakeClock, settled } from "../helpers/fake_clock.ts";
import { type Message, parseMessage } from "../helpers/message.ts";
import {
  buildQuery,
  buildResponse,
  type QueryInput,
  type ResponseInput,
} from "../helpers/query.ts";
import { FakeResolver } from "../resolver/recorder.ts";
import { FakeDatagramSocket } from "./fake_datagram_socket.ts";

export const CAPACITY = 8;
export const NAME = "www.Example";
/** Where clients ask from unless something else is said. */
export const CLIENT = { host: "127.0.0.1", port: 40_000 };

export class UdpStage {
  readonly socket: FakeDatagramSocket;
  readonly resolver = new FakeResolver();
  readonly counters = new ListenerCounters();
  readonly clock = new FakeClock();
  readonly lines: string[] = [];
  readonly listener: UdpListener;
  readonly #running: Promise<void>;

  constructor(hostname = "127.0.0.1", options: Partial<UdpListenerOptions> = {}) {
    this.socket = new FakeDatagramSocket(hostname);
    const write = (text: string) => void this.lines.push(text);
    this.listener = new UdpListener(this.socket, {
      answering: { resolver: this.resolver },
      access: new Access([]),
      counters: this.counters,
      clock: this.clock,
      log: { debug: write, info: write, warning: write, error: write },
      capacity: CAPACITY,
      truncate: false,
      rate: undefined,
      own: new OwnAddresses([{ hostname: "127.0.0.1", port: 53 }]),
      ...options,
    });
    this.#running = this.listener.run();
  }

  /** A client asks; returns its query. */
  async ask(input: QueryInput = {}, from = CLIENT, name = NAME): Promise<Uint8Array<ArrayBuffer>> {
    const octets = buildQuery(name, input);
    await this.send(octets, from);
    return octets;
  }

  send(octets: Uint8Array, from = CLIENT): Promise<void> {
    return this.socket.deliver({ octets, ...from });
  }

  /** The resolver responds to a query it was asked. */
  async respond(index: number, input: ResponseInput = {}): Promise<void> {
    this.resolver.respond(index, buildResponse(this.asked(index), input));
    await settled();
  }

  asked(index: number): Message {
    return parseMessage(this.resolver.asked[index].query);
  }

  /** The reply sent last. */
  get reply(): Message {
    return this.socket.replies[this.socket.replies.length - 1].message;
  }

  /** Closes; returns once the listener has ended. */
  async end(): Promise<void> {
    this.listener.close();
    await this.#running;
  }
}

/** Runs `run` with a new listener, then ends it. */
export function udpTest(
  what: string,
  run: (stage: UdpStage) => Promise<void>,
  hostname?: string,
  options?: Partial<UdpListenerOptions>,
): void {
  Deno.test(what, async () => {
    const stage = new UdpStage(hostname, options);
    await run(stage);
    await stage.end();
  });
}
