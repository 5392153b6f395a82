/**
 * Paths that mean a standard stream of this program, such as `/dev/stdout`. They cannot be opened where the stream
 * is a socket, as below systemd, and what they lead to is not this program's to rename.
 */

import type { StreamName } from "./standard_stream.ts";

const STREAMS: Readonly<Record<string, StreamName>> = { 1: "stdout", 2: "stderr" };
const NAME = /^\/dev\/(stdout|stderr)$/;
const DESCRIPTOR = /^\/(?:dev|proc\/(?:self|thread-self|(\d+)))\/fd\/(\d+)$/;
/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40;

/** The standard stream that `path` means, by its name alone. */
export function namedStream(path: string): StreamName | undefined {
  const name = normal(path);
  const [, stream] = NAME.exec(name) ?? [];
  if (stream !== undefined) return stream as StreamName;
  const [, pid, descriptor] = DESCRIPTOR.exec(name) ?? [];
  if (pid !== undefined && Number(pid) !== Deno.pid) return undefined;
  return STREAMS[descriptor];
}

/** The same, also for links to such a path, as container images have them. */
export function streamAt(path: string): StreamName | undefined {
  let target = path;
  for (let links = 0; links < MAX_LINKS; links++) {
    const stream = namedStream(target);
    if (stream !== undefined) return stream;
    const next = linkAt(target);
    if (next === undefined) return undefined;
    target = next.startsWith("/") ? next : target.replace(/[^/]*$/, "") + next;
  }
  return undefined;
}

/** Whether a path leads to something that is open already, and so has no name that could be changed. */
export function isDescriptor(path: string): boolean {
  return /^\/(?:dev\/fd|proc)\//.test(normal(path));
}

/** Without empty parts, `.` and `..`. */
function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return path.startsWith("/") ? `/${parts.join("/")}` : parts.join("/");
}

/** Undefined where there is no link that could be read: opening the path says what is wrong. */
function linkAt(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch {
    return undefined;
  }
}
