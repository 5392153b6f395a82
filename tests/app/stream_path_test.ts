/** Paths that mean a standard stream. */

import { assertEquals } from "@std/assert";
import { isDescriptor, namedStream, streamAt } from "../../lib/app/stream_path.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

Deno.test("namedStream() knows the names of the standard streams, and no others", () => {
  for (const path of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "//dev/./stdout"]) {
    assertEquals(namedStream(path), "stdout", path);
  }
  for (const path of ["/dev/stderr", "/dev/fd/2", `/proc/${Deno.pid}/fd/2`, "/var/../dev/stderr"]) {
    assertEquals(namedStream(path), "stderr", path);
  }
  for (
    const path of ["/dev/null", "/dev/stdin", "/dev/fd/3", "/proc/1/fd/1", "stdout", "/stdout"]
  ) {
    assertEquals(namedStream(path), undefined, path);
  }
});

Deno.test("streamAt() follows links to a standard stream, as container images have them", () => {
  using folder = new TempDirectory();
  Deno.symlinkSync("/dev/stdout", `${folder.path}/access.log`);
  Deno.symlinkSync("access.log", `${folder.path}/second.log`);
  Deno.symlinkSync("loop.log", `${folder.path}/loop.log`);
  assertEquals(streamAt(`${folder.path}/access.log`), "stdout");
  assertEquals(streamAt(`${folder.path}/second.log`), "stdout");
  assertEquals(streamAt(`${folder.path}/loop.log`), undefined);
  assertEquals(streamAt(`${folder.path}/missing.log`), undefined);
});

Deno.test("isDescriptor() knows what must not be renamed", () => {
  assertEquals(
    ["/dev/fd/3", "/proc/self/fd/7", "/dev/shm/dnsfwd.log", "/dev/null"].map(isDescriptor),
    [true, true, false, false],
  );
});
