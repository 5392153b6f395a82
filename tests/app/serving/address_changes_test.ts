import { assertEquals, assertStrictEquals } from "@std/assert";
import { addressChanges, type Served } from "../../../lib/app/serving/address_changes.ts";
import type { Address } from "../../../lib/net/address.ts";

function at(text: string): Address {
  const [, hostname, port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(text) ?? [];
  return { hostname, port: Number(port) };
}

/** An address that is served; `actual` where another port was asked for. */
function served(wanted: string, actual = wanted): Served {
  return { wanted: at(wanted), address: at(actual) };
}

Deno.test("addressChanges() keeps what is wanted again, in the order wanted, and names the rest", () => {
  const [one, two, three] = ["127.0.0.1:53", "127.0.0.2:53", "[::1]:53"].map((each) =>
    served(each)
  );
  const wanted = [at("[::1]:53"), at("127.0.0.1:54"), at("127.0.0.1:53")];
  const { plan, removed } = addressChanges([one, two, three], wanted);
  assertEquals(plan, [three, wanted[1], one]);
  assertStrictEquals(plan[1], wanted[1]);
  assertEquals(removed, [two]);
});

Deno.test("addressChanges() takes port 0 for the one that was found, and as many as are wanted", () => {
  const [one, two] = [
    served("127.0.0.1:0", "127.0.0.1:4001"),
    served("127.0.0.1:0", "127.0.0.1:4002"),
  ];
  const any = at("127.0.0.1:0");
  assertEquals(addressChanges([one, two], [any]), { plan: [one], removed: [two] });
  assertEquals(addressChanges([one], [any, any]), { plan: [one, any], removed: [] });
  assertEquals(addressChanges([one, two], []), { plan: [], removed: [one, two] });
});

Deno.test("addressChanges() takes an address with its actual port for the same, not for one to open", () => {
  const [one, two] = [
    served("127.0.0.1:0", "127.0.0.1:4001"),
    served("127.0.0.1:0", "127.0.0.1:4002"),
  ];
  const wanted = [at("127.0.0.1:4002"), at("127.0.0.1:0")];
  assertEquals(addressChanges([one, two], wanted), { plan: [two, one], removed: [] });
});

Deno.test("addressChanges() of nothing opens all", () => {
  const wanted = [at("127.0.0.1:53"), at("[::1]:53")];
  assertEquals(addressChanges([], wanted), { plan: wanted, removed: [] });
});
