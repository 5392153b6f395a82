/** The command `status`: what the running instance says of itself, for a person. */

import { printable } from "../printable.ts";
import type { InstanceCommand } from "../settings/command_line.ts";
import { askInstance } from "./control_client.ts";
import type { Reply } from "./control_protocol.ts";
import { InstanceError } from "./instance_error.ts";
import { runtimeDirectoryOf } from "./running_instance.ts";

/** Milliseconds. */
const TIMEOUT = 5000;
const LABEL_WIDTH = 11;

/** Exit code 0: it works; 1: it says what does not. Throws `InstanceError` if there is nothing to tell. */
export async function runStatusCommand(command: InstanceCommand): Promise<number> {
  Deno.permissions.revokeSync({ name: "run" });
  Deno.permissions.revokeSync({ name: "ffi" });
  const reply = await askInstance(runtimeDirectoryOf(command.runtimeDirectory), "status", TIMEOUT);
  if (!reply.ok) throw new InstanceError(printable(reply.error ?? "The reason is not known"));
  console.log(statusText(reply, Date.now()));
  return reply.healthy ? 0 : 1;
}

/** The lines for a reply; `wall` in milliseconds since 1970. What the reply lacks is left out. */
export function statusText(reply: Reply, wall: number): string {
  const { pid, program, uptime, addresses, upstreams, configFile, summary } = reply;
  const { answered, failed, failedAgain } = summary ?? {};
  const health = reply.healthy ? "working" : reply.problem ?? "not working";
  const lines: [string, string | undefined][] = [
    [
      "Running",
      uptime === undefined ? undefined : `since ${timeText(wall - uptime)} (${spanText(uptime)})`,
    ],
    ["Process", pid === undefined ? undefined : `${pid}, dnsfwd ${program}`],
    ["Listening", addresses?.join(", ")],
    ["Upstreams", upstreams?.join(", ")],
    [
      "Queries",
      answered === undefined
        ? undefined
        : `${answered} answered, ${failed + failedAgain} of them with an error of ours`,
    ],
    ["Config", configFile ?? "none; the command line only"],
    ["Health", health],
  ];
  return lines.flatMap(([label, text]) =>
    text === undefined ? [] : [`${label.padEnd(LABEL_WIDTH)}${printable(text)}`]
  ).join("\n");
}

function timeText(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")}Z`;
}

/** The two largest units of a span of milliseconds. */
function spanText(span: number): string {
  const seconds = Math.floor(span / 1000);
  const parts = [
    `${Math.floor(seconds / 86_400)} d`,
    `${Math.floor(seconds / 3600) % 24} h`,
    `${Math.floor(seconds / 60) % 60} min`,
    `${seconds % 60} s`,
  ];
  const first = parts.findIndex((part) => !part.startsWith("0 "));
  return first < 0 ? "0 s" : parts.slice(first, first + 2).join(" ");
}
