/** The values of the options about health and identity, from the texts that stand for them. */

import { machineName } from "../environment.ts";
import { nameOnWire } from "../host_name.ts";
import { ConfigError } from "./config_error.ts";
import type { Values } from "./given.ts";
import {
  type HealthSettings,
  type IdentitySettings,
  MAX_DRAIN,
  READINESS,
} from "./health_settings.ts";
import type { Problems } from "./problems.ts";
import { parseChoice } from "./setting_values.ts";

const NONE = "none";
/** Octets: an EDNS option, and a label of a metric, that nobody minds. */
const MAX_IDENTITY = 64;

export function parseHealth(values: Values, problems: Problems): HealthSettings {
  return {
    readiness: problems.last(
      values.of("readiness"),
      parseChoice("readiness", READINESS),
      READINESS[0],
    ),
    drain: problems.last(values.of("drain"), parseDrain, 0),
    readyName: problems.last(values.of("ready-name"), parseReadyName, undefined),
  };
}

export function parseIdentity(values: Values, problems: Problems): IdentitySettings {
  const given = problems.last(values.of("identity"), checkIdentity, undefined);
  return { identity: given ?? machineName() ?? "", nsid: values.isOn("nsid") };
}

function parseDrain(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= MAX_DRAIN) return Number(text) * 1000;
  throw new ConfigError("--drain", text, `expected whole seconds, 0 to ${MAX_DRAIN}`);
}

function parseReadyName(text: string): Uint8Array | undefined {
  if (text === NONE || text === "") return undefined;
  const name = nameOnWire(text);
  if (name) return name;
  throw new ConfigError("--ready-name", text, "expected a domain name, or none");
}

function checkIdentity(text: string): string {
  if (text === NONE || text === "") return "";
  const octets = new TextEncoder().encode(text).length;
  if (octets <= MAX_IDENTITY && !/\p{C}/u.test(text)) return text;
  throw new ConfigError(
    "--identity",
    text,
    `expected at most ${MAX_IDENTITY} octets without control characters, or none`,
  );
}
