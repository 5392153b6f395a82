/** What the user asks for, as a command, and every mistake in it as a `ConfigError`. Reads no file. */

import { LOG_FORMATS } from "../../base/log/line.ts";
import { POLICIES } from "../../resolver/pool/policy.ts";
import { UDP_IO } from "../udp_io.ts";
import { CLIENT_DETAILS } from "../query_log/client_text.ts";
import type {
  Command,
  DoctorCommand,
  RunCommand,
  StarterCommand,
  StatusCommand,
} from "./command.ts";
import { ISOLATIONS } from "./config.ts";
import { parseCheck } from "./check_values.ts";
import { ConfigError } from "./config_error.ts";
import { type FileSettings, type Given, pathOf, pathOrNone, Values } from "./given.ts";
import { parseHealth, parseIdentity } from "./health_values.ts";
import { changedLimits, parseLimit } from "./limits.ts";
import { expandResolver } from "./known_resolvers.ts";
import { parseListen } from "./listen_address.ts";
import { parseMetrics } from "./metrics_address.ts";
import { checkOptions, parseTyped, type Typed } from "./option_values.ts";
import {
  type CommandName,
  COMMANDS,
  isInstanceCommand,
  isLikeRun,
  isStarter,
  type StarterName,
} from "./commands.ts";
import { passedOn } from "./passed_on.ts";
import { Problems } from "./problems.ts";
import { parseKeep, parseLevels, parseSize } from "./log_values.ts";
import { checkNetwork, parseChoice, parseIdle, parseInterval } from "./setting_values.ts";
import { parseQueryLog, unread } from "./query_log_values.ts";
import { parseSources } from "./sources.ts";
import { unexpectedWord, unknownCommand } from "./unknown_word.ts";
import { streamAt } from "../stream_path.ts";
import { upstreamForServer } from "./upstream_spelling.ts";
import { formatTarget } from "./upstream_uri.ts";

export interface CommandContext {
  /** Where relative paths of `args` begin; by default they stay as they are. */
  readonly directory?: string;
  readonly file?: FileSettings;
}

/**
 * The command that `args` and the file ask for; throws a `ConfigError` with all that is wrong. Only `check` is
 * told of wrong settings, since it has more to look at.
 */
export function parseCommandLine(
  args: readonly string[],
  { directory = "", file }: CommandContext = {},
): Command {
  const problems = new Problems();
  const typed = parseTyped(args, directory, problems);
  // What follows an unknown option is taken for a word: no use to complain about that, too.
  problems.throwAny();
  const [name = "run", ...rest] = typed.words;
  if (!isCommand(name)) throw unknownCommand(name);
  if (name === "help") return { name, topic: parseTopic(rest) };
  const values = new Values(typed.given, file?.given);
  if (values.isOn("help")) {
    return { name: "help", topic: typed.words.length > 0 ? name : undefined };
  }
  if (values.isOn("version") && (name === "run" || isLikeRun(name))) return { name: "version" };
  checkOptions(name, typed, problems);
  // Whatever is wrong with the file, the instance that runs can be asked and ended.
  if (file && !isInstanceCommand(name)) problems.add(...file.errors);
  if (name === "query") checkServer(rest, problems);
  else if (name !== "doctor") checkWords(rest, problems);
  const command = makeCommand({ name, typed, rest, values, file, problems });
  if (command.name !== "check") problems.throwAny();
  return command;
}

interface Request {
  readonly name: Exclude<CommandName, "help">;
  readonly typed: Typed;
  /** Behind the command. */
  readonly rest: readonly string[];
  readonly values: Values;
  readonly file: FileSettings | undefined;
  readonly problems: Problems;
}

/** Good for something only if there are no problems. */
function makeCommand(request: Request): Command {
  const { name, values, rest, file, problems } = request;
  if (name === "run") return parseRun(values, problems, file);
  if (name === "check") {
    return parseCheck(parseRun(values, problems, file), request.typed, values, problems);
  }
  if (isStarter(name)) return parseStarter(name, request);
  if (name === "query") return { name, words: rest, ...parseSources(values, problems, file) };
  if (name === "doctor") return parseDoctor(request);
  if (name === "demo") return { name, once: values.isOn("once") };
  if (name === "status") return parseStatus(values, problems);
  if (isInstanceCommand(name)) return { name, runtimeDirectory: parseRuntimeDirectory(values) };
  return { name: "config", print: parsePrint(values, problems) };
}

function parseStarter(
  name: StarterName,
  { typed, values, file, problems }: Request,
): StarterCommand {
  return {
    name,
    run: parseRun(values, problems, file, true),
    args: passedOn(typed.given, file?.path),
    printCrontab: values.isOn("print-crontab"),
  };
}

/** The URI may stand without `--upstream`. Of those in a file, the first is meant. */
function parseDoctor({ typed, rest, values, file, problems }: Request): DoctorCommand {
  const words = rest.map((text) => ({ text, setting: "--upstream", directory: "" }));
  const uris = [...typed.given.get("upstream") ?? [], ...words];
  const given = uris.length > 0 ? uris : values.given("upstream").slice(0, 1);
  const chosen = new Values(
    new Map([...typed.given, ["upstream", given.flatMap(firstOf)]]),
    file?.given,
  );
  const { upstreams, bootstrap, caFiles } = parseSources(chosen, problems, file);
  if (upstreams.length > 1) {
    const allowed = "one is examined at a time";
    problems.add(new ConfigError("--upstream", formatTarget(upstreams[1]), allowed));
  }
  return {
    name: "doctor",
    upstream: upstreams[0],
    uri: given.at(0)?.text ?? "",
    bootstrap,
    caFiles,
    domain: values.of("name").at(-1)?.text ?? "",
    idleSeconds: problems.last(values.of("idle"), parseIdle, 0),
  };
}

/** Of a resolver given by name, the first address is examined. */
function firstOf(given: Given): readonly Given[] {
  return expandResolver(given).slice(0, 1);
}

function parseStatus(values: Values, problems: Problems): StatusCommand {
  const isWatching = values.isOn("watch");
  const interval = problems.last(values.of("interval"), parseInterval, 1);
  const [given] = values.given("interval");
  if (given && !isWatching) {
    problems.add(new ConfigError(given.setting, given.text, "needs --watch as well"));
  }
  if (values.isOn("events") && isWatching) {
    problems.add(new ConfigError("--events", undefined, "cannot be watched; leave --watch out"));
  }
  return {
    name: "status",
    runtimeDirectory: parseRuntimeDirectory(values),
    isJson: values.isOn("json"),
    events: values.isOn("events"),
    watchSeconds: isWatching ? interval : undefined,
  };
}

function parsePrint(values: Values, problems: Problems): "default" | "schema" {
  const isDefault = values.isOn("print-default");
  if (isDefault === values.isOn("print-schema")) {
    problems.add(new ConfigError("config", undefined, "needs --print-default or --print-schema"));
  }
  return isDefault ? "default" : "schema";
}

function isCommand(name: string): name is CommandName {
  return (COMMANDS as readonly string[]).includes(name);
}

function parseTopic([topic]: string[]): CommandName | undefined {
  if (topic === undefined || isCommand(topic)) return topic;
  throw unknownCommand(topic);
}

function checkWords([word]: readonly string[], problems: Problems): void {
  if (word === undefined) return;
  problems.add(unexpectedWord(word));
}

/** Those who know dig(1) name the resolver with an @. */
function checkServer(words: readonly string[], problems: Problems): void {
  const server = words.find((word) => word.startsWith("@"));
  if (server === undefined) return;
  const allowed = `not expected; the resolver is named by ${upstreamForServer(server)}`;
  problems.add(new ConfigError("Argument", server, allowed));
}

function parseRuntimeDirectory(values: Values): string | undefined {
  return values.of("runtime-dir").map((given) => pathOrNone(given.text, given)).at(-1);
}

/** Elsewhere `none` turns off what has a default, here it would make a file. */
function parseLogFile(text: string, given: Given, isBackground: boolean): string {
  const path = pathOf(text, given);
  const stream = isBackground ? streamAt(path) : undefined;
  if (stream) throw new ConfigError("--log-file", text, unread(stream));
  if (text !== "none") return path;
  throw new ConfigError("--log-file", text, "expected a file (./none for one of that name)");
}

function parseGroups(values: Values, problems: Problems): string[] {
  const groups = values.of("group");
  if (groups.length > 0 && values.of("user").length === 0) {
    const { setting, text } = groups[0];
    problems.add(new ConfigError(setting, text, "needs --user as well"));
  }
  return groups.map(({ text }) => text);
}

function parseRun(
  values: Values,
  problems: Problems,
  file: FileSettings | undefined,
  isBackground = values.isOn("background"),
): RunCommand {
  const { upstreams, bootstrap, caFiles } = parseSources(values, problems, file);
  const choose = <T extends string>(option: string, known: readonly [T, ...T[]]) =>
    problems.last(values.of(option), parseChoice(option, known), known[0]);
  const logRotation = {
    maxSize: problems.last(values.of("log-max-size"), parseSize, 0),
    keep: problems.last(values.of("log-keep"), parseKeep, 0),
  };
  const logFile = problems.each(
    values.of("log-file"),
    (text, given) => parseLogFile(text, given, isBackground),
  ).at(-1);
  const command = {
    name: "run",
    config: {
      listen: problems.each(values.of("listen"), parseListen),
      isDefaultListen: values.given("listen").length === 0,
      upstreams,
      policy: choose("policy", POLICIES),
      isolate: problems.last(values.of("isolate"), parseChoice("isolate", ISOLATIONS), undefined),
      bootstrap,
      truncate: values.isOn("truncate"),
      allow: problems.each(values.of("allow"), checkNetwork),
      udpIo: choose("udp-io", UDP_IO),
      queryLog: parseQueryLog(values, choose("query-log-clients", CLIENT_DETAILS), {
        isBackground,
        logFile,
        rotation: logRotation,
        problems,
      }),
      limits: changedLimits(problems.each(values.of("limit"), parseLimit)),
      metrics: problems.last(values.of("metrics"), parseMetrics, undefined),
      health: parseHealth(values, problems),
      identity: parseIdentity(values, problems),
    },
    caFiles,
    stateDirectory: values.of("state-dir").map((given) => pathOrNone(given.text, given)).at(-1),
    runtimeDirectory: parseRuntimeDirectory(values),
    user: values.of("user").at(-1)?.text,
    groups: parseGroups(values, problems),
    isRootForbidden: values.isOn("no-root"),
    log: {
      ...problems.last(values.of("log-level"), parseLevels, { level: 0, levels: {} }),
      format: choose("log-format", LOG_FORMATS),
    },
    logRotation,
    logFile,
    isBackground: values.isOn("background"),
    allowKeyLog: values.isOn("allow-key-log"),
    configFile: file?.path,
  } as const;
  // Only now is it known which values are good.
  return { ...command, places: values.places((given) => problems.isGood(given)) };
}
