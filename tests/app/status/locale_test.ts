import { assertEquals } from "@std/assert";
import { hasScreen, isUnicodeLocale } from "../../../lib/app/status/locale.ts";

function environment(values: Record<string, string>) {
  return (name: string) => values[name];
}

Deno.test("isUnicodeLocale() goes by LC_ALL, else LC_CTYPE, else LANG, those that are not empty", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{}, false],
    [{ LANG: "C" }, false],
    [{ LANG: "de_DE.UTF-8" }, true],
    [{ LANG: "C.utf8" }, true],
    [{ LANG: "C.UTF-8", LC_ALL: "C" }, false],
    [{ LANG: "C.UTF-8", LC_CTYPE: "POSIX" }, false],
    [{ LANG: "C", LC_CTYPE: "C.UTF-8", LC_ALL: "" }, true],
  ];
  for (const [values, expected] of cases) {
    assertEquals(isUnicodeLocale(environment(values)), expected, JSON.stringify(values));
  }
});

Deno.test("hasScreen() is false for the simplest terminals, and where none is named", () => {
  assertEquals(hasScreen(environment({ TERM: "xterm" })), true);
  assertEquals(hasScreen(environment({ TERM: "dumb" })), false);
  assertEquals(hasScreen(environment({})), false);
});
