/**
 * Programs that see another file system than the rest of the machine (mount_namespaces(7)): with a full disk,
 * or a directory that cannot be written to. What is mounted there is gone with the last of its processes.
 */

import { findProgram, IS_CI, peerTest } from "./real_peer.ts";

const NO_PROGRAM = "needs the program unshare";

/** The command that runs a program in a namespace of its own, once `script` of the shell has run there. */
export function withMounts(script: string): string[] {
  return ["unshare", "--mount", "/bin/sh", "-e", "-c", `${script}\nexec "$0" "$@"`];
}

/** A test that uses `withMounts()`. Where that is not possible it is ignored and says why. */
export function mountTest(
  programs: readonly string[],
  name: string,
  run: () => Promise<void>,
): void {
  const reason = obstacle();
  const mustRun = IS_CI && reason === NO_PROGRAM;
  if (reason === undefined || mustRun) return peerTest(programs, name, run);
  Deno.test({ name: `${name} [ignored: ${reason}]`, ignore: true, fn: () => {} });
}

/** Why there can be no namespaces here, or undefined. */
function obstacle(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "needs root on Linux";
  if (findProgram("unshare") === undefined) return NO_PROGRAM;
  const [command, ...args] = [...withMounts("mount -t tmpfs tmpfs /mnt"), "true"];
  const { success } = new Deno.Command(command, { args }).outputSync();
  return success ? undefined : "needs the right to create mount namespaces";
}
