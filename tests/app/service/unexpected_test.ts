/** What nothing has caught is told, with its cause, and ends nothing. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { describe, reportUnexpected } from "../../../lib/app/service/unexpected.ts";
import { waitUntil } from "../../helpers/waiting.ts";

function recorder() {
  const errors: string[] = [];
  const ignore = () => {};
  const error = (text: string) => void errors.push(text);
  return { errors, log: { debug: ignore, info: ignore, warning: ignore, error } };
}

Deno.test("reportUnexpected() tells of a rejection that nobody handles, and the program goes on", async () => {
  const { errors, log } = recorder();
  const end = reportUnexpected(log);
  try {
    Promise.reject(new Error("lost", { cause: new TypeError("the reason") }));
    await waitUntil(() => errors.length > 0, "the line");
  } finally {
    end();
  }
  assertStringIncludes(errors[0], "Unexpected: Error: lost at ");
  assertStringIncludes(errors[0], "; caused by TypeError: the reason at ");
  assert(!errors[0].includes("\n"));
});

Deno.test("reportUnexpected() tells of an exception in a callback, and the program goes on", async () => {
  const { errors, log } = recorder();
  const end = reportUnexpected(log);
  try {
    queueMicrotask(() => {
      throw new RangeError("out of it");
    });
    await waitUntil(() => errors.length > 0, "the line");
    setTimeout(() => {
      throw new Error("in a timer");
    }, 0);
    await waitUntil(() => errors.length > 1, "the line");
  } finally {
    end();
  }
  assertStringIncludes(errors[0], "Unexpected: RangeError: out of it at ");
  assertStringIncludes(errors[1], "Unexpected: Error: in a timer at ");
});

Deno.test("describe() ends with causes that go on for ever, and says so of nothing", () => {
  const endless = new Error("again");
  endless.cause = endless;
  assertEquals(describe(endless).split("; caused by ").length, 6);
  assertEquals(describe(undefined), "undefined was thrown");
  assertEquals(describe(null), "null");
});
