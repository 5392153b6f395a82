/**
 * What makes the running program one that can be found and told things: the lock and the control socket of a
 * runtime directory. Where it has none, the program runs all the same.
 *
 * Cleaners of temporary files, and people, remove what does not change for long: so both are looked at every
 * ten seconds, one stat each, and made again.
 */

import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import { Sweep } from "../../base/sweep.ts";
import { reasonOf } from "../system_error.ts";
import { CONTROL_SOCKET } from "./control_protocol.ts";
import { type Controlled, ControlServer } from "./control_server.ts";
import { InstanceError } from "./instance_error.ts";
import { InstanceLock } from "./instance_lock.ts";
import {
  NO_DIRECTORY,
  prepareRuntimeDirectory,
  unusableDirectory,
  usualRuntimeDirectories,
} from "./runtime_directory.ts";

const LOOK_INTERVAL = 10_000;
/** Nobody else may connect, which takes the right to write. */
const SOCKET_MODE = 0o600;
const ADVICE = "--runtime-dir DIR chooses another";

interface Server {
  readonly server: ControlServer;
  /** The inode of its socket's file. */
  readonly inode: number | null;
}

export class Instance {
  readonly directory: string;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #look: Sweep;
  #lock: InstanceLock;
  #controlled: Controlled | undefined;
  #serving: Server | undefined;
  /** How many sockets were made. */
  #made = 0;
  #hasTold = false;

  private constructor(directory: string, lock: InstanceLock, clock: Clock, log: Logger) {
    this.directory = directory;
    this.#lock = lock;
    this.#clock = clock;
    this.#log = log;
    this.#look = new Sweep(clock, LOOK_INTERVAL, () => this.#repair());
  }

  /**
   * Takes the directory for the value of `--runtime-dir`, if one is to be used and can be; if not the log says
   * so. One that was asked for must be usable, else throws `ConfigError`, and free, else `InstanceError`.
   */
  static take(option: string | undefined, clock: Clock, log: Logger): Instance | undefined {
    if (option === NO_DIRECTORY) return undefined;
    const directory = option ?? usualRuntimeDirectories().at(0);
    if (directory === undefined) {
      log.info(`There is no place for a control socket; running without (${ADVICE})`);
      return undefined;
    }
    try {
      prepareRuntimeDirectory(directory);
      const lock = InstanceLock.take(directory);
      if (lock) return new Instance(directory, lock, clock, log);
    } catch (error) {
      if (option !== undefined) throw unusableDirectory(option, error);
      const reason = reasonOf(error);
      log.warning(
        `Running without a control socket: cannot use ${directory}: ${reason} (${ADVICE})`,
      );
      return undefined;
    }
    const who = `${holderOf(directory)} already runs in ${directory}`;
    if (option !== undefined) throw new InstanceError(who);
    log.info(`${who}; running without a control socket (--runtime-dir DIR gives this one its own)`);
    return undefined;
  }

  /** Takes commands from now on. If the files are to be kept, they are made again when somebody removes them. */
  serve(controlled: Controlled, { isKept = true } = {}): void {
    this.#controlled = controlled;
    this.#repair();
    if (isKept) this.#look.wake();
  }

  /** Takes no more commands. The lock ends with the process: only then can another take its place. */
  close(): void {
    this.#look.stop();
    if (!this.#serving) return;
    this.#serving.server.close();
    try {
      if (inodeOf(this.#socketPath) === this.#serving.inode) Deno.removeSync(this.#socketPath);
    } catch (error) {
      // The next one to start removes what is left over.
      this.#log.debug(`Cannot remove ${this.#socketPath}: ${reasonOf(error)}`);
    }
  }

  /** Warns if the one that ran here last did not end as it should. */
  tellLost(): void {
    const { lost } = this.#lock;
    if (lost === undefined) return;
    this.#log.warning(
      `The last dnsfwd here (process ${lost}) was killed, crashed, or went down with the machine`,
    );
  }

  /** The process is about to end, and knows it: the next one will not tell of a crash. */
  end(): void {
    try {
      this.#lock.end();
    } catch (error) {
      this.#log.debug(`Cannot write the lock in ${this.directory}: ${reasonOf(error)}`);
    }
  }

  /** Gives the lock up, which the end of the process does too. */
  release(): void {
    this.#lock.release();
  }

  get #socketPath(): string {
    return `${this.directory}/${CONTROL_SOCKET}`;
  }

  #repair(): boolean {
    try {
      if (!this.#lock.isInPlace()) this.#retakeLock();
      if (!this.#serving || inodeOf(this.#socketPath) !== this.#serving.inode) this.#listen();
      this.#hasTold = false;
    } catch (error) {
      const text = `Cannot be controlled through ${this.directory}: ${reasonOf(error)}`;
      if (!this.#hasTold) this.#log.warning(`${text}; going on without`);
      this.#hasTold = true;
    }
    return true;
  }

  #retakeLock(): void {
    prepareRuntimeDirectory(this.directory);
    const lock = InstanceLock.take(this.directory);
    if (lock === undefined) {
      throw new Error(`${holderOf(this.directory)} has taken the lock, which had been removed`);
    }
    this.#lock.release();
    this.#lock = lock;
    this.#log.info(`Made the lock in ${this.directory} anew: somebody had removed it`);
  }

  /** The lock is ours, so that what has the name of the socket is left over. */
  #listen(): void {
    if (!this.#controlled) return;
    this.#serving?.server.close();
    this.#serving = undefined;
    const listener = listenAt(this.#socketPath, `${this.directory}/.${Deno.pid}.${++this.#made}`);
    const server = new ControlServer(listener, this.#controlled, this.#clock, this.#log);
    this.#serving = { server, inode: inodeOf(this.#socketPath) ?? null };
    server.run();
  }
}

/**
 * Listens at `path` in the place of what is there, open to nobody else at any moment. Made under the name
 * `next`, never used before: the runtime removes that name once a listener is closed, and not at once.
 */
function listenAt(path: string, next: string): Deno.UnixListener {
  const listener = Deno.listen({ transport: "unix", path: next });
  try {
    Deno.chmodSync(next, SOCKET_MODE);
    Deno.renameSync(next, path);
    return listener;
  } catch (error) {
    listener.close();
    throw error;
  }
}

/** Who holds the lock, for the start of a sentence. */
function holderOf(directory: string): string {
  try {
    const pid = InstanceLock.holder(directory);
    return pid === undefined ? "Another process" : `Process ${pid}`;
  } catch (error) {
    if (error instanceof InstanceError) return "Another process";
    throw error;
  }
}

/** Undefined if there is nothing. */
function inodeOf(path: string): number | null | undefined {
  try {
    return Deno.lstatSync(path).ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
