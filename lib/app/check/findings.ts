/** What was found wrong, by what it means for the exit code. */

import { ConfigError } from "../settings/config_error.ts";
import { byLine } from "../settings/problems.ts";

export class Findings {
  readonly #settings: ConfigError[];
  /** What this machine does not let us do now, though the settings are good: 1. */
  readonly machine: string[] = [];
  /** What works, for now or in part: 0. */
  readonly warnings: string[] = [];
  /** Addresses and directories that cannot be used now, as `check` shows them, though the program would run. */
  readonly unusable = new Set<string>();

  /** `settings` are those that were found before. */
  constructor(settings: readonly ConfigError[] = []) {
    this.#settings = [...settings];
  }

  /** Settings that cannot be used: 2. In the order of the file. */
  get settings(): readonly ConfigError[] {
    return this.#settings.toSorted(byLine);
  }

  /** The result of `make`; undefined, and the mistake kept under the name of `place`, if there is one. */
  attempt<T>(make: () => T, place?: string): T | undefined {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const each of error.all) this.add(place === undefined ? each : moved(each, place));
      return undefined;
    }
  }

  /** What is known already is told once. */
  add(error: ConfigError): void {
    if (this.#settings.every(({ message }) => message !== error.message)) {
      this.#settings.push(error);
    }
  }
}

/** What follows the option stays: `--upstream, key` says which part of it is meant. */
function moved(error: ConfigError, place: string): ConfigError {
  return error.at(error.setting.replace(/^--[a-z-]+/, () => place));
}
