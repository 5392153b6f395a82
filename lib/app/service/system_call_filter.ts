/**
 * The system calls that a process without privileges is to do without: those that start a program or reach
 * into another process. They fail with EPERM from then on, whoever makes them (seccomp(2)).
 *
 * The filter is set for all threads at once (SECCOMP_FILTER_FLAG_TSYNC), and with it the kernel sets for all
 * of them what prctl(2) sets for one: that no new privileges come from any program.
 *
 *     struct sock_filter { u16 code; u8 jumpIfTrue, jumpIfFalse; u32 operand }     BPF, 8 octets
 *     struct sock_fprog  { u16 length; (6 octets unused) u64 address }             16 octets
 *     struct seccomp_data { u32 number; u32 architecture; ... }
 */

/** What the filter needs of the machine: numbers of system calls (execve, execveat, ptrace, process_vm_*). */
export interface Machine {
  /** AUDIT_ARCH_* (linux/audit.h). */
  readonly architecture: number;
  readonly seccomp: number;
  readonly denied: readonly number[];
}

export const MACHINES: Readonly<Record<"x86_64" | "aarch64", Machine>> = {
  x86_64: { architecture: 0xc000_003e, seccomp: 317, denied: [59, 322, 101, 310, 311] },
  aarch64: { architecture: 0xc000_00b7, seccomp: 277, denied: [221, 281, 117, 270, 271] },
};

const INSTRUCTION_LENGTH = 8;
/** Instructions of BPF: load a word of `seccomp_data`; go on or skip; end with a verdict. */
const LOAD = 0x20;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;
const Offset = { NUMBER: 0, ARCHITECTURE: 4 } as const;
const ALLOW = 0x7fff_0000;
/** SECCOMP_RET_ERRNO with EPERM. */
const REFUSE = 0x0005_0001;
/** From here on the numbers are those of x32, the other set that x86-64 knows. */
const OTHER_SET = 0x4000_0000;

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** The instructions, as the kernel takes them. What is not of this architecture is refused as a whole. */
export function filterInstructions({ architecture, denied }: Machine): Uint8Array<ArrayBuffer> {
  // A jump counts the instructions that it skips: these all lead to the last one.
  const program: Instruction[] = [
    [LOAD, 0, 0, Offset.ARCHITECTURE],
    [IF_EQUAL, 0, denied.length + 3, architecture],
    [LOAD, 0, 0, Offset.NUMBER],
    [IF_AT_LEAST, denied.length + 1, 0, OTHER_SET],
    ...denied.map((number, at): Instruction => [
      IF_EQUAL,
      denied.length - at,
      0,
      number,
    ]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, REFUSE],
  ];
  const octets = new Uint8Array(program.length * INSTRUCTION_LENGTH);
  const view = new DataView(octets.buffer);
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    const at = index * INSTRUCTION_LENGTH;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, operand, true);
  });
  return octets;
}

/** The `struct sock_fprog` for instructions that are at `address`. */
export function filterProgram(
  instructions: Uint8Array,
  address: bigint,
): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(16);
  const view = new DataView(octets.buffer);
  view.setUint16(0, instructions.length / INSTRUCTION_LENGTH, true);
  view.setBigUint64(8, address, true);
  return octets;
}
