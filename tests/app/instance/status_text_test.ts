import { assertEquals } from "@std/assert";
import { statusText } from "../../../lib/app/instance/status_text.ts";
import type { Reply } from "../../../lib/app/instance/control_protocol.ts";
import { REPORT } from "../../helpers/report.ts";

const WALL = Date.UTC(2026, 10, 23, 12, 0, 0);
const REPLY: Reply = {
  ...REPORT,
  version: 1,
  ok: true,
  healthy: true,
  uptime: 2 * 86_400_000 + 3 * 3_600_000 + 59_000,
  addresses: ["127.0.0.1:53", "[::1]:53"],
  configFile: "/etc/dnsfwd.toml",
};

Deno.test("statusText() says what a person wants to know", () => {
  assertEquals(
    statusText(REPLY, WALL),
    `\
Running    since 2026-11-21 08:59:01Z (2 d 3 h)
Process    4711, dnsfwd 1.2.3
Listening  127.0.0.1:53, [::1]:53
Upstreams  tls://192.0.2.1:853#dns.example
Queries    1234 answered, 7 of them with an error because there was no response
Config     /etc/dnsfwd.toml
Health     working`,
  );
});

Deno.test("statusText() says what does not work, and that there is no file", () => {
  const reply = { ...REPLY, configFile: null, healthy: false, problem: "No upstream answers" };
  const lines = statusText(reply, WALL).split("\n");
  assertEquals(lines.slice(-2), ["Config     command line only", "Health     No upstream answers"]);
});

Deno.test("statusText() tells the time that it runs in the two largest units", () => {
  const cases: [number, string][] = [
    [0, "0 s"],
    [999, "0 s"],
    [59_999, "59 s"],
    [60_000, "1 min 0 s"],
    [3_599_000, "59 min 59 s"],
    [3_600_000, "1 h 0 min"],
    [86_400_000, "1 d 0 h"],
    [400 * 86_400_000, "400 d 0 h"],
  ];
  for (const [uptime, expected] of cases) {
    const [line] = statusText({ ...REPLY, uptime }, WALL).split("\n");
    assertEquals(/\((.*)\)$/.exec(line)?.[1], expected, `${uptime}`);
  }
});

Deno.test("statusText() moves no cursor, and does without what is not there or makes no sense", () => {
  const strange = {
    version: 1,
    ok: true,
    healthy: false,
    problem: "\x1b[2J",
    uptime: "long",
    addresses: [1],
    summary: null,
  } as unknown as Reply;
  assertEquals(statusText(strange, WALL), "Health     \\x1b[2J");
  assertEquals(statusText({ version: 1, ok: true, healthy: true }, WALL), "Health     working");
});
