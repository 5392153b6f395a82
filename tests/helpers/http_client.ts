/** A client of HTTP that says exactly what it is told, and reads octets: nothing of it is the runtime's. */

import { waitUntil, within } from "./waiting.ts";

export interface HttpReply {
  readonly status: number;
  /** By name in lower case. */
  readonly fields: ReadonlyMap<string, string>;
  readonly text: string;
}

const LIMIT = 20_000;

export class HttpClient implements Disposable {
  readonly #connection: Deno.TcpConn;
  #received = "";
  /** Whether the server has ended the connection. */
  isEnded = false;

  /** To 127.0.0.1; with `isDeaf` nothing is ever read. */
  static async connect(port: number, isDeaf = false): Promise<HttpClient> {
    return new HttpClient(await Deno.connect({ hostname: "127.0.0.1", port }), isDeaf);
  }

  private constructor(connection: Deno.TcpConn, isDeaf: boolean) {
    this.#connection = connection;
    if (!isDeaf) this.#read();
  }

  /** Sends a text of Latin-1. */
  async send(text: string): Promise<void> {
    const octets = Uint8Array.from(text, (each) => each.charCodeAt(0));
    for (let sent = 0; sent < octets.length;) {
      sent += await this.#connection.write(octets.subarray(sent));
    }
  }

  /** Asks for a path as simply as one can; the reply. */
  async get(path: string, host = "127.0.0.1"): Promise<HttpReply> {
    await this.send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return await this.reply();
  }

  /** The next reply; `hasText`: unless that of HEAD. */
  async reply(hasText = true): Promise<HttpReply> {
    let found: HttpReply | undefined;
    const isThere = () => (found ??= this.#take(hasText)) !== undefined || this.isEnded;
    await waitUntil(isThere, "a reply", LIMIT);
    if (found === undefined) throw new Error(`No reply, but ${JSON.stringify(this.#received)}`);
    return found;
  }

  /** Resolves once the server has ended the connection; what was left of what it sent. */
  async end(): Promise<string> {
    await waitUntil(() => this.isEnded, "the end of the connection", LIMIT);
    return this.#received;
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  #take(hasText: boolean): HttpReply | undefined {
    const at = this.#received.indexOf("\r\n\r\n");
    if (at < 0) return undefined;
    const [first, ...lines] = this.#received.slice(0, at).split("\r\n");
    const fields = new Map(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const length = hasText ? Number(fields.get("content-length")) : 0;
    const text = this.#received.slice(at + 4, at + 4 + length);
    if (text.length < length) return undefined;
    this.#received = this.#received.slice(at + 4 + length);
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]), fields, text };
  }

  async #read(): Promise<void> {
    const octets = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await this.#connection.read(octets);
        if (count === null) break;
        this.#received += new TextDecoder("latin1").decode(octets.subarray(0, count));
      }
    } catch { /* reset, or closed by us: the end in any case */ }
    this.isEnded = true;
  }
}

/** The reply to one GET on a connection of its own. */
export async function get(port: number, path: string, host?: string): Promise<HttpReply> {
  using client = await HttpClient.connect(port);
  return await within(client.get(path, host), LIMIT, `reply for ${path}`);
}
