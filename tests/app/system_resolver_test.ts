import { assertEquals } from "@std/assert";
import { namesOneOf } from "../../lib/app/system_resolver.ts";

const TEXT =
  "# made by hand\nsearch example\n nameserver 192.0.2.1\nnameserver ::1\n#nameserver 192.0.2.9\n";

Deno.test("namesOneOf() finds own addresses among the resolvers of resolv.conf(5)", () => {
  const cases: [string, number, boolean][] = [
    ["192.0.2.1", 53, true],
    ["::1", 53, true],
    ["192.0.2.1", 5353, false],
    ["192.0.2.9", 53, false],
    ["127.0.0.1", 53, false],
  ];
  for (const [hostname, port, expected] of cases) {
    assertEquals(namesOneOf(TEXT, [{ hostname, port }]), expected, hostname);
  }
});
