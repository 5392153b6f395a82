/** The machine's addresses, which the system cannot always tell. */

import { assertEquals, assertThrows } from "@std/assert";
import { Interfaces } from "../../lib/app/interfaces.ts";

Deno.test("Interfaces.list() tells the last addresses while the system tells none", () => {
  const loopback = { address: "127.0.0.1", cidr: "127.0.0.1/8" };
  const other = { address: "192.0.2.1", cidr: "192.0.2.1/24" };
  const refuse = () => {
    throw new Error("Too many open files");
  };
  const outcomes = [refuse, () => [loopback], refuse, () => [loopback, other], refuse];
  const interfaces = new Interfaces(() => (outcomes.shift() ?? refuse)() as never);
  assertThrows(() => interfaces.list(), Error, "Too many open files");
  for (const expected of [[loopback], [loopback], [loopback, other], [loopback, other]]) {
    assertEquals(interfaces.list() as unknown, expected);
  }
});
