import { assertEquals } from "@std/assert";
import { suggestion } from "../../../lib/app/settings/suggestion.ts";

const KNOWN = ["listen", "upstream", "log-level", "log-format", "ca", "h"];

Deno.test("suggestion() finds a name with a letter too many, too few, wrong or swapped", () => {
  const cases: [string, string][] = [
    ["lisen", "listen"],
    ["listenn", "listen"],
    ["listan", "listen"],
    ["lisetn", "listen"],
    ["upsteram", "upstream"],
    ["upstreams", "upstream"],
    ["log-levle", "log-level"],
  ];
  for (const [written, meant] of cases) assertEquals(suggestion(written, KNOWN), meant, written);
});

Deno.test("suggestion() takes other spellings of a name for it", () => {
  for (const written of ["log_level", "LogLevel", "LOGLEVEL", "-log-level"]) {
    assertEquals(suggestion(written, KNOWN), "log-level", written);
  }
});

Deno.test("suggestion() has none for what is like no name, nor one of a single letter", () => {
  for (const written of ["server", "x", "foo", "listen-address"]) {
    assertEquals(suggestion(written, KNOWN), undefined, written);
  }
});
