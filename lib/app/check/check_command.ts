/** The command `check`: whether `run` with the same options could serve, and what it would use. */

import { formatAddress } from "../../net/address.ts";
import type { CheckCommand, RunCommand } from "../settings/command.ts";
import { formatTarget } from "../settings/upstream_uri.ts";
import { writeLine } from "../standard_error.ts";
import { chooseStateDirectory } from "../state_location.ts";
import { examine } from "./examine.ts";
import { ownAddresses } from "./own_instance.ts";

/** Returns the exit code: 0 it could, 1 this machine does not let it, 2 settings are wrong. */
export async function runCheckCommand({ run, errors }: CheckCommand): Promise<number> {
  const isOwn = await ownAddresses(run.runtimeDirectory);
  const { settings, machine, warnings } = examine(run, errors, isOwn);
  for (const text of warnings) writeLine(`dnsfwd: Warning: ${text}`);
  for (const text of [...settings.map(({ message }) => message), ...machine]) {
    writeLine(`dnsfwd: ${text}`);
  }
  if (settings.length > 0) return 2;
  if (machine.length > 0) return 1;
  console.log(description(run));
  return 0;
}

/** In plain words, what would be used. */
function description({ configFile, config, stateDirectory }: RunCommand): string {
  const { listen, upstreams, policy, isolate } = config;
  const order = upstreams.length > 1 ? ` (${policy})` : "";
  const apart = isolate ? `, each ${isolate} by itself` : "";
  const directory = stateDirectory === "none"
    ? undefined
    : stateDirectory ?? chooseStateDirectory(undefined);
  return [
    `OK: ${configFile ?? "no configuration file"}`,
    `Listens on: ${listen.map(formatAddress).join(", ")}`,
    ...(config.metrics ? [`Metrics: http://${formatAddress(config.metrics)}/metrics`] : []),
    `Forwards to: ${upstreams.map(formatTarget).join(", ")}${order}${apart}`,
    `State directory: ${directory ?? "none"}`,
  ].join("\n");
}
