import { assertEquals, assertThrows } from "@std/assert";
import { checkMetrics, parseMetrics } from "../../../lib/app/settings/metrics_address.ts";
import { parseListen } from "../../../lib/app/settings/listen_address.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";

Deno.test("parseMetrics() takes an address with or without a port, a port of loopback, and none", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1", "127.0.0.1", 10_853],
    ["127.0.0.1:9000", "127.0.0.1", 9000],
    ["::1", "::1", 10_853],
    ["[::1]:0", "::1", 0],
    ["192.0.2.1", "192.0.2.1", 10_853],
    ["0.0.0.0:9000", "0.0.0.0", 9000],
    ["9000", "127.0.0.1", 9000],
    ["0", "127.0.0.1", 0],
  ];
  for (const [text, hostname, port] of cases) {
    assertEquals(parseMetrics(text), { hostname, port }, text);
  }
  assertEquals(parseMetrics("none"), undefined);
});

Deno.test("parseMetrics() says what is wrong and what is allowed", () => {
  const cases: [string, string][] = [
    ["localhost", "expected ADDR[:PORT], as in 127.0.0.1:10853, a port, or none"],
    ["127.0.0.1:x", 'port "x" is not a number from 0 to 65535'],
    ["127.0.0.1:", 'port "" is not a number from 0 to 65535'],
    ["65536", 'port "65536" is not a number from 0 to 65535'],
    ["unix:/run/x", "expected ADDR[:PORT], as in 127.0.0.1:10853, a port, or none"],
  ];
  for (const [text, allowed] of cases) {
    const { message } = assertThrows(() => parseMetrics(text), ConfigError);
    assertEquals(message, `--metrics "${text}": ${allowed}`);
  }
});

Deno.test("checkMetrics() refuses an address where clients are served", () => {
  const clash = (metrics: string, ...listen: string[]) => () =>
    checkMetrics(parseMetrics(metrics), listen.map(parseListen));
  for (const metrics of ["127.0.0.1:53", "0.0.0.0:53", "[::]:53"]) {
    const { message } = assertThrows(clash(metrics, "127.0.0.2", "127.0.0.1"), ConfigError);
    const allowed = "clients are served at this address (--listen); choose another port";
    assertEquals(message, `--metrics "${metrics}": ${allowed}`);
  }
  assertThrows(clash("[::]:53", "[::1]:53"), ConfigError);
  clash("0.0.0.0:53", "[::1]:53")();
  clash("127.0.0.1:54", "127.0.0.1:53")();
  clash("127.0.0.1:0", "127.0.0.1:0")();
  clash("none", "127.0.0.1:53")();
});
