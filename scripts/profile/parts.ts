/** Puts each sample of `perf script` down to a part of the program or of the kernel. */

/** Names of kernel functions that tell what a system call is for; the first that is found counts. */
const KERNEL_PARTS: readonly (readonly [RegExp, string])[] = [
  [/udp_sendmsg|sendmmsg|udpv6_sendmsg/, "kernel: UDP send"],
  [/tcp_sendmsg/, "kernel: TCP write"],
  [/udp_recvmsg|recvmmsg|udpv6_recvmsg/, "kernel: UDP receive"],
  [/tcp_recvmsg/, "kernel: TCP read"],
  [/epoll/, "kernel: epoll"],
];

/** How many samples each part has. `text` is that of `perf script -F comm,ip,sym,dso`. */
export function countParts(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const sample of text.split("\n\n")) {
    const part = partOf(sample);
    if (part !== undefined) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return counts;
}

/** The part that a sample belongs to: thread, then one line for each function, the innermost first. */
function partOf(sample: string): string | undefined {
  const [thread, ...frames] = sample.trim().split("\n").map((line) => line.trim());
  if (frames.length === 0) return undefined;
  if (thread.startsWith("V8")) return "other threads (compiler, collector)";
  const innermost = frames[0];
  if (innermost.endsWith("([kernel.kallsyms])")) return kernelPart(frames.join(" "));
  if (/ JS:\S* ?.*file:/.test(innermost)) return "own code";
  if (/ JS:/.test(innermost)) return "JavaScript of the runtime";
  const isCalled = frames.some((frame) => / JS:/.test(frame));
  return isCalled
    ? "runtime, called by JavaScript (operations, views, collector)"
    : "runtime: event loop and TLS";
}

function kernelPart(functions: string): string {
  return KERNEL_PARTS.find(([pattern]) => pattern.test(functions))?.[1] ?? "kernel: other";
}
