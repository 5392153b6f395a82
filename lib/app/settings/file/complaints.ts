/** What is wrong with a configuration file, gathered so that nothing is said more often than it helps. */

import { ConfigError } from "../config_error.ts";
import { findForeign } from "./foreign.ts";
import { settingNames } from "./unknown_setting.ts";

interface Complaint {
  /** From 1. */
  readonly line: number;
  readonly error: ConfigError;
  /** What is allowed instead, if nothing is near: told once, with the last complaint that has it. */
  readonly names?: string;
  /** Whether it may be the mistake of somebody who knows another program. */
  readonly isForeign: boolean;
}

export class Complaints {
  readonly #path: string;
  #all: Complaint[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** What is no TOML. */
  addSyntax(line: number, reason: string): void {
    const error = new ConfigError(`${this.#path}:${line}`, undefined, reason);
    this.#all.push({ line, error, isForeign: true });
  }

  /** With `names`, a name that is like none of them. */
  add(line: number, error: ConfigError, names?: readonly string[]): void {
    const isForeign = names !== undefined;
    this.#all.push({ line, error, isForeign, ...isForeign && { names: names.join(", ") } });
  }

  /** All of them; `text` is that of the file. */
  finish(text: string): readonly ConfigError[] {
    if (this.#all.some(({ isForeign }) => isForeign)) this.#foldForeign(text);
    return this.#all.map(({ error, names }, at) => {
      const isLast = this.#all.findLastIndex((each) => each.names === names) === at;
      if (names === undefined || !isLast) return error;
      return new ConfigError(error.setting, error.value, `${error.allowed}; allowed are ${names}`);
    });
  }

  /** Puts one hint in the place of all complaints about settings of another program. */
  #foldForeign(text: string): void {
    const foreign = findForeign(text);
    if (foreign === undefined) return;
    const isTheirs = ({ line, isForeign }: Complaint) => isForeign && foreign.isLine(line);
    const theirs = this.#all.filter(isTheirs);
    if (theirs.length === 0) return;
    const line = Math.min(...theirs.map((each) => each.line));
    const allowed = `looks like the configuration of ${foreign.program}; dnsfwd has settings of ` +
      'its own, which "dnsfwd config --print-default" prints';
    const error = new ConfigError(`${this.#path}:${line}`, undefined, allowed);
    const names = settingNames().join(", ");
    const hint = { line, error, isForeign: true, names };
    this.#all = [hint, ...this.#all.filter((each) => !isTheirs(each))];
  }
}
