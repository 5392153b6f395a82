/** A control server on a socket of its own, what it is told, and clients that say anything. */

import type { Health } from "../../../lib/app/instance/control_protocol.ts";
import { type Controlled, ControlServer } from "../../../lib/app/instance/control_server.ts";
import type { HealthState } from "../../../lib/app/report/health_state.ts";
import type { Report } from "../../../lib/app/report/report.ts";
import type { RecordedEvent } from "../../../lib/base/log/flight_recorder.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { LogRecorder } from "../../helpers/log_recorder.ts";
import { REPORT } from "../../helpers/report.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";
import { within } from "../../helpers/waiting.ts";

const LIMIT = 20_000;

/** Remembers what it was told to do, in order. */
export class ScriptedControlled implements Controlled {
  readonly told: string[] = [];
  problem: string | undefined;
  state: HealthState = "working";
  notReady: readonly string[] = [];
  /** Milliseconds. */
  draining = 0;
  current = REPORT;
  recorded: readonly RecordedEvent[] = [];
  /** What a reload waits for, or fails with. */
  reloading = (): Promise<void> => Promise.resolve();

  status(): Report {
    this.told.push("status");
    return this.current;
  }

  health(): Promise<Health> {
    return Promise.resolve(this.lastHealth());
  }

  lastHealth(): Health {
    const state = this.problem === undefined ? this.state : "failing";
    return { problem: this.problem, state, notReady: this.notReady };
  }

  readiness(): { addresses: readonly string[]; readyName: string } {
    return { addresses: REPORT.addresses, readyName: "ready.example." };
  }

  drain(): number {
    return this.draining;
  }

  events(): readonly RecordedEvent[] {
    return this.recorded;
  }

  async reload(): Promise<void> {
    this.told.push("reload");
    await this.reloading();
  }

  reset(): void {
    this.told.push("reset");
  }

  stop(): void {
    this.told.push("stop");
  }
}

export class ControlStage implements Disposable {
  readonly clock = new FakeClock();
  readonly log = new LogRecorder();
  readonly controlled = new ScriptedControlled();
  readonly server: ControlServer;
  readonly #temp = new TempDirectory();

  constructor() {
    const listener = Deno.listen({ transport: "unix", path: this.path });
    this.server = new ControlServer(listener, this.controlled, this.clock, this.log);
    this.server.run();
  }

  get directory(): string {
    return this.#temp.path;
  }

  get path(): string {
    return `${this.directory}/control.sock`;
  }

  /** A client with a connection of its own. */
  async client(): Promise<RawClient> {
    return new RawClient(await Deno.connect({ transport: "unix", path: this.path }));
  }

  /** What comes back, up to the end, for octets after which nothing more is sent. */
  async said(octets: string | Uint8Array): Promise<string> {
    using client = await this.client();
    await client.send(octets);
    client.end();
    return await client.rest();
  }

  [Symbol.dispose](): void {
    this.server.close();
    this.#temp[Symbol.dispose]();
  }
}

/** Sends octets as they are, and reads what comes. */
export class RawClient implements Disposable {
  readonly #connection: Deno.UnixConn;

  constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  /** False if the server has closed before it took all. */
  async send(data: string | Uint8Array): Promise<boolean> {
    const octets = typeof data === "string" ? new TextEncoder().encode(data) : data;
    try {
      for (let sent = 0; sent < octets.length;) {
        sent += await within(this.#connection.write(octets.subarray(sent)), LIMIT, "room to write");
      }
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      throw error;
    }
  }

  /** Sends nothing more. */
  end(): void {
    this.#connection.closeWrite().catch(() => {/* the server has closed already */});
  }

  /** One line, without its end; nothing may follow it. */
  async line(): Promise<string> {
    let text = "";
    while (!text.endsWith("\n")) {
      const chunk = await this.#chunk();
      if (chunk === "") throw new Error(`The connection ended after ${JSON.stringify(text)}`);
      text += chunk;
    }
    return text.slice(0, -1);
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<string> {
    let text = "";
    for (let chunk = await this.#chunk(); chunk !== ""; chunk = await this.#chunk()) text += chunk;
    return text;
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** "" at the end. */
  async #chunk(): Promise<string> {
    const octets = new Uint8Array(65_536);
    try {
      const count = await within(this.#connection.read(octets), LIMIT, "reply or end") ?? 0;
      return new TextDecoder().decode(octets.subarray(0, count));
    } catch (error) {
      if (error instanceof Deno.errors.ConnectionReset) return "";
      throw error;
    }
  }
}
