/** Who runs: the lock that an instance holds for its life, with its process ID in the file. */

import { reasonOf } from "../system_error.ts";
import { FileLock } from "./file_lock.ts";
import { InstanceError } from "./instance_error.ts";

const NAME = "instance.lock";
const PID = /^[1-9]\d{0,9}$/;
/** The second line, once the process that the first one names is about to end. */
const ENDED = "ended";

export class InstanceLock {
  readonly #lock: FileLock;
  /** The process that had the lock before, if that has not said that it ends. */
  readonly lost: number | undefined;

  private constructor(lock: FileLock, lost: number | undefined) {
    this.#lock = lock;
    this.lost = lost;
  }

  /** Takes the lock of a directory that is there; undefined: another process holds it. */
  static take(directory: string): InstanceLock | undefined {
    const lock = FileLock.take(`${directory}/${NAME}`);
    if (lock === undefined) return undefined;
    try {
      const [pid, end] = lock.read();
      const lost = PID.test(pid) && end !== ENDED ? Number(pid) : undefined;
      lock.write(`${Deno.pid}\n`);
      return new InstanceLock(lock, lost);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  /**
   * The process that holds the lock; undefined: none does. Throws `InstanceError` if the file does not say
   * who holds it, or cannot be read: then its cause is what the system says.
   */
  static holder(directory: string): number | undefined {
    const path = `${directory}/${NAME}`;
    const line = readLine(path);
    if (line === undefined) return undefined;
    if (PID.test(line)) return Number(line);
    throw new InstanceError(`A process holds the lock ${path}, and the file does not say which`);
  }

  /** Whether the file is still there: else another process can take the lock. */
  isInPlace(): boolean {
    return this.#lock.isInPlace();
  }

  /** The process is about to end, and knows it. */
  end(): void {
    this.#lock.write(`${Deno.pid}\n${ENDED}\n`);
  }

  release(): void {
    this.#lock.release();
  }
}

function readLine(path: string): string | undefined {
  try {
    return FileLock.lineIfHeld(path);
  } catch (error) {
    throw new InstanceError(`Cannot look at the lock ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}
