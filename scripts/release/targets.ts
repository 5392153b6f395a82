/**
 * What is released: the targets of `deno compile` that the tests run on. The others are left out on purpose.
 * On macOS the program should run as it does without the C library (datagrams one by one, no --user), but
 * nobody has tried it; Windows lacks the signals, users and file modes that it goes by.
 */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
];
