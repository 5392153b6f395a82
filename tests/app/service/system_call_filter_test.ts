/** The filter of system calls, run here as the kernel would run it. */

import { assertEquals } from "@std/assert";
import { filterInstructions, MACHINES } from "../../../lib/app/service/system_call_filter.ts";

const ALLOWED = 0x7fff0000;
const EPERM = 0x00050001;
const X86_64 = 0xc000003e;
const AARCH64 = 0xc00000b7;
const I386 = 0x40000003;

/** The verdict of classic BPF on a system call: the instructions that the filter uses. */
function verdict(program: Uint8Array, architecture: number, number: number): number {
  const view = new DataView(program.buffer);
  for (let at = 0, value = 0;; at++) {
    const code = view.getUint16(at * 8, true);
    const operand = view.getUint32(at * 8 + 4, true);
    if (code === 0x06) return operand;
    if (code === 0x20) value = operand === 4 ? architecture : number;
    else {
      const holds = code === 0x15 ? value === operand : value >= operand;
      at += view.getUint8(at * 8 + (holds ? 2 : 3));
    }
  }
}

Deno.test("filterInstructions() refuses to start programs and to look into other processes, and allows the rest", () => {
  const cases = [
    // execve, execveat, ptrace, process_vm_readv, process_vm_writev (linux/unistd.h)
    [MACHINES.x86_64, X86_64, [59, 322, 101, 310, 311]],
    [MACHINES.aarch64, AARCH64, [221, 281, 117, 270, 271]],
  ] as const;
  for (const [machine, architecture, denied] of cases) {
    const program = filterInstructions(machine);
    const refused = Array.from({ length: 500 }, (_, number) => number)
      .filter((number) => verdict(program, architecture, number) !== ALLOWED);
    assertEquals(refused, denied.toSorted((a, b) => a - b));
    for (const number of denied) assertEquals(verdict(program, architecture, number), EPERM);
  }
});

Deno.test("filterInstructions() refuses every call of another set or architecture, whose numbers mean other things", () => {
  const program = filterInstructions(MACHINES.x86_64);
  assertEquals(verdict(program, I386, 11), EPERM);
  assertEquals(verdict(program, I386, 0), EPERM);
  assertEquals(verdict(program, X86_64, 0x40000000 + 520), EPERM);
  assertEquals(verdict(program, X86_64, 0x40000000), EPERM);
});
