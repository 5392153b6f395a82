import { assertEquals } from "@std/assert";
import { ConnectionLimits } from "../../lib/listener/connection_limits.ts";

function acquired(limits: ConnectionLimits, host: string, times: number): number {
  return Array.from({ length: times }, () => limits.acquire(host)).filter(Boolean).length;
}

Deno.test("ConnectionLimits.acquire() gives an address so many places, and others theirs (RFC 7766, 6.2.2; TCP-11, D14)", () => {
  const limits = new ConnectionLimits(100, 3);
  assertEquals(acquired(limits, "192.0.2.1", 5), 3);
  assertEquals(acquired(limits, "192.0.2.2", 5), 3);
});

Deno.test("ConnectionLimits.acquire() gives no more places than there are in all (TCP-11)", () => {
  const limits = new ConnectionLimits(5, 3);
  assertEquals(acquired(limits, "192.0.2.1", 3), 3);
  assertEquals(acquired(limits, "192.0.2.2", 3), 2);
  assertEquals(acquired(limits, "192.0.2.3", 1), 0);
});

Deno.test("ConnectionLimits.release() gives a place back, to the address and to all", () => {
  const limits = new ConnectionLimits(4, 2);
  acquired(limits, "192.0.2.1", 2);
  acquired(limits, "192.0.2.2", 2);
  limits.release("192.0.2.1");
  assertEquals(acquired(limits, "192.0.2.2", 1), 0);
  assertEquals(acquired(limits, "192.0.2.3", 5), 1);
  limits.release("192.0.2.3");
  assertEquals(acquired(limits, "192.0.2.1", 5), 1);
});

Deno.test("ConnectionLimits.release() gives nothing back that was not taken", () => {
  const limits = new ConnectionLimits(2, 2);
  limits.release("192.0.2.9");
  assertEquals(acquired(limits, "192.0.2.1", 5), 2);
  limits.release("192.0.2.9");
  assertEquals(acquired(limits, "192.0.2.2", 5), 0);
});

Deno.test("ConnectionLimits.isCrowded once nine in ten places are taken (KA-02)", () => {
  const limits = new ConnectionLimits(20, 20);
  acquired(limits, "192.0.2.1", 17);
  assertEquals(limits.isCrowded, false);
  limits.acquire("192.0.2.1");
  assertEquals(limits.isCrowded, true);
  limits.release("192.0.2.1");
  assertEquals(limits.isCrowded, false);
});

Deno.test("ConnectionLimits.change() counts what is open against the new limits, and takes nothing away", () => {
  const limits = new ConnectionLimits(100, 3);
  acquired(limits, "192.0.2.1", 3);
  limits.change(4, 4);
  assertEquals([acquired(limits, "192.0.2.1", 5), acquired(limits, "192.0.2.2", 1)], [1, 0]);
  limits.change(2, 2);
  limits.release("192.0.2.1");
  limits.release("192.0.2.1");
  assertEquals(acquired(limits, "192.0.2.2", 1), 0);
  limits.release("192.0.2.1");
  assertEquals(acquired(limits, "192.0.2.2", 2), 1);
});
