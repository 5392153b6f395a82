/** The addresses that dnsfwd itself has open, which are no obstacle to another start of it. */

import { formatAddress } from "../../net/address.ts";
import { askInstance } from "../instance/control_client.ts";
import { InstanceError } from "../instance/instance_error.ts";
import { runtimeDirectoryOf } from "../instance/running_instance.ts";
import { ConfigError } from "../settings/config_error.ts";
import type { IsOwn } from "./listening.ts";

/** Milliseconds for the instance to reply. */
const TIMEOUT = 2000;

/** Those of the instance with this value of `--runtime-dir`; none where it cannot be asked. */
export async function ownAddresses(runtimeDirectory: string | undefined): Promise<IsOwn> {
  try {
    const reply = await askInstance(runtimeDirectoryOf(runtimeDirectory), "status", TIMEOUT);
    const addresses = new Set([...reply.addresses ?? [], reply.metrics]);
    return (address) => addresses.has(formatAddress(address));
  } catch (error) {
    // The program that has the addresses is then reported like any other.
    if (error instanceof InstanceError || error instanceof ConfigError) return () => false;
    throw error;
  }
}
