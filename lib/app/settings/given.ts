/** The values that options were given, whether on the command line or in the file. */

import type { ConfigError } from "./config_error.ts";
import { expandResolver } from "./known_resolvers.ts";
import { findOption } from "./options.ts";

export interface Given {
  /** As on the command line: a list is several values, a switch is `true` or `false`. */
  readonly text: string;
  /** How mistakes name it: `--listen`, or `/etc/dnsfwd/dnsfwd.toml:3: listen`. */
  readonly setting: string;
  /** The value as it is written, where that is not `text`. */
  readonly shown?: string;
  /** Where relative paths begin; empty: they stay as they are. */
  readonly directory: string;
}

/** By the name of the option. */
export type GivenByName = ReadonlyMap<string, readonly Given[]>;

export interface FileSettings {
  /** Absolute. */
  readonly path: string;
  readonly given: GivenByName;
  /** What is wrong with the file, whatever the values are. */
  readonly errors: readonly ConfigError[];
  /** Of all settings that are there, good or not. */
  readonly names: ReadonlySet<string>;
  /** Nothing is missing because it cannot be read. */
  readonly isWhole: boolean;
}

/** How mistakes name each value of an option, by its name. */
export type Places = Readonly<Partial<Record<string, readonly string[]>>>;

/** Values of the command line, else of the file, else the default. */
export class Values {
  readonly #typed: GivenByName;
  readonly #file: GivenByName;

  constructor(typed: GivenByName, file: GivenByName = new Map()) {
    this.#typed = expanded(typed);
    this.#file = expanded(file);
  }

  /** All that count, the default included. */
  of(name: string): readonly Given[] {
    const given = this.given(name);
    if (given.length > 0) return given;
    const defaults = findOption(name)?.defaults ?? [];
    return defaults.map((text) => ({ text, setting: `--${name}`, directory: "" }));
  }

  /** Those that the user has given. The parts of an option, such as limits, are replaced one by one. */
  given(name: string): readonly Given[] {
    const typed = this.#typed.get(name) ?? [];
    const written = this.#file.get(name) ?? [];
    if (findOption(name)?.parts) return [...written, ...typed];
    return typed.length > 0 ? typed : written;
  }

  /** Where the values stand that the user has given, but for those that `isGood()` denies. */
  places(isGood: (given: Given) => boolean): Places {
    const names = new Set([...this.#typed.keys(), ...this.#file.keys()]);
    const lists = Array.from(names, (name) => [name, this.given(name).filter(isGood)] as const);
    return Object.fromEntries(
      lists.filter(([, given]) => given.length > 0)
        .map(([name, given]) => [name, given.map(({ setting }) => setting)]),
    );
  }

  isOn(name: string): boolean {
    return this.given(name).at(-1)?.text === "true";
  }
}

/** With the URIs of upstreams that are written by name. */
function expanded(given: GivenByName): GivenByName {
  const upstreams = given.get("upstream") ?? [];
  return new Map([...given, ["upstream", upstreams.flatMap(expandResolver)]]);
}

/** The path of `text`, made absolute by where it stands. */
export function pathOf(text: string, { directory }: Pick<Given, "directory">): string {
  if (directory === "" || text.startsWith("/")) return text;
  return `${directory.replace(/\/$/, "")}/${text.replace(/^(\.\/)+/, "")}`;
}

/** Like `pathOf()`, for options that may say `none`. */
export function pathOrNone(text: string, given: Pick<Given, "directory">): string {
  return text === "none" ? text : pathOf(text, given);
}
