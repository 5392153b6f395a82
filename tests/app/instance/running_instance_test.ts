import { assert, assertEquals, assertThrows } from "@std/assert";
import { NoAnswer } from "../../../lib/app/instance/control_client.ts";
import { InstanceError } from "../../../lib/app/instance/instance_error.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { directoryToAsk, runtimeDirectoryOf } from "../../../lib/app/instance/running_instance.ts";
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

Deno.test(
  "a command of another user says that dnsfwd runs and only root may ask it, while it does",
  {
    ignore: Deno.build.os !== "linux",
    // The C library stays open.
    sanitizeResources: false,
  },
  () => {
    using temp = new TempDirectory();
    const own = [`${temp.path}/own`];
    const system = `${temp.path}/system`;
    Deno.mkdirSync(system);
    assertEquals(directoryToAsk("status", undefined, own, { system, uid: 1000 }), own[0]);
    // As an instance makes its socket: under this name first, which the kernel keeps.
    const socket = Deno.listen({ transport: "unix", path: `${system}/.4711.1` });
    Deno.renameSync(`${system}/.4711.1`, `${system}/control.sock`);
    for (const command of ["status", "reload", "stop"]) {
      assertThrows(
        () => directoryToAsk(command, undefined, own, { system, uid: 1000 }),
        NoAnswer,
        `Runs, but only root may ask it: sudo dnsfwd ${command}`,
      );
    }
    // Root looks there anyway, and a directory that is named is the one that is meant.
    assertEquals(directoryToAsk("status", undefined, [system], { system, uid: 1000 }), system);
    assertEquals(directoryToAsk("status", "/srv/run", own, { system, uid: 1000 }), "/srv/run");
    assertEquals(directoryToAsk("status", undefined, own, { system, uid: 0 }), own[0]);
    socket.close();
    assertEquals(directoryToAsk("status", undefined, own, { system, uid: 1000 }), own[0]);
  },
);
