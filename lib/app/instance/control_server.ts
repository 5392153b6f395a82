/**
 * Takes commands over the control socket. Only the owner of the socket can connect; bounded all the same, in
 * connections, octets and time, as a mistake in a script must not cost the service.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { acceptAll } from "../../net/accept_all.ts";
import type { RecordedEvent } from "../../base/log/flight_recorder.ts";
import {
  commandFields,
  type ControlCommand,
  CROWDED,
  formatReply,
  type Health,
  healthFields,
  MAX_COMMAND_LENGTH,
  parseCommand,
  type Reply,
} from "./control_protocol.ts";
import type { Report } from "../report/report.ts";
import { eventsPage } from "./events_page.ts";
import { LineStream, LineTooLong } from "./line_stream.ts";

/** What a command does; an `Error` that is thrown is the reply, in plain words. */
export interface Controlled {
  status(): Report;
  /** After another look at itself. */
  health(): Promise<Health>;
  /** As last found: at once. */
  lastHealth(): Health;
  /** What else belongs to whether it is ready. */
  readiness(): Pick<Reply, "addresses" | "readyName">;
  /** Milliseconds for which it goes on serving once told to stop. */
  drain(): number;
  /** What happened last, the oldest first. */
  events(): readonly RecordedEvent[];
  /** Resolves once the new configuration is in use. */
  reload(): Promise<void>;
  reset(): void;
  /** Called once the reply is on its way. */
  stop(): void;
}

interface Answer {
  readonly text: string;
  /** Whether the connection ends with it. */
  readonly isLast?: boolean;
  readonly isStop?: boolean;
}

const MAX_CONNECTIONS = 8;
/** Milliseconds for a client to send a line, and to take the reply. */
const PATIENCE = 5000;

export class ControlServer {
  readonly #listener: Deno.UnixListener;
  readonly #controlled: Controlled;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #streams = new Set<LineStream>();
  /** Those that have not sent their next command, the one silent for longest first. */
  readonly #silent = new Set<LineStream>();
  #isClosed = false;

  /** Takes `listener` over. */
  constructor(listener: Deno.UnixListener, controlled: Controlled, clock: Clock, log: Logger) {
    this.#listener = listener;
    this.#controlled = controlled;
    this.#clock = clock;
    this.#log = log;
  }

  /** Accepts until closed; a failed accept is tried again, and logged unless the one before failed too. */
  run(): Promise<void> {
    return acceptAll({
      accept: () => this.#listener.accept(),
      welcome: (connection) => this.#welcome(connection),
      isClosed: () => this.#isClosed,
      onFailure: (error) => this.#log.error(`Cannot accept on the control socket: ${error}`),
      clock: this.#clock,
    });
  }

  /** Ends all connections, also those that wait for a reply. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener.close();
    for (const stream of [...this.#streams]) stream.close();
  }

  #welcome(connection: Deno.UnixConn): void {
    const stream = new LineStream(connection, MAX_COMMAND_LENGTH);
    if (this.#streams.size >= MAX_CONNECTIONS) this.#giveWay();
    const isCrowded = this.#streams.size >= MAX_CONNECTIONS;
    // It fits into the buffer of a connection that is new, and so does not wait.
    const served = isCrowded ? stream.write(refusal(CROWDED)) : this.#serve(stream);
    if (!isCrowded) this.#streams.add(stream);
    served.catch((error) => this.#log.error(`Unexpected on the control socket: ${error}`))
      .finally(() => {
        this.#streams.delete(stream);
        this.#silent.delete(stream);
        stream.close();
      });
  }

  /** Who says nothing makes room for who may. */
  #giveWay(): void {
    for (const stream of this.#silent) {
      this.#silent.delete(stream);
      this.#streams.delete(stream);
      return stream.close();
    }
  }

  async #serve(stream: LineStream): Promise<void> {
    for (;;) {
      this.#silent.add(stream);
      const line = await this.#inTime(stream, () => readCommand(stream));
      this.#silent.delete(stream);
      if (line === undefined) return;
      const { text, isStop, isLast } = await this.#reply(line);
      const isTaken = await this.#inTime(stream, () => stream.write(text));
      if (isStop) this.#controlled.stop();
      if (isLast || !isTaken) return;
    }
  }

  async #reply(line: string | LineTooLong): Promise<Answer> {
    if (line instanceof LineTooLong) return { text: refusal(line.message), isLast: true };
    try {
      const command = parseCommand(line);
      const text = formatReply({ ok: true, ...await this.#obey(command, line) });
      return command === "stop" ? { text, isLast: true, isStop: true } : { text };
    } catch (error) {
      return { text: refusal((error as Error).message) };
    }
  }

  async #obey(command: ControlCommand, line: string): Promise<object> {
    const controlled = this.#controlled;
    switch (command) {
      case "status":
        return { ...controlled.status(), ...healthFields(await controlled.health()) };
      case "health":
        return healthFields(await controlled.health());
      case "events":
        return eventsPage(controlled.events(), commandFields(line).from);
      case "reload":
        await controlled.reload();
        return {};
      case "reset":
        controlled.reset();
        return {};
      case "ready":
        return { ...healthFields(controlled.lastHealth()), ...controlled.readiness() };
      case "stop":
        return drainFields(controlled.drain());
    }
  }

  /** The connection is closed under a peer that takes too long. */
  async #inTime<T>(stream: LineStream, io: () => Promise<T>): Promise<T> {
    const timer = this.#clock.after(PATIENCE, () => stream.close());
    try {
      return await io();
    } finally {
      timer.cancel();
    }
  }
}

function drainFields(drain: number): Pick<Reply, "drain"> {
  return drain > 0 ? { drain } : {};
}

function refusal(error: string): string {
  return formatReply({ ok: false, error });
}

async function readCommand(stream: LineStream): Promise<string | LineTooLong | undefined> {
  try {
    return await stream.read();
  } catch (error) {
    if (error instanceof LineTooLong) return error;
    throw error;
  }
}
