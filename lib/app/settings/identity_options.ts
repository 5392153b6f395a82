/**
 * What stands behind the `?` of an upstream's URI: how it proves who it is, and we to it; and what may be
 * asked of it before this machine's clock is set.
 */

import type { TlsTarget } from "../../net/dial.ts";
import type { Identity } from "../../net/identity.ts";
import { nameOnWire } from "../host_name.ts";
import { didYouMean } from "./suggestion.ts";

export type TlsOptions = Pick<TlsTarget, "identity" | "beforeTimeSync">;

const KEYS = ["pin", "ca", "cert", "key", "profile", "before-time-sync"] as const;
type Key = typeof KEYS[number];
const REPEATABLE: readonly Key[] = ["pin", "ca"];
const PROFILES = ["strict", "opportunistic"] as const;
/** 32 octets in base64, in the one spelling that has no bits set behind the last octet. */
const PIN = /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/;

/** Says what is wrong with an option and what is allowed. */
export class OptionError extends Error {}

/** What `text` asks for, such as `pin=sha256:...&ca=FILE`. Octets may be written as %XX. Throws `OptionError`. */
export function parseTlsOptions(text: string): TlsOptions {
  const values = parseValues(text);
  const identity = parseIdentity(values);
  const [names] = values.get("before-time-sync") ?? [];
  if (names === undefined) return identity ? { identity } : {};
  if (identity?.isAuthenticated === false) {
    throw new OptionError(
      "profile=opportunistic checks no certificate and works with any clock: leave out before-time-sync",
    );
  }
  const beforeTimeSync = parseNames(names);
  return identity ? { identity, beforeTimeSync } : { beforeTimeSync };
}

/** Undefined if nothing special is asked for. */
function parseIdentity(values: Map<Key, string[]>): Identity | undefined {
  const profile = parseProfile(values.get("profile")?.[0]);
  const pins = (values.get("pin") ?? []).map(parsePin);
  const caFiles = values.get("ca") ?? [];
  const [certFile] = values.get("cert") ?? [];
  const [keyFile] = values.get("key") ?? [];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new OptionError("cert=FILE and key=FILE belong together");
  }
  const isAuthenticated = profile === "strict";
  if (!isAuthenticated && pins.length + caFiles.length > 0) {
    throw new OptionError("profile=opportunistic authenticates nobody: leave out pin and ca");
  }
  if (isAuthenticated && pins.length + caFiles.length === 0 && !certFile) return undefined;
  return { pins, isAuthenticated, caFiles, certFile, keyFile };
}

function parseValues(text: string): Map<Key, string[]> {
  const values = new Map<Key, string[]>();
  for (const part of text.split("&")) {
    const [, name, value] = /^([^=]*)=(.+)$/s.exec(part) ?? [];
    const key = KEYS.find((each) => each === name);
    if (key === undefined) {
      const given = part.split("=")[0];
      const isKnown = KEYS.some((each) => each === given);
      throw new OptionError(
        "the part behind ? may have pin=sha256:BASE64, ca=FILE, cert=FILE with key=FILE, " +
          "profile=strict or opportunistic, and before-time-sync=NAME,..., with & between them" +
          (isKnown ? "" : didYouMean(given, KEYS)),
      );
    }
    const earlier = values.get(key) ?? [];
    if (earlier.length > 0 && !REPEATABLE.includes(key)) {
      throw new OptionError(`${key} may be given once`);
    }
    values.set(key, [...earlier, decode(value)]);
  }
  return values;
}

/** A plus sign stays one: it is part of base64. */
function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new OptionError(`"${value}" has a % that does not begin an octet like %23`);
  }
}

function parsePin(text: string): string {
  const [, hash, pin = ""] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  if (hash === "sha256" && PIN.test(pin)) return pin;
  throw new OptionError(
    `pin "${text}" is not sha256: and the SHA-256 of a public key in base64, ` +
      "44 characters ending in =",
  );
}

/** On the wire, in lower case. */
function parseNames(text: string): Uint8Array[] {
  return text.split(",").map((each) => {
    const name = nameOnWire(each);
    if (name) return name;
    throw new OptionError(
      `before-time-sync: "${each}" is no host name; expected those of time servers, all of them, ` +
        "with commas between them, as in 0.pool.ntp.org,1.pool.ntp.org",
    );
  });
}

function parseProfile(text = "strict"): typeof PROFILES[number] {
  const profile = PROFILES.find((each) => each === text);
  if (profile) return profile;
  throw new OptionError(
    `profile "${text}" is none of ${PROFILES.join(", ")}${didYouMean(text, PROFILES)}`,
  );
}
