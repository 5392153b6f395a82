import { assert, assertEquals } from "@std/assert";
import { lockByLibrary, lockFile } from "../../../lib/app/instance/lock_file.ts";

// The library is opened at the first use, and stays open.
lockByLibrary("/", false)?.();

Deno.test("lockByLibrary() and the runtime's own lock keep each other out, shared ones not", async () => {
  const path = await Deno.makeTempFile({ prefix: "dnsfwd-test-" });
  using file = await Deno.open(path, { read: true, write: true });
  try {
    const unlock = lockByLibrary(path, true);
    assert(unlock);
    assertEquals(lockFile(file, path, false), undefined);
    unlock();
    assert(lockFile(file, path, true));
    assertEquals(lockByLibrary(path, true), undefined);
    assertEquals(lockByLibrary(path, false), undefined);
    assert(lockFile(file, path, false));
    const shared = lockByLibrary(path, false);
    assert(shared);
    shared();
  } finally {
    await Deno.remove(path);
  }
});
