/** The command `status`: what the running instance says of itself, for a person. */

import { printable } from "../printable.ts";
import type { InstanceCommand } from "../settings/command.ts";
import { askInstance } from "./control_client.ts";
import { InstanceError } from "./instance_error.ts";
import { prepareLocks } from "./lock_file.ts";
import { runtimeDirectoryOf } from "./running_instance.ts";
import { statusText } from "./status_text.ts";

/** Milliseconds. */
const TIMEOUT = 5000;

/** Exit code 0: it works; 1: it says what does not. Throws `InstanceError` if there is nothing to tell. */
export async function runStatusCommand(command: InstanceCommand): Promise<number> {
  prepareLocks();
  Deno.permissions.revokeSync({ name: "run" });
  Deno.permissions.revokeSync({ name: "ffi" });
  const reply = await askInstance(runtimeDirectoryOf(command.runtimeDirectory), "status", TIMEOUT);
  if (!reply.ok) throw new InstanceError(printable(reply.error ?? "The reason is not known"));
  console.log(statusText(reply, Date.now()));
  return reply.healthy ? 0 : 1;
}
