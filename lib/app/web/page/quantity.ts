/** Quantities as a person reads them. */

import { rounded } from "../../report/latency_history.ts";
import { spanText, waitText } from "../../report/span_text.ts";

const MEGABYTE = 1_000_000;
const SECOND = 1000;

/** A whole number, its digits in groups of three: `16,384`. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** So many of what is counted: `1 failure`, `2 failures`. */
export function counted(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Per second. */
export function rate(perSecond: number): string {
  return perSecond >= 1000 ? count(Math.round(perSecond)) : String(rounded(perSecond));
}

/** Milliseconds: `9.84 ms`, `2.1 s`; `none` where nothing was measured. */
export function latency(time: number | null | undefined): string {
  return time === null || time === undefined ? "none" : waitText(time);
}

/** Milliseconds that have passed: `3 min 2 s ago`. */
export function ago(time: number): string {
  return time < SECOND ? "just now" : `${spanText(time)} ago`;
}

/** Octets: `55 MB`. */
export function memory(octets: number): string {
  return `${count(Math.round(octets / MEGABYTE))} MB`;
}

/** `part` of `whole`; what there is of is never 0 %, and what is missing never 100 %. */
export function share(part: number, whole: number): string {
  if (whole === 0 || part === 0) return "0 %";
  const percent = 100 * part / whole;
  if (percent < 0.1) return "< 0.1 %";
  if (percent > 99.9 && part < whole) return "> 99.9 %";
  return `${percent.toFixed(percent < 10 || percent > 99 ? 1 : 0).replace(/\.0$/, "")} %`;
}
