/** The commands `reload` and `reset`. */

import { printableLines } from "../printable.ts";
import { askInstance } from "./control_client.ts";
import { InstanceError } from "./instance_error.ts";
import { tell, told } from "../command_output.ts";
import { prepareLocks } from "./lock_file.ts";
import { directoryToAsk } from "./running_instance.ts";

/** Milliseconds; certificates are read and sockets opened, and names may be asked for. */
const TIMEOUT = 30_000;

/** Says what was done, for a person; throws `InstanceError` with the reason if it was not. */
export async function runRenewCommand(
  command: "reload" | "reset",
  runtimeDirectory: string | undefined,
): Promise<number> {
  prepareLocks();
  const directory = directoryToAsk(command, runtimeDirectory);
  Deno.permissions.revokeSync({ name: "run" });
  Deno.permissions.revokeSync({ name: "ffi" });
  const { ok, error } = await askInstance(directory, command, TIMEOUT);
  if (!ok) throw new InstanceError(printableLines(error ?? "The reason is not known", "dnsfwd: "));
  tell(command === "reload" ? "Reloaded" : "Renewed the connections to upstreams");
  await told();
  return 0;
}
