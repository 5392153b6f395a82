/** What a running program still needs of the file system, and of the runtime's permissions. */

import { keepsTime } from "../known_time.ts";
import { needsFile } from "../query_log/query_logs.ts";
import type { RunCommand } from "../settings/command.ts";
import type { Config } from "../settings/config.ts";
import { keepsAddresses } from "../settings/upstream_uri.ts";
import { type RunAsOptions, stateDirectoryAt } from "./run_as.ts";

/**
 * What was needed to start is not needed to run, but for the addresses of the machine; a Unix socket is
 * opened through the file system, so is that for commands; state and a log file are written to it (`usesFiles`),
 * and `isReread` says that files are to be read again.
 */
export async function revokePermissions(
  config: Config,
  { usesFiles, isReread }: { usesFiles: boolean; isReread: boolean },
): Promise<void> {
  await Deno.permissions.revoke({ name: "sys", kind: "uid" });
  await Deno.permissions.revoke({ name: "sys", kind: "hostname" });
  for (const name of ["env", "ffi", "run"] as const) await Deno.permissions.revoke({ name });
  const hasSocket = config.upstreams.some(({ transport }) => transport === "unix");
  if (hasSocket || usesFiles || keepsState(config) || needsFile(config.queryLog)) return;
  await Deno.permissions.revoke({ name: "write" });
  if (!isReread) await Deno.permissions.revoke({ name: "read" });
}

/** The files that it names, which may have other content when it is reloaded; its own among them. */
export function filesOf({ caFiles, config, configFile }: RunCommand): string[] {
  const identities = config.upstreams.flatMap((each) =>
    each.transport === "tls" ? each.identity ?? [] : []
  );
  const more = identities.flatMap((
    each,
  ) => [...each.caFiles, each.certFile ?? [], each.keyFile ?? []]);
  return [configFile ?? [], ...caFiles, ...more.flat()].flat();
}

/** What another user has to be able to write. */
export function writtenLater(config: Config): Pick<RunAsOptions, "directories" | "wanted"> {
  const { isStateWanted, stateDirectory } = config;
  const path = keepsState(config) ? stateDirectory : undefined;
  const directories = path === undefined ? [] : [stateDirectoryAt(path)];
  return { directories, wanted: isStateWanted ? path : undefined };
}

/** Whether there is something to keep from one run to the next, and a place for it. */
function keepsState(config: Config): boolean {
  const { stateDirectory, upstreams } = config;
  return stateDirectory !== undefined && (upstreams.some(keepsAddresses) || keepsTime(config));
}
