/** What `check --json` prints: all findings, and what would be used. Names and exit codes stay as they are. */

import { formatAddress } from "../../net/address.ts";
import type { RunCommand } from "../settings/command.ts";
import type { ConfigError } from "../settings/config_error.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import type { Trial } from "./connecting.ts";
import type { Findings } from "./findings.ts";

/** A value of a file stands behind `FILE:LINE: `, one of the command line behind `--`. */
const IN_FILE = /^(\/[^:]*):(\d+): /;

export function findingsJson(
  { settings, machine, warnings }: Pick<Findings, "machine" | "settings" | "warnings">,
  exitCode: number,
  run?: RunCommand,
  trials?: readonly Trial[],
): string {
  const findings = [
    ...settings.map(settingFinding),
    ...machine.map((message) => ({ severity: "error", kind: "machine", message })),
    ...warnings.map((message) => ({ severity: "warning", kind: "warning", message })),
  ];
  return JSON.stringify({ exitCode, findings, ...run && used(run, trials) }, null, 2);
}

function settingFinding({ allowed, message, setting, value }: ConfigError) {
  const [whole = "", file = null, line] = IN_FILE.exec(setting) ?? [];
  return {
    severity: "error",
    kind: "setting",
    file,
    line: file === null ? null : Number(line),
    setting: setting.slice(whole.length),
    value: value ?? null,
    allowed,
    message,
  };
}

function used({ configFile, config }: RunCommand, trials: readonly Trial[] = []) {
  return {
    configFile: configFile ?? null,
    listen: config.listen.map(formatAddress),
    metrics: config.metrics ? formatAddress(config.metrics) : null,
    upstreams: config.upstreams.map(formatTarget).map((uri, at) =>
      triedUpstream(uri, trials.at(at))
    ),
  };
}

/** `works` is null where it was not tried, and the times, in milliseconds, where it did not come so far. */
function triedUpstream(uri: string, trial: Trial | undefined) {
  return {
    uri,
    works: trial === undefined ? null : trial.problem === undefined,
    problem: trial?.problem ?? null,
    connectMs: trial?.connected ?? null,
    answerMs: trial?.answered ?? null,
  };
}
