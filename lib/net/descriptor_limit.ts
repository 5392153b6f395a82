/** How many descriptors the system lets this process have (getrlimit(2)). */

import { openCLibrary } from "../base/open_c_library.ts";

const SYMBOLS = { getrlimit: { parameters: ["i32", "buffer"], result: "i32" } } as const;
const RLIMIT_NOFILE = 7;

/**
 * Tells the number in force when it is called, also once the right to open the C library is given up; `Infinity`
 * if there is none, or it cannot be learned.
 */
export function openDescriptorLimit(): () => number {
  try {
    const { getrlimit } = openCLibrary(SYMBOLS);
    return () => {
      const limits = new BigUint64Array(2);
      const isKnown = getrlimit(RLIMIT_NOFILE, new Uint8Array(limits.buffer)) === 0;
      // RLIM_INFINITY has all bits set, which is more than anybody opens.
      return isKnown ? Number(limits[0]) : Infinity;
    };
  } catch {
    // Not permitted, or not on this system: the configured limits hold as they are.
    return () => Infinity;
  }
}
