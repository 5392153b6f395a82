/** One at a time starts or ends an instance: what it has found holds until it is done. */

import { FileLock } from "./file_lock.ts";
import { InstanceError } from "./instance_error.ts";

const NAME = "start.lock";
/** Milliseconds between two attempts. */
const PAUSE = 50;

export class StartLock {
  readonly #lock: FileLock;

  private constructor(lock: FileLock) {
    this.#lock = lock;
  }

  /**
   * Takes the lock of a directory that is there, once nobody else holds it; throws `InstanceError` if that
   * takes longer than `timeout` milliseconds.
   */
  static async take(directory: string, timeout: number): Promise<StartLock> {
    const end = performance.now() + timeout;
    for (;;) {
      const lock = FileLock.take(`${directory}/${NAME}`);
      if (lock) return new StartLock(lock);
      if (performance.now() >= end) {
        throw new InstanceError(`Another command is starting or ending dnsfwd in ${directory}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  release(): void {
    this.#lock.release();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}
