/** What the program learns of its surroundings. */

import { assertEquals } from "@std/assert";
import { startDirectory } from "../../lib/app/environment.ts";

Deno.test("startDirectory() says nothing of a working directory that was deleted", () => {
  const before = Deno.cwd();
  const folder = Deno.makeTempDirSync({ prefix: "dnsfwd-gone-" });
  try {
    Deno.chdir(folder);
    assertEquals(startDirectory(), Deno.realPathSync(folder));
    Deno.removeSync(folder);
    assertEquals(startDirectory(), undefined);
  } finally {
    Deno.chdir(before);
  }
});
