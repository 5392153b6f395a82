/** Which upstreams to ask, who tells their addresses, and whom to trust: what several commands take. */

import type { Address } from "../../net/address.ts";
import type { Target } from "../../net/dial.ts";
import { ConfigError } from "./config_error.ts";
import { type FileSettings, type Given, pathOf, type Values } from "./given.ts";
import type { Problems } from "./problems.ts";
import { parseBootstrap } from "./setting_values.ts";
import { formatTarget, parseUpstream, timeSyncText } from "./upstream_uri.ts";

export interface Sources {
  readonly upstreams: readonly Target[];
  readonly bootstrap: readonly Address[];
  readonly caFiles: readonly string[];
}

const MAX_UPSTREAMS = 8;
const MAX_BOOTSTRAPS = 8;

export function parseSources(values: Values, problems: Problems, file?: FileSettings): Sources {
  return {
    upstreams: parseUpstreams(values.of("upstream"), problems, file),
    bootstrap: parseBootstraps(values.of("bootstrap"), problems),
    caFiles: values.of("ca").map((given) => pathOf(given.text, given)),
  };
}

function parseUpstreams(
  given: readonly Given[],
  problems: Problems,
  file: FileSettings | undefined,
): Target[] {
  const isUnread = file !== undefined && (!file.isWhole || file.names.has("upstream"));
  if (given.length === 0 && !isUnread) problems.add(missing(file));
  checkCount(given, MAX_UPSTREAMS, problems);
  const parsed = problems.each(given, (text, each) => ({ target: parseTarget(text, each), each }));
  checkTimeSync(parsed, problems);
  const names = parsed.map(({ target }) => formatTarget(target));
  parsed.forEach(({ each }, at) => {
    if (names.indexOf(names[at]) === at) return;
    problems.add(new ConfigError(each.setting, each.text, "given more than once"));
  });
  return parsed.map(({ target }) => target);
}

function missing(file: FileSettings | undefined): ConfigError {
  const allowed = "missing; say which resolver to ask, for example one of\n";
  const examples = [
    "tls://9.9.9.9#dns.quad9.net",
    "tls://1.1.1.1#one.one.one.one",
    "tls://8.8.8.8#dns.google",
  ];
  if (file === undefined) {
    const lines = examples.map((uri) => `  --upstream ${uri}`);
    return new ConfigError("--upstream", undefined, allowed + lines.join("\n"));
  }
  const lines = examples.map((uri) => `  upstream = "${uri}"`);
  return new ConfigError(`${file.path}: upstream`, undefined, allowed + lines.join("\n"));
}

function parseTarget(uri: string, given: Given): Target {
  const target = parseUpstream(uri);
  if (target.transport === "unix") return { ...target, path: pathOf(target.path, given) };
  if (target.transport === "tcp" || !target.identity) return target;
  const { caFiles, certFile, keyFile } = target.identity;
  const identity = {
    ...target.identity,
    caFiles: caFiles.map((path) => pathOf(path, given)),
    certFile: certFile && pathOf(certFile, given),
    keyFile: keyFile && pathOf(keyFile, given),
  };
  return { ...target, identity };
}

/** Whoever is asked before the clock is set can be asked for the same. */
function checkTimeSync(
  parsed: readonly { target: Target; each: Given }[],
  problems: Problems,
): void {
  const lists = parsed.map(({ target }) => timeSyncText(target));
  const first = lists.find((each) => each !== undefined);
  const other = lists.findIndex((each) => each !== undefined && each !== first);
  if (other < 0) return;
  const { setting, text } = parsed[other].each;
  const allowed = "before-time-sync must name the same names wherever it is given";
  problems.add(new ConfigError(setting, text, allowed));
}

function parseBootstraps(given: readonly Given[], problems: Problems): Address[] {
  checkCount(given, MAX_BOOTSTRAPS, problems);
  return problems.each(given, parseBootstrap);
}

function checkCount(given: readonly Given[], most: number, problems: Problems): void {
  if (given.length <= most) return;
  const { setting, text } = given[most];
  problems.add(new ConfigError(setting, text, `at most ${most} are allowed`));
}
