/**
 * The measured part of the demo: several clients at once, the upstream connection cut when half of
 * the answers are there, then the same upstream once more with a connection per query.
 */
import type { Address } from "../../net/address.ts";
import type { Transport } from "./channel.ts";
import { type Exchange, type Query, sendQueries } from "./client.ts";
import { measureHandshakes } from "./connection_per_query.ts";
import { type EmbeddedUpstream, RESPONSE_DELAY } from "./embedded_upstream.ts";
import { AskedType } from "./message.ts";
import type { CutFacts, DemoFacts } from "./report.ts";

/** What the demo needs of a running forwarder. */
export interface DemoForwarder {
  readonly addresses: readonly Address[];
  summary(): { readonly resent: number };
  stop(): Promise<void>;
}

/** What is measured: the forwarder, the upstream behind it, how that is verified. */
export interface Scene {
  readonly forwarder: DemoForwarder;
  readonly upstream: EmbeddedUpstream;
  readonly serverName: string;
  /** PEM of the authority that signed the upstream's certificate. */
  readonly authority: string;
}

const CLIENTS: readonly Transport[] = ["UDP", "UDP", "UDP", "UDP", "UDP", "UDP", "TCP", "TCP"];
const QUERIES_PER_CLIENT = 50;
const CLIENT_OPTIONS = { concurrency: 4, timeoutMilliseconds: 6000 } as const;
const TYPES = [AskedType.A, AskedType.AAAA, AskedType.TXT, AskedType.MX] as const;
const HANDSHAKES = 20;

/** Sends the queries, cuts the connection among them, and compares. */
export async function measure(scene: Scene): Promise<DemoFacts> {
  const { upstream, forwarder, serverName, authority } = scene;
  const cut = new Cut(upstream, CLIENTS.length * QUERIES_PER_CLIENT / 2);
  const start = performance.now();
  const exchanges = await runClients(forwarder.addresses[0], cut);
  const duration = performance.now() - start;
  const { connections, handshakes } = upstream.counts(); // before the comparison adds its own
  const verified = { address: upstream.address, serverName, authority };
  return {
    clients: CLIENTS.length,
    udpQueries: exchanges.filter(({ transport }) => transport === "UDP").length,
    tcpQueries: exchanges.filter(({ transport }) => transport === "TCP").length,
    latencies: exchanges.filter(isAnswered).map(({ milliseconds }) => milliseconds),
    duration,
    connections,
    handshakes,
    resent: forwarder.summary().resent,
    cut: cut.facts,
    responseDelay: RESPONSE_DELAY,
    handshakeTimes: await measureHandshakes(verified, HANDSHAKES),
  };
}

/** Waits for a number of answers, then cuts the upstream's connections, once. */
class Cut {
  readonly #upstream: EmbeddedUpstream;
  readonly #afterAnswers: number;
  #answers = 0;
  #facts: CutFacts | undefined;

  constructor(upstream: EmbeddedUpstream, afterAnswers: number) {
    this.#upstream = upstream;
    this.#afterAnswers = afterAnswers;
  }

  /** Undefined until it has come to the cut. */
  get facts(): CutFacts | undefined {
    return this.#facts;
  }

  note(exchange: Exchange): void {
    if (exchange.answered && ++this.#answers === this.#afterAnswers) this.#cut();
  }

  #cut(): void {
    const { connections } = this.#upstream.counts();
    const unanswered = this.#upstream.cutConnections();
    this.#facts = { afterAnswers: this.#afterAnswers, unanswered, connections };
  }
}

async function runClients(to: Address, cut: Cut): Promise<Exchange[]> {
  const options = { ...CLIENT_OPTIONS, onExchange: (exchange: Exchange) => cut.note(exchange) };
  const runs = CLIENTS.map((transport, client) =>
    sendQueries(transport, to, queriesOf(client), options)
  );
  return (await Promise.all(runs)).flat();
}

/** No name twice: nothing on the way is to be spared a query. */
function queriesOf(client: number): Query[] {
  return Array.from({ length: QUERIES_PER_CLIENT }, (_, index) => ({
    name: `host-${index}.client-${client}.example.`,
    type: TYPES[index % TYPES.length],
  }));
}

function isAnswered(exchange: Exchange): boolean {
  return exchange.answered;
}
