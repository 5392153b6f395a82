/** The command `status`: what the running instance says of itself, for a person. */

import { printable } from "../printable.ts";
import type { InstanceCommand } from "../settings/command.ts";
import { askInstance } from "./control_client.ts";
import { InstanceError } from "./instance_error.ts";
import { prepareLocks } from "./lock_file.ts";
import { runtimeDirectoryOf } from "./running_instance.ts";
import { eventsText, readEvents } from "./status_events.ts";
import { statusText } from "./status_text.ts";

/** Milliseconds. */
const TIMEOUT = 5000;

/** Exit code 0: it works, or has told its events; 1: it says what does not. Throws `InstanceError` if there is nothing to tell. */
export async function runStatusCommand(command: InstanceCommand): Promise<number> {
  prepareLocks();
  Deno.permissions.revokeSync({ name: "run" });
  Deno.permissions.revokeSync({ name: "ffi" });
  const directory = runtimeDirectoryOf(command.runtimeDirectory);
  if (command.events) {
    console.log(eventsText(await readEvents(directory, TIMEOUT)));
    return 0;
  }
  const reply = await askInstance(directory, "status", TIMEOUT);
  if (!reply.ok) throw new InstanceError(printable(reply.error ?? "The reason is not known"));
  console.log(statusText(reply, Date.now()));
  return reply.healthy ? 0 : 1;
}
