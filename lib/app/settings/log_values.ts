/** Values of the options for the log, from the texts that stand for them; a mistake is a `ConfigError`. */

import { LOG_CATEGORIES, LOG_LEVELS, type LogCategory, Severity } from "../../base/log/line.ts";
import type { LogConfig } from "./config.ts";
import { ConfigError } from "./config_error.ts";
import { didYouMean } from "./suggestion.ts";

export const MAX_KEEP = 99;
/** Octets: less is no use, as a dump of the flight recorder alone has more. */
const MIN_SIZE = 64 << 10;
const MAX_SIZE = 1 << 30;
const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1 << 10, M: 1 << 20 };

const LEVELS = `allowed are 0 to ${LOG_LEVELS.length - 1} or ${LOG_LEVELS.join(", ")}`;
const CATEGORIES = `with commas, and CATEGORY=LEVEL for ${LOG_CATEGORIES.join(", ")}`;

/** For texts other than a single level. */
export const LEVELS_PATTERN = levelsPattern();

type Levels = Pick<LogConfig, "level" | "levels">;

/** `info`, `6`, or `warning,upstream=debug`; without a level for all, that is info. */
export function parseLevels(text: string): Levels {
  const levels: Partial<Record<LogCategory, number>> = {};
  let level: number = Severity.INFO;
  for (const part of text.split(",")) {
    const [, name, value] = /^(?:([^=]*)=)?(.*)$/s.exec(part) ?? [];
    const number = levelOf(value);
    const category = LOG_CATEGORIES.find((each) => each === name);
    if (number === undefined || (name !== undefined && category === undefined)) {
      const isList = /[,=]/.test(text);
      const near = number === undefined
        ? didYouMean(value, LOG_LEVELS)
        : didYouMean(name, LOG_CATEGORIES);
      const allowed = isList ? `${LEVELS}; ${CATEGORIES}` : LEVELS;
      throw new ConfigError("--log-level", text, allowed + near);
    }
    if (category) levels[category] = number;
    else level = number;
  }
  return { level, levels };
}

/** The number of a level, which may be given as a number as well. */
function levelOf(text: string): number | undefined {
  const number = /^\d$/.test(text) ? +text : LOG_LEVELS.findIndex((each) => each === text);
  return number in LOG_LEVELS ? number : undefined;
}

/** Octets: `500k`, `1M`, or `0` for no limit. */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d{1,10})([kM]?)$/.exec(text) ?? [];
  const size = Number(digits) * UNITS[unit];
  if (size === 0 || (size >= MIN_SIZE && size <= MAX_SIZE)) return size;
  const allowed = "expected a size from 64k to 1024M, as in 500k or 10M, or 0 for no limit";
  throw new ConfigError("--log-max-size", text, allowed);
}

/** How many older files. */
export function parseKeep(text: string): number {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  throw new ConfigError("--log-keep", text, `expected a number from 0 to ${MAX_KEEP}`);
}

/** The categories, in lines for `--help`. */
export function categoryHelp(): string[] {
  const middle = LOG_CATEGORIES.length / 2;
  return [LOG_CATEGORIES.slice(0, middle), LOG_CATEGORIES.slice(middle)]
    .map((half, at) => half.join(", ") + (at === 0 ? "," : ""));
}

function levelsPattern(): string {
  const level = `(?:[0-${LOG_LEVELS.length - 1}]|${LOG_LEVELS.join("|")})`;
  const part = `(?:(?:${LOG_CATEGORIES.join("|")})=)?${level}`;
  return `^${part}(?:,${part})*$`;
}
