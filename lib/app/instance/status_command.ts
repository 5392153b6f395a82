/** The command `status`: what the running instance says of itself, for a person or a program. */

import { variable } from "../environment.ts";
import type { StatusCommand } from "../settings/command.ts";
import { jsonText } from "../status/json_text.ts";
import { WIDTH } from "../status/line.ts";
import { hasScreen, isUnicodeLocale } from "../status/locale.ts";
import { painted } from "../status/screen.ts";
import { refusalText, statusFields, statusLines } from "../status/status_text.ts";
import { askInstance } from "./control_client.ts";
import type { EventFields, Reply } from "./control_protocol.ts";
import { InstanceError } from "./instance_error.ts";
import { prepareLocks } from "./lock_file.ts";
import { directoryToAsk } from "./running_instance.ts";
import { eventsText, readEvents } from "./status_events.ts";
import { usualRuntimeDirectories } from "./runtime_directory.ts";

/** Milliseconds. */
const TIMEOUT = 5000;
/** The exit code of one that runs, and from which clients get no responses. */
const FAILING = 3;
/** What is left is what a Unix socket and its directory take. */
const GIVEN_UP = ["run", "ffi", "env", "sys"] as const;

/** Where it is shown. */
interface Place {
  readonly isUnicode: boolean;
  readonly hasScreen: boolean;
}

/**
 * Exit code 0: it works, or is degraded; 3: it runs and is failing. Throws `InstanceError` if there is nothing to
 * tell: it does not run, or does not answer. While watching, that is told, and the exit code is 0.
 */
export async function runStatusCommand(command: StatusCommand): Promise<number> {
  const { events, isJson, runtimeDirectory, watchSeconds: seconds } = command;
  prepareLocks();
  const usual = usualRuntimeDirectories();
  // Looked for each time, as it may come back elsewhere; throws if it cannot be anywhere.
  const directory = () => directoryToAsk("status", runtimeDirectory, usual);
  directory();
  const ask = () => askInstance(directory(), "status", TIMEOUT);
  const place = {
    isUnicode: isUnicodeLocale(variable),
    hasScreen: hasScreen(variable) && Deno.stdout.isTerminal(),
  };
  for (const name of GIVEN_UP) Deno.permissions.revokeSync({ name });
  if (events) return tellEvents(await readEvents(directory(), TIMEOUT), isJson);
  if (seconds === undefined) return tell(await ask(), isJson, place);
  // Loaded only here, as few watch.
  const { watchJson, watchStatus } = await import("../status/watch_command.ts");
  await (isJson ? watchJson : watchStatus)({ ask, seconds, ...place });
  return 0;
}

function tellEvents(events: readonly EventFields[], isJson: boolean): number {
  console.log(isJson ? JSON.stringify(events, undefined, 2) : eventsText(events));
  return 0;
}

function tell(reply: Reply, isJson: boolean, { hasScreen, isUnicode }: Place): number {
  if (!reply.ok) throw new InstanceError(refusalText(reply));
  const shown = statusFields(reply);
  const isColored = hasScreen && !Deno.noColor;
  const lines = () => statusLines(reply, Date.now(), { width: WIDTH, isUnicode });
  console.log(
    isJson ? jsonText(shown, true) : lines().map((line) => painted(line, isColored)).join("\n"),
  );
  return shown.state === "failing" ? FAILING : 0;
}
