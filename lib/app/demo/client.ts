/**
 * A client of the forwarder: sends its queries over one socket or one TCP connection, a few at a
 * time, and notes for each whether a proper reply came, and when. It never sends a query twice: what
 * the cut costs is the forwarder's to make good, so that a lost answer shows in the report.
 */
import { headerRcode, isResponse, messageId, Rcode } from "../../dns/header.ts";
import type { Address } from "../../net/address.ts";
import { type Channel, openChannel, type Transport } from "./channel.ts";
import { encodeQuery, readQuestion } from "./message.ts";

/** A name and a record type to ask for. */
export interface Query {
  readonly name: string;
  readonly type: number;
}

/** How one query ended; without an answer `milliseconds` is how long it was waited for. */
export interface Exchange {
  readonly transport: Transport;
  readonly answered: boolean;
  readonly milliseconds: number;
}

/** How a client sends. */
export interface ClientOptions {
  /** Queries under way at once. */
  readonly concurrency: number;
  readonly timeoutMilliseconds: number;
  /** Called as each query ends. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** Sends `queries` over a channel of its own and resolves once every one has ended. */
export async function sendQueries(
  transport: Transport,
  to: Address,
  queries: readonly Query[],
  options: ClientOptions,
): Promise<Exchange[]> {
  const client = await Client.open(transport, to, options.timeoutMilliseconds);
  const exchanges: Exchange[] = [];
  const rest = queries.values(); // shared by the lanes, so each query is taken once
  const lane = async () => {
    for (const query of rest) {
      const exchange = await client.ask(query);
      exchanges.push(exchange);
      options.onExchange?.(exchange);
    }
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
  await client.close();
  return exchanges;
}

/** What is waited for under one message ID. */
interface Waiting {
  readonly query: Query;
  readonly end: (answered: boolean) => void;
}

class Client {
  readonly #transport: Transport;
  readonly #timeout: number;
  readonly #channel: Channel;
  readonly #waiting: Map<number, Waiting>;
  #nextId = 1;

  private constructor(
    transport: Transport,
    timeout: number,
    channel: Channel,
    waiting: Map<number, Waiting>,
  ) {
    this.#transport = transport;
    this.#timeout = timeout;
    this.#channel = channel;
    this.#waiting = waiting;
  }

  static async open(transport: Transport, to: Address, timeout: number): Promise<Client> {
    const waiting = new Map<number, Waiting>();
    const channel = await openChannel(transport, to, (message) => endWaiting(waiting, message));
    return new Client(transport, timeout, channel, waiting);
  }

  async ask(query: Query): Promise<Exchange> {
    const id = this.#nextId++ & 0xffff;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const start = performance.now();
    const timer = setTimeout(() => resolve(false), this.#timeout);
    this.#waiting.set(id, { query, end: resolve });
    await this.#channel.send(encodeQuery(id, query.name, query.type)).catch(() => resolve(false));
    const answered = await promise;
    const milliseconds = performance.now() - start;
    clearTimeout(timer);
    this.#waiting.delete(id);
    return { transport: this.#transport, answered, milliseconds };
  }

  async close(): Promise<void> {
    this.#channel.close();
    await this.#channel.done;
  }
}

/** Ignores whatever is not the reply to a query that is waited for. */
function endWaiting(table: Map<number, Waiting>, message: Uint8Array): void {
  const waiting = table.get(messageId(message));
  if (waiting === undefined || !answers(message, waiting.query)) return;
  waiting.end(headerRcode(message) === Rcode.NOERROR);
}

function answers(message: Uint8Array, query: Query): boolean {
  const question = readQuestion(message);
  return isResponse(message) && question?.name === query.name && question.type === query.type;
}
