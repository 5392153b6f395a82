/** The command `check`: whether `run` with the same options could serve, and what it would use. */

import { type Address, formatAddress, isWildcard } from "../../net/address.ts";
import type { CheckCommand, RunCommand } from "../settings/command.ts";
import { expandWildcards, type InterfaceAddress } from "../settings/listen_address.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { writeLine } from "../standard_error.ts";
import { chooseStateDirectory } from "../state_location.ts";
import { type Trial, tryConnecting } from "./connecting.ts";
import { examine, examineFiles } from "./examine.ts";
import type { Findings } from "./findings.ts";
import { findingsJson } from "./findings_json.ts";
import { ownAddresses } from "./own_instance.ts";

/**
 * Returns the exit code: 0 it could, 1 this machine does not let it (or no upstream works, where they are tried),
 * 2 settings are wrong.
 */
export async function runCheckCommand(command: CheckCommand): Promise<number> {
  if (command.isReadyAsked) {
    // Loaded only here: it is asked every second or so, and needs little else.
    const { runReadyCheck } = await import("./ready_check.ts");
    return await runReadyCheck(command);
  }
  const { run } = command;
  const findings = await found(command);
  const isTried = command.isConnecting && findings.settings.length === 0;
  const trials = isTried ? await tryConnecting(run, findings) : undefined;
  const code = exitCode(findings);
  if (command.isJson) console.log(findingsJson(findings, code, run, trials));
  else {tell(
      findings,
      code === 0 ? [...description(run, findings), ...trialLines(trials ?? [])] : [],
    );}
  return code;
}

async function found({ errors, isFilesOnly, run }: CheckCommand): Promise<Findings> {
  if (isFilesOnly) return examineFiles(run, errors);
  return examine(run, errors, await ownAddresses(run.runtimeDirectory));
}

function exitCode({ machine, settings }: Findings): number {
  if (settings.length > 0) return 2;
  return machine.length > 0 ? 1 : 0;
}

function tell({ machine, settings, warnings }: Findings, result: readonly string[]): void {
  for (const text of warnings) writeLine(`dnsfwd: Warning: ${text}`);
  for (const text of [...settings.map(({ message }) => message), ...machine]) {
    writeLine(`dnsfwd: ${text}`);
  }
  if (result.length > 0) console.log(result.join("\n"));
}

function trialLines(trials: readonly Trial[]): string[] {
  return trials.flatMap(({ answered = 0, connected = 0, problem, upstream }) =>
    problem === undefined
      ? `Works: ${upstream} (connected in ${Math.round(connected)} ms, ` +
        `answered in ${Math.round(answered)} ms)`
      : []
  );
}

/** In plain words, what would be used. */
function description(
  { configFile, config, stateDirectory }: RunCommand,
  { unusable }: Findings,
): string[] {
  const { listen, upstreams, policy, isolate } = config;
  const order = upstreams.length > 1 ? ` (${policy})` : "";
  const apart = isolate ? `, each ${isolate} by itself` : "";
  const directory = stateDirectory === "none"
    ? undefined
    : stateDirectory ?? chooseStateDirectory(undefined);
  const later = (text: string) => unusable.has(text) ? " (not now)" : "";
  return [
    `OK: ${configFile ?? "no configuration file"}`,
    `Listens on: ${listen.map((each) => listenText(each, later)).join(", ")}`,
    ...(config.metrics
      ? [
        `Metrics: http://${formatAddress(config.metrics)}/metrics${
          later(formatAddress(config.metrics))
        }`,
      ]
      : []),
    `Forwards to: ${upstreams.map(formatTarget).join(", ")}${order}${apart}`,
    `State directory: ${directory ?? "none"}${later(directory ?? "")}`,
  ];
}

/** An address, and for a wildcard what it stands for now. */
function listenText(address: Address, later: (text: string) => string): string {
  const text = formatAddress(address);
  if (!isWildcard(address.hostname)) return text + later(text);
  const found = expandWildcards([address], Deno.networkInterfaces() as InterfaceAddress[]);
  const names = found.filter(({ hostname }) => !isWildcard(hostname)).map(formatAddress);
  return `${text} (now ${names.length === 0 ? "none" : names.join(", ")})`;
}
