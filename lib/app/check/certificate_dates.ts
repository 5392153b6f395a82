/** Until when the certificates of a file can be used. */

import { day } from "../../base/clock_floor.ts";

const BLOCK = /-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs;
const DAY = 86_400_000;
/** Days before the end that are left to renew it; as for those of servers. */
const SOON = 14;

export interface DateFinding {
  /** Whether none of them can be used now. */
  readonly isOver: boolean;
  /** Fits behind the name of the file. */
  readonly text: string;
}

/**
 * What there is to say of the dates, at `now` in milliseconds since 1970; undefined if all is well. For us,
 * `isOurs`, the first certificate speaks; else that which is good for longest, since one is enough.
 */
export function dateFinding(pem: string, isOurs: boolean, now: number): DateFinding | undefined {
  const blocks = pem.match(BLOCK) ?? [];
  const periods = blocks.slice(0, isOurs ? 1 : undefined).flatMap((block) => periodOf(block) ?? []);
  if (periods.length === 0) {
    return { isOver: true, text: "the file holds no certificate that can be read" };
  }
  const begun = periods.filter(({ from }) => from <= now);
  if (begun.length === 0) {
    const first = Math.min(...periods.map(({ from }) => from));
    return { isOver: true, text: `the certificate is not valid before ${day(first)}` };
  }
  const end = Math.max(...begun.map(({ to }) => to));
  if (end < now) return { isOver: true, text: `the certificate expired on ${day(end)}` };
  if (end - now > SOON * DAY) return undefined;
  return { isOver: false, text: `the certificate expires on ${day(end)}` };
}

/** Undefined for what is no certificate inside. */
function periodOf(block: string): { from: number; to: number } | undefined {
  // Not imported: 2 MB of memory, for the few who have a certificate.
  const { X509Certificate } = globalThis.process.getBuiltinModule("node:crypto");
  try {
    const { validFrom, validTo } = new X509Certificate(block);
    return { from: Date.parse(validFrom), to: Date.parse(validTo) };
  } catch {
    return undefined;
  }
}
