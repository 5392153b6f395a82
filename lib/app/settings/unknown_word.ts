/** What somebody may have meant who typed an option or a command that does not exist. */

import { COMMANDS } from "./commands.ts";
import { ConfigError } from "./config_error.ts";
import { findOption, OPTIONS } from "./options.ts";
import { nearest, prefixed, suggestion } from "./suggestion.ts";

/** What other programs call it. */
const OPTIONS_ELSEWHERE: Readonly<Record<string, string>> = {
  "?": "help",
  address: "listen",
  bind: "listen",
  c: "config",
  cacert: "ca",
  cafile: "ca",
  conf: "config",
  configuration: "config",
  debug: "log-level",
  dns: "upstream",
  f: "config",
  forward: "upstream",
  l: "listen",
  nameserver: "upstream",
  p: "listen",
  pidfile: "runtime-dir",
  port: "listen",
  quiet: "log-level",
  resolver: "upstream",
  server: "upstream",
  syslog: "log-format",
  u: "upstream",
  v: "version",
  verbose: "log-level",
};
const COMMANDS_ELSEWHERE: Readonly<Record<string, string>> = {
  ask: "query",
  diagnose: "doctor",
  dig: "query",
  down: "stop",
  flush: "reset",
  forward: "run",
  info: "status",
  kill: "stop",
  lookup: "query",
  quit: "stop",
  refresh: "reload",
  resolve: "query",
  serve: "run",
  shutdown: "stop",
  stats: "status",
  test: "check",
  up: "start",
  validate: "check",
  verify: "check",
};

/** Those of use to people, with their other spellings. */
const NAMES = OPTIONS.filter(({ isInternal }) => !isInternal)
  .flatMap(({ name, aliases }) => [name, ...aliases]).filter((name) => name.length > 1);

export function unknownOption(argument: string): ConfigError {
  const [, name] = /^-*([^=]*)/.exec(argument) ?? [];
  return new ConfigError("Option", argument, `unknown; ${adviceOnOption(name)}`);
}

export function unknownCommand(name: string): ConfigError {
  const near = suggestion(name, COMMANDS) ?? COMMANDS_ELSEWHERE[name.toLowerCase()] ??
    nearest(name, COMMANDS);
  if (near !== undefined) return new ConfigError("Command", name, `unknown; did you mean ${near}?`);
  const option = optionFor(name);
  const allowed = option ? `did you mean ${option}?` : `allowed are ${COMMANDS.join(", ")}`;
  return new ConfigError("Command", name, option ? `unknown; ${allowed}` : allowed);
}

/** About a word behind a command that takes none. */
export function unexpectedWord(word: string): ConfigError {
  const option = word.startsWith("-") ? undefined : optionFor(word);
  const advice = option ? `did you mean ${option}?` : "see dnsfwd --help";
  return new ConfigError("Argument", word, `not expected; ${advice}`);
}

function adviceOnOption(name: string): string {
  const isOff = /^no-/i.test(name);
  const known = isOff ? NAMES.filter((each) => each.startsWith("no-")) : NAMES;
  const near = suggestion(name, known) ?? OPTIONS_ELSEWHERE[name.toLowerCase()];
  if (near !== undefined) return `did you mean --${near}?`;
  const without = isOff ? turnedOff(name.slice("no-".length)) : undefined;
  if (without !== undefined) return without;
  if (isCommand(name)) return `did you mean the command ${name}?`;
  const alike = prefixed(name, NAMES).slice(0, 5).map((each) => `--${each}`);
  return alike.length === 0 ? "see dnsfwd --help" : `did you mean ${alike.join(" or ")}?`;
}

/** What to do where somebody wants an option not to hold. */
function turnedOff(name: string): string | undefined {
  const near = suggestion(name, NAMES);
  const option = near === undefined ? undefined : findOption(near);
  if (option === undefined) return undefined;
  if (option.value === undefined) return `--${near} is off unless it is given`;
  const isNone = option.help.some((line) => /\bnone\b/.test(line)) && !option.isRepeatable;
  return isNone ? `did you mean --${near} none?` : `leave out --${near} for its default`;
}

/** The option that a word without hyphens stands for. */
function optionFor(word: string): string | undefined {
  if (/^(?:tls|tcp|unix):/i.test(word)) return `--upstream ${word}`;
  const near = suggestion(word, NAMES);
  return near === undefined ? undefined : `--${near}`;
}

function isCommand(name: string): boolean {
  return (COMMANDS as readonly string[]).includes(name);
}
