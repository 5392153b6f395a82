/** Commands that run a program with sockets already open, by systemd-socket-activate(1). */

export const ACTIVATE = "systemd-socket-activate";

/** What it would leave out of the environment. */
const PASSED = ["NO_COLOR", "STATE_DIRECTORY", "RUNTIME_DIRECTORY", "NOTIFY_SOCKET"];

/** A socket of one kind; `listen` is ADDRESS:PORT, or the path of a Unix socket. */
export interface Given {
  readonly listen: string;
  readonly isDatagram?: boolean;
  readonly name?: string;
}

/**
 * The prefix that opens these sockets, in the order of their descriptors, and runs the program once something
 * has come to the first. Each command opens one, and hands on those that it was given.
 */
export function activation(sockets: readonly Given[]): string[] {
  return sockets.flatMap(({ listen, isDatagram = false, name = "dns" }) => [
    ACTIVATE,
    ...isDatagram ? ["-d"] : [],
    ...["-l", listen, `--fdname=${name}`],
    ...PASSED.flatMap((variable) => ["-E", variable]),
  ]);
}
