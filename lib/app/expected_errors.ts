/** Errors that are no mistakes of ours: told in one line, without a stack. */

import { BindError } from "./bind.ts";
import { InstanceError } from "./instance/instance_error.ts";
import { PrivilegeError } from "./service/privileges.ts";
import { ConfigError } from "./settings/config_error.ts";

const EXPECTED = [ConfigError, BindError, InstanceError, PrivilegeError];

/** Whether it says why something cannot be done here and now. */
export function isExpected(error: unknown): boolean {
  return EXPECTED.some((each) => error instanceof each);
}
