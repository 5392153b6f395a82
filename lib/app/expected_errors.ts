/** Errors that are no mistakes of ours: told in one line, without a stack. */

import type { LogCategory } from "../base/log/line.ts";
import { BindError } from "./bind.ts";
import { InstanceError } from "./instance/instance_error.ts";
import { PrivilegeError } from "./service/privileges.ts";
import { describe } from "./service/unexpected.ts";
import { ConfigError } from "./settings/config_error.ts";

const EXPECTED = [ConfigError, BindError, InstanceError, PrivilegeError];

/** Whether it says why something cannot be done here and now. */
export function isExpected(error: unknown): boolean {
  return EXPECTED.some((each) => error instanceof each);
}

/** What to say of an error that ends the program, in lines. */
export function textsOf(error: unknown): string[] {
  if (error instanceof ConfigError) return error.all.map(({ message }) => message);
  return [isExpected(error) ? (error as Error).message : `Unexpected: ${describe(error)}`];
}

/** What such an error is about. */
export function categoryOf(error: unknown): LogCategory {
  if (error instanceof ConfigError) return "config";
  if (error instanceof BindError) return "listener";
  return error instanceof InstanceError ? "instance" : "service";
}
