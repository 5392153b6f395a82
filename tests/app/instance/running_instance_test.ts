import { assert, assertEquals, assertThrows } from "@std/assert";
import { InstanceError } from "../../../lib/app/instance/instance_error.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { runtimeDirectoryOf } from "../../../lib/app/instance/running_instance.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

Deno.test("runtimeDirectoryOf() is the one asked for, else the usual one where an instance runs, else the first", () => {
  using temp = new TempDirectory();
  const usual = ["one", "two", "three"].map((name) => `${temp.path}/${name}`);
  assertEquals(runtimeDirectoryOf("/srv/run", usual), "/srv/run");
  assertEquals(runtimeDirectoryOf(undefined, usual), usual[0]);
  Deno.mkdirSync(usual[1]);
  const lock = InstanceLock.take(usual[1]);
  assert(lock);
  assertEquals(runtimeDirectoryOf(undefined, usual), usual[1]);
  assertEquals(runtimeDirectoryOf("/srv/run", usual), "/srv/run");
  lock.release();
  assertEquals(runtimeDirectoryOf(undefined, usual), usual[0]);
});

Deno.test("runtimeDirectoryOf() says that there is none", () => {
  assertThrows(() => runtimeDirectoryOf("none", ["/run/dnsfwd"]), ConfigError, "--runtime-dir");
  assertThrows(
    () => runtimeDirectoryOf(undefined, []),
    InstanceError,
    "--runtime-dir DIR names one",
  );
});
