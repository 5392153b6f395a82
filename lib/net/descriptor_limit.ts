/** How many descriptors the system lets this process have (getrlimit(2)). */

import { openCLibrary } from "../base/open_c_library.ts";

const SYMBOLS = { getrlimit: { parameters: ["i32", "buffer"], result: "i32" } } as const;
const RLIMIT_NOFILE = 7;

/** The number in force now; `Infinity` if there is none, or it cannot be learned. */
export function descriptorLimit(): number {
  const limits = new BigUint64Array(2);
  try {
    const { getrlimit } = openCLibrary(SYMBOLS);
    if (getrlimit(RLIMIT_NOFILE, new Uint8Array(limits.buffer)) !== 0) return Infinity;
  } catch {
    // Not permitted, or not on this system: the configured limits hold as they are.
    return Infinity;
  }
  // RLIM_INFINITY has all bits set, which is more than anybody opens.
  return Number(limits[0]);
}
