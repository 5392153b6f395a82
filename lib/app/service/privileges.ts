/**
 * Gives up the rights of root, once what needs them is done: user, group and supplementary groups of all
 * threads, through the C library, whose functions make the threads agree (nptl(7)). With the user the
 * capabilities of every thread are gone (capabilities(7)); what is left of the bounding set is worth nothing, as
 * no program can be started any more: system_call_filter.ts.
 *
 * What was asked for is not believed but looked at afterwards, and whether there is a way back.
 */

import { openCLibrary } from "../../base/open_c_library.ts";
import { filterInstructions, filterProgram, MACHINES } from "./system_call_filter.ts";
import type { Account } from "./user_database.ts";
import { reasonOf } from "../system_error.ts";

/** The machine does not let us run with the rights that were asked for. Exit code 1. */
export class PrivilegeError extends Error {
  override readonly name = "PrivilegeError";
}

const SYMBOLS = {
  setgroups: { parameters: ["usize", "buffer"], result: "i32" },
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setuid: { parameters: ["u32"], result: "i32" },
  setgid: { parameters: ["u32"], result: "i32" },
  getresuid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  getresgid: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
  getgroups: { parameters: ["i32", "buffer"], result: "i32" },
  capget: { parameters: ["buffer", "buffer"], result: "i32" },
  prctl: { parameters: ["i32", "usize", "usize", "usize", "usize"], result: "i32" },
  syscall: { parameters: ["i64", "usize", "usize", "buffer"], result: "i64" },
  addressOf: { name: "memmove", parameters: ["buffer", "buffer", "usize"], result: "u64" },
  lchown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
} as const;

const PR_SET_NO_NEW_PRIVS = 38;
const SECCOMP_SET_MODE_FILTER = 1n;
const SECCOMP_FILTER_FLAG_TSYNC = 1n;
/** The version of capget(2) with 64 capabilities, in two `{ effective, permitted, inheritable }`. */
const CAPABILITY_VERSION = 0x2008_0522;
/** More than the kernel allows. */
const MAX_GROUPS = 65_537;

export class Privileges {
  readonly #symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

  private constructor(symbols: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"]) {
    this.#symbols = symbols;
  }

  /** Throws `PrivilegeError` where the C library cannot be had. */
  static open(): Privileges {
    try {
      return new Privileges(openCLibrary(SYMBOLS));
    } catch (error) {
      throw new PrivilegeError(`Cannot change the user: ${reasonOf(error)}`);
    }
  }

  /** Gives a file, directory or link itself to `account`; whether that was done. */
  give(path: string, { uid, gid }: Account): boolean {
    return this.#symbols.lchown(new TextEncoder().encode(`${path}\0`), uid, gid) === 0;
  }

  /** Becomes `account`, with no way back; throws `PrivilegeError`. */
  become(account: Account): void {
    if (!this.#isAlready(account)) {
      const { setgroups, setresgid, setresuid } = this.#symbols;
      const { gid, groups, uid } = account;
      // The user comes last: without root nothing else can be changed.
      const isDone = setgroups(BigInt(groups.length), octets(Uint32Array.from(groups))) === 0 &&
        setresgid(gid, gid, gid) === 0 && setresuid(uid, uid, uid) === 0;
      if (!isDone) throw refusal(account, "the system does not permit it; start as root");
      this.#verify(account);
    }
    const { setgid, setuid } = this.#symbols;
    if (setuid(0) === 0 || setgid(0) === 0) throw refusal(account, "there is a way back to root");
  }

  /**
   * From now on no program can be started and no other process looked into, by any thread, and no thread gets
   * rights that it does not have. False if the kernel cannot do that.
   */
  confine(): boolean {
    const { addressOf, prctl, syscall } = this.#symbols;
    const machine = MACHINES[Deno.build.arch];
    const instructions = filterInstructions(machine);
    const program = filterProgram(instructions, addressOf(instructions, instructions, 0n));
    return prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) === 0 &&
      syscall(
          BigInt(machine.seccomp),
          SECCOMP_SET_MODE_FILTER,
          SECCOMP_FILTER_FLAG_TSYNC,
          program,
        ) === 0n;
  }

  /** Where the user is the present one, its groups stay as they are. */
  #isAlready({ gid, uid }: Account): boolean {
    return this.#users().every((each) => each === uid) &&
      this.#groups().every((each) => each === gid);
  }

  #verify(account: Account): void {
    const others = this.#others();
    const isSame = this.#isAlready(account) && others.length === account.groups.length &&
      account.groups.every((group) => others.includes(group));
    if (!isSame) throw refusal(account, "the process has other users or groups than it set");
    if (this.#hasCapabilities()) throw refusal(account, "capabilities of root are left");
  }

  /** Real, effective and saved. */
  #users(): number[] {
    return this.#three(this.#symbols.getresuid);
  }

  #groups(): number[] {
    return this.#three(this.#symbols.getresgid);
  }

  #three(get: (a: Uint8Array, b: Uint8Array, c: Uint8Array) => number): number[] {
    const ids = [0, 0, 0].map(() => new Uint32Array(1));
    const [real, effective, saved] = ids.map(octets);
    if (get(real, effective, saved) !== 0) throw new Error("The C library does not tell the user");
    return ids.map(([id]) => id);
  }

  #others(): number[] {
    const ids = new Uint32Array(MAX_GROUPS);
    const count = this.#symbols.getgroups(MAX_GROUPS, octets(ids));
    if (count < 0) throw new Error("The C library does not tell the groups");
    return [...ids.subarray(0, count)];
  }

  #hasCapabilities(): boolean {
    const sets = new Uint32Array(6);
    const header = Uint32Array.of(CAPABILITY_VERSION, 0);
    if (this.#symbols.capget(octets(header), octets(sets)) !== 0) return true;
    const [effective, permitted, , highEffective, highPermitted] = sets;
    return (effective | permitted | highEffective | highPermitted) !== 0;
  }
}

function octets(array: Uint32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}

function refusal({ user }: Account, reason: string): PrivilegeError {
  return new PrivilegeError(`Cannot run as user ${user}: ${reason}`);
}
