import { assertEquals } from "@std/assert";
import { jsonText } from "../../../lib/app/status/json_text.ts";

Deno.test("jsonText() is indented for people, in one line for streams, and moves no cursor", () => {
  assertEquals(jsonText({ a: [1], b: "c" }, true), '{\n  "a": [\n    1\n  ],\n  "b": "c"\n}');
  assertEquals(jsonText({ a: [1], b: "c" }, false), '{"a":[1],"b":"c"}');
  const strange = { text: "\n\x1b\x9b\u202e\u{e0001}\ud800\xe9" };
  const text = jsonText(strange, false);
  assertEquals(text, '{"text":"\\n\\u001b\\u009b\\u202e\\udb40\\udc01\\ud800\xe9"}');
  assertEquals(JSON.parse(text), strange);
});
