import { assert, assertEquals } from "@std/assert";
import { formatLine, LOG_LEVELS, type LogLine } from "../../../lib/base/log/line.ts";

const TIME = new Date("2026-07-01T12:34:56.789Z");

function line(severity: number, text = "Started"): LogLine {
  return { severity, category: "service", text };
}

Deno.test("formatLine() writes the forms human, kernel and daemon (RFC 5424, 6.2.1)", () => {
  const cases = [
    ["human", 6, "2026-07-01 12:34:56Z Started"],
    ["human", 7, "2026-07-01 12:34:56Z Started"],
    ["human", 4, "2026-07-01 12:34:56Z Warning: Started"],
    ["human", 3, "2026-07-01 12:34:56Z Error: Started"],
    ["human", 2, "2026-07-01 12:34:56Z Error: Started"],
    ["kernel", 6, "<6>dnsfwd: Started"],
    ["kernel", 3, "<3>dnsfwd: Started"],
    ["daemon", 6, "<30>dnsfwd: Started"],
    ["daemon", 3, "<27>dnsfwd: Started"],
    ["daemon", 7, "<31>dnsfwd: Started"],
  ] as const;
  for (const [format, severity, text] of cases) {
    assertEquals(formatLine(format, line(severity), TIME), text);
  }
});

Deno.test("LOG_LEVELS are the severities of syslog in order (RFC 5424, 6.2.1)", () => {
  assertEquals([LOG_LEVELS.indexOf("emergency"), LOG_LEVELS.indexOf("debug")], [0, 7]);
  assertEquals([LOG_LEVELS.indexOf("error"), LOG_LEVELS.indexOf("warning")], [3, 4]);
  assertEquals([LOG_LEVELS.indexOf("info"), LOG_LEVELS.length], [6, 8]);
});

Deno.test("formatLine() writes JSON with the time in UTC, level, category and upstream (RFC 3339, 5.6)", () => {
  const time = "2026-07-01T12:34:56.789Z";
  assertEquals(JSON.parse(formatLine("json", line(4), TIME)), {
    time,
    level: "warning",
    category: "service",
    message: "Started",
  });
  const upstream = "tls://192.0.2.1:853";
  const about = { severity: 6, category: "upstream", text: "Here", upstream } as const;
  assertEquals(JSON.parse(formatLine("json", about, TIME)), {
    time,
    level: "info",
    category: "upstream",
    upstream,
    message: "Here",
  });
});

Deno.test("formatLine() writes JSON in one line that moves no cursor, and that says what it was given", () => {
  const hostile = [
    "\0\x01\x07\b\t\n\v\f\r\x1b[2J\x7f",
    "\x80\x85\x9b31m\xad",
    '"\\ {"level":"info"} </script>',
    "\u2028\u2029\u202e\u200b\ufeff\u{e0001}",
    "lone \ud800 and \udc00",
    "\u00fc \u65e5 \u{1f600}",
  ];
  let seed = 1;
  const random = (below: number) => (seed = (seed * 48_271) % 0x7fffffff) % below;
  for (let round = 0; round < 2000; round++) {
    const units = Array.from({ length: random(20) }, () => random(0x10000));
    hostile.push(String.fromCharCode(...units));
  }
  for (const text of hostile) {
    const json = formatLine("json", { ...line(6, text), upstream: text }, TIME);
    assert(!/[\p{C}\p{Zl}\p{Zp}]/u.test(json), JSON.stringify(text));
    const { message, upstream } = JSON.parse(json);
    assertEquals([message, upstream], [text, text]);
  }
});

Deno.test("formatLine() lets no control character of a server reach the terminal or the log, in any form", () => {
  const text = "certificate of \x1b[2Ja\x07\x7f\x9bb\u202ec\u2028d\r";
  const escaped = "certificate of \\x1b[2Ja\\x07\\x7f\\x9bb\\u{202e}c\\u{2028}d\\x0d";
  for (const format of ["human", "kernel", "daemon"] as const) {
    assert(formatLine(format, line(6, text), TIME).endsWith(escaped), format);
    assert(
      formatLine(format, line(6, "caf\u00e9\n\tat a"), TIME).endsWith("caf\u00e9\n\tat a"),
      format,
    );
  }
});
