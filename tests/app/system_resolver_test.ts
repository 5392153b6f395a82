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

Deno.test("namesOneOf() knows an own address in whatever spelling, and what the system takes for this machine", () => {
  const cases: [string, string, boolean][] = [
    ["nameserver 0.0.0.0", "127.0.0.1", true],
    ["nameserver ::", "::1", true],
    ["nameserver 0:0:0:0:0:0:0:1", "::1", true],
    ["nameserver ::ffff:127.0.0.1", "127.0.0.1", true],
    ["nameserver ::FFFF:7f00:1", "127.0.0.1", true],
    ["nameserver 2001:DB8::0:7", "2001:db8::7", true],
    ["nameserver 127.1", "127.0.0.1", true],
    ["nameserver 0x7f.0.0.01", "127.0.0.1", true],
    ["nameserver 2130706433", "127.0.0.1", true],
    ["nameserver fe80::1%eth0", "fe80::1%eth0", true],
    ["nameserver fe80::1%eth0", "fe80::1%eth1", false],
    ["nameserver 127.0.0.53", "127.0.0.1", false],
    ["nameserver 127.0.0.53", "0.0.0.0", true],
    ["nameserver ::1", "0.0.0.0", false],
    ["nameserver 127.0.0.1", "::", true],
    ["nameserver 192.0.2.1", "0.0.0.0", false],
    ["", "127.0.0.1", true],
    ["# nobody\nsearch example\n", "127.0.0.1", true],
    ["", "192.0.2.1", false],
    // The system asks three and no more.
    ["nameserver 192.0.2.1\n".repeat(3) + "nameserver 127.0.0.1", "127.0.0.1", false],
    ["nameserver 256.1", "1.0.0.1", false],
  ];
  for (const [text, hostname, expected] of cases) {
    assertEquals(namesOneOf(text, [{ hostname, port: 53 }]), expected, `${text} ${hostname}`);
  }
});
