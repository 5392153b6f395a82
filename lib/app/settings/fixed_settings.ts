/** The settings that cannot change while the program runs: one table, for everybody who reads them again. */

import type { RunCommand } from "./command.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { Problems } from "./problems.ts";

interface FixedSetting<T> {
  readonly option: string;
  /** What is compared, and shown; undefined: not given. */
  readonly value: (settings: T) => string | undefined;
  readonly why: string;
}

/** Of what the forwarder is made with. */
export const FIXED_IN_CONFIG: readonly FixedSetting<Config>[] = [
  {
    option: "--state-dir",
    value: ({ stateDirectory }) => stateDirectory,
    why: "what is known was read from there",
  },
  {
    option: "--udp-io",
    value: ({ udpIo }) => udpIo,
    why: "the C library is opened once",
  },
  {
    option: "--ca",
    value: ({ caCerts }) => caCerts.length > 0 ? "given" : undefined,
    why: "the runtime learns once whether it may trust the public authorities",
  },
];

/** Of what the program was started with besides. */
export const FIXED_IN_COMMAND: readonly FixedSetting<RunCommand>[] = [
  {
    option: "--state-dir",
    value: ({ stateDirectory }) => stateDirectory,
    why: "what is known was read from there",
  },
  {
    option: "--ca",
    value: ({ caFiles }) => caFiles.length > 0 ? "given" : undefined,
    why: "the runtime learns once whether it may trust the public authorities",
  },
  {
    option: "--runtime-dir",
    value: ({ runtimeDirectory }) => runtimeDirectory,
    why: "the lock and the socket for commands are there",
  },
  {
    option: "--log-file",
    value: ({ logFile }) => logFile,
    why: "the standard streams go there as well",
  },
  {
    option: "--user",
    value: ({ user }) => user,
    why: "there is no way back from one user to another",
  },
  {
    option: "--group",
    value: ({ groups }) => groups.length > 0 ? groups.join(", ") : undefined,
    why: "there is no way back from one user to another",
  },
  {
    option: "--no-root",
    value: ({ isRootForbidden }) => isRootForbidden ? "given" : undefined,
    why: "whose rights the program has is looked at once",
  },
  {
    option: "--allow-key-log",
    value: ({ allowKeyLog }) => allowKeyLog ? "given" : undefined,
    why: "the environment is looked at once",
  },
];

/**
 * Throws a `ConfigError` for the settings that are others in `next`; `place` tells where one stands, if not on
 * the command line.
 */
export function checkFixed<T>(
  settings: readonly FixedSetting<T>[],
  current: T,
  next: T,
  place: (option: string) => string = (option) => option,
): void {
  const problems = new Problems();
  for (const { option, value, why } of settings) {
    const [before = "not given", after = "not given"] = [value(current), value(next)];
    if (before === after) continue;
    const change = `changed from ${before} to ${after}, which needs a restart: ${why}`;
    problems.add(new ConfigError(place(option), undefined, change));
  }
  problems.throwAny();
}
