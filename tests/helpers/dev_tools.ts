/** The DevTools protocol of a browser: calls with results, and events, over one WebSocket. */

import { within } from "./waiting.ts";

const CALL_LIMIT = 15_000;

export type Params = Readonly<Record<string, unknown>>;
/** What an event tells, or what a call gives. */
// deno-lint-ignore no-explicit-any -- a protocol of hundreds of messages
export type Result = any;
type Listener = (params: Result) => void;

export class DevTools implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<void>();
  readonly #calls = new Map<number, PromiseWithResolvers<Result>>();
  readonly #listeners = new Map<string, Listener>();
  #last = 0;

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    const opened = Promise.withResolvers<void>();
    socket.onopen = () => opened.resolve();
    socket.onerror = () => opened.reject(new Error(`Cannot connect to ${url}`));
    await opened.promise;
    return new DevTools(socket);
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(data));
    socket.onclose = () => this.#end();
    socket.onerror = null;
  }

  /** Calls a method, of a session or of the browser. */
  call(method: string, params: Params = {}, sessionId?: string): Promise<Result> {
    const id = ++this.#last;
    const call = Promise.withResolvers<Result>();
    this.#calls.set(id, call);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return within(call.promise, CALL_LIMIT, `result of ${method}`);
  }

  /** Has the events of a session told to `listener`. */
  listen(sessionId: string, method: string, listener: Listener): void {
    this.#listeners.set(`${sessionId} ${method}`, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#closed.promise;
  }

  #take({ error, id, method, params, result, sessionId }: Result): void {
    if (id === undefined) return this.#listeners.get(`${sessionId} ${method}`)?.(params);
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(result);
    else call?.reject(new Error(error.message));
  }

  #end(): void {
    for (const call of this.#calls.values()) call.reject(new Error("The browser has gone"));
    this.#calls.clear();
    this.#closed.resolve();
  }
}
