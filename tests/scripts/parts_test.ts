import { assertEquals } from "@std/assert";
import { countParts } from "../../scripts/profile/parts.ts";

const KERNEL = "([kernel.kallsyms])";
const MAP = "(/tmp/perf-7.map)";
const DENO = "(/usr/bin/deno)";

function sample(thread: string, ...frames: string[]): string {
  return [thread, ...frames.map((frame) => `\t    7f33ec035d8d ${frame}`)].join("\n");
}

/** Frames, innermost first, and the part that they belong to. */
const CASES: readonly [string, readonly string[]][] = [
  ["kernel: UDP send", [
    `copy_msghdr ${KERNEL}`,
    `__sys_sendmmsg ${KERNEL}`,
    `JS:*send file:///a ${MAP}`,
  ]],
  ["kernel: UDP receive", [`udp_recvmsg ${KERNEL}`, `__x64_sys_recvfrom ${KERNEL}`]],
  ["kernel: TCP write", [`tcp_sendmsg_locked ${KERNEL}`, `tcp_sendmsg ${KERNEL}`]],
  ["kernel: TCP read", [`tcp_ack ${KERNEL}`, `tcp_recvmsg ${KERNEL}`]],
  ["kernel: epoll", [`schedule ${KERNEL}`, `do_epoll_wait ${KERNEL}`]],
  ["kernel: other", [`futex_wait ${KERNEL}`]],
  ["own code", [`JS:*'#forward file:///dnsfwd/lib/listener/udp_listener.ts:115:11 ${MAP}`]],
  ["JavaScript of the runtime", [`JS:+async_op_4 ext:core/00_infra.js:299:33 ${MAP}`]],
  [
    "runtime, called by JavaScript (operations, views, collector)",
    [`[unknown] ${DENO}`, `JS:*add file:///dnsfwd/lib/a.ts:1:1 ${MAP}`],
  ],
  ["runtime: event loop and TLS", [`[unknown] ${DENO}`, `[unknown] ${DENO}`]],
];

for (const [part, frames] of CASES) {
  Deno.test(`countParts() puts a sample down to: ${part}`, () => {
    assertEquals([...countParts(sample("deno ", ...frames))], [[part, 1]]);
  });
}

Deno.test("countParts() counts the samples of each part, those of other threads together", () => {
  const [[one, first], [other, second]] = CASES;
  const text = [
    sample("deno ", ...first),
    sample("deno ", ...second),
    sample("deno ", ...first),
    sample("V8 DefaultWorke ", ...first),
    "",
  ].join("\n\n");
  assertEquals([...countParts(text)], [
    [one, 2],
    [other, 1],
    ["other threads (compiler, collector)", 1],
  ]);
});
