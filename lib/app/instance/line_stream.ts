/** Lines of bounded length over a connection, in both directions. */

/** More octets than a line may have, before its end. */
export class LineTooLong extends Error {
  override readonly name = "LineTooLong";
}

const NEWLINE = 0x0a;

export class LineStream {
  readonly #connection: Deno.UnixConn;
  readonly #octets: Uint8Array<ArrayBuffer>;
  #length = 0;
  #isClosed = false;

  /** Takes `connection` over; a line may have `maxLength` octets, its end included. */
  constructor(connection: Deno.UnixConn, maxLength: number) {
    this.#connection = connection;
    this.#octets = new Uint8Array(maxLength);
  }

  /**
   * The next line, without its end; undefined once there are no more, because the peer or we have closed.
   * What comes after the last end of a line is none. Throws `LineTooLong`.
   */
  async read(): Promise<string | undefined> {
    for (let looked = 0;;) {
      const end = this.#octets.subarray(looked, this.#length).indexOf(NEWLINE);
      if (end >= 0) return this.#take(looked + end);
      looked = this.#length;
      if (looked === this.#octets.length) {
        throw new LineTooLong(`Line longer than ${looked} octets`);
      }
      const count = await this.#use(() => this.#connection.read(this.#octets.subarray(looked)));
      if (count === undefined) return undefined;
      this.#length += count;
    }
  }

  /** Writes `text`; false if the peer or we have closed. */
  async write(text: string): Promise<boolean> {
    const octets = new TextEncoder().encode(text);
    for (let written = 0; written < octets.length;) {
      const count = await this.#use(() => this.#connection.write(octets.subarray(written)));
      if (count === undefined) return false;
      written += count;
    }
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  #take(end: number): string {
    const line = new TextDecoder().decode(this.#octets.subarray(0, end));
    this.#octets.copyWithin(0, end + 1, this.#length);
    this.#length -= end + 1;
    return line;
  }

  /** Undefined at the end of the connection, whoever ended it and how. */
  async #use(io: () => Promise<number | null>): Promise<number | undefined> {
    if (this.#isClosed) return undefined;
    try {
      return await io() ?? undefined;
    } catch (error) {
      if (this.#isClosed || isEnd(error)) return undefined;
      throw error;
    }
  }
}

function isEnd(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset;
}
