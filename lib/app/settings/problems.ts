/** Gathers mistakes, so that the user hears of all of them at once. */

import { ConfigError } from "./config_error.ts";
import type { Given } from "./given.ts";

/** Several mistakes. The message has one after the other, each on a line of its own. */
class ConfigErrors extends ConfigError {
  readonly #all: readonly ConfigError[];

  constructor(all: readonly ConfigError[]) {
    super(all[0].setting, all[0].value, all[0].allowed);
    this.message = all.map((error) => error.message).join("\n");
    this.#all = all;
  }

  override get all(): readonly ConfigError[] {
    return this.#all;
  }
}

export class Problems {
  readonly #errors: ConfigError[] = [];
  readonly #bad = new Set<Given>();

  /** In the order in which they were found. */
  get errors(): readonly ConfigError[] {
    return this.#errors;
  }

  add(...errors: readonly ConfigError[]): void {
    for (const error of errors.flatMap((each) => each.all)) {
      if (this.#errors.every((each) => each.message !== error.message)) this.#errors.push(error);
    }
  }

  /** The result of `make`; if that throws a `ConfigError`, `otherwise`. */
  attempt<T>(make: () => T, otherwise: T): T {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.add(error);
      return otherwise;
    }
  }

  /** Whether the value could be parsed, or has not been. */
  isGood(given: Given): boolean {
    return !this.#bad.has(given);
  }

  /** What `parse` makes of each value that is good. Its mistakes are named by where the value stands. */
  each<T>(values: readonly Given[], parse: (text: string, given: Given) => T): T[] {
    return values.flatMap((given) => this.#parsed(given, parse));
  }

  /** What `parse` makes of the value that counts, the last one; `otherwise` if there is none, or no good one. */
  last<T, U>(values: readonly Given[], parse: (text: string) => T, otherwise: U): T | U {
    const [parsed = otherwise] = this.each(values.slice(-1), parse);
    return parsed;
  }

  /** Throws a `ConfigError` if there are any: the only one, or one that stands for all. */
  throwAny(): void {
    if (this.#errors.length > 0) throw joined(this.#errors);
  }

  #parsed<T>(given: Given, parse: (text: string, given: Given) => T): T[] {
    try {
      return [parse(given.text, given)];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.#bad.add(given);
      this.add(error.at(given.setting, given.shown ?? error.value));
      return [];
    }
  }
}

/** The only one, or one that stands for all; there is at least one. */
export function joined(errors: readonly ConfigError[]): ConfigError {
  return errors.length === 1 ? errors[0] : new ConfigErrors(errors.toSorted(byLine));
}

/** For sorting by the lines of the file; what has no line comes first. */
export function byLine(one: ConfigError, other: ConfigError): number {
  return lineOf(one) - lineOf(other);
}

function lineOf({ setting }: ConfigError): number {
  return Number(/^\/[^:]*:(\d+)/.exec(setting)?.[1] ?? 0);
}
