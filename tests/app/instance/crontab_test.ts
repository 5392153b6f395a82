import { assert, assertEquals, assertThrows } from "@std/assert";
import { crontabText, quoteForCron } from "../../../lib/app/instance/crontab.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";

const WORDS = [
  "plain",
  "--upstream=tls://9.9.9.9#dns.quad9.net",
  "tls://192.0.2.1#dns.example?pin=sha256:AAAA+/=&ca=/etc/a%2523b.pem",
  "100%",
  "%%",
  "with space",
  "it's",
  'say "so"',
  "$HOME `id` $(id)",
  "back\\slash",
  "two\\\\of them",
  "end\\",
  "\\%",
  "'%'\\'",
  "#comment",
  "--listen=[::1]:53",
  "*",
  "~",
  "",
  "a;b|c&d<e>f(g)h",
];

/** What cron hands to the shell, by the kind: some take the backslash before a percent sign away. */
const CRONS: Readonly<Record<string, (command: string) => string>> = {
  "one that takes backslashes before percent signs": (command) => command.replaceAll("\\%", "%"),
  "one that takes those before backslashes too": (command) =>
    command.replaceAll(/\\([%\\])/g, "$1"),
  "one that leaves them": (command) => command,
};

for (const [kind, handOver] of Object.entries(CRONS)) {
  Deno.test(`quoteForCron() brings every word unchanged through the shell and ${kind}`, () => {
    const command = WORDS.map(quoteForCron).join(" ");
    assert(!/(?<!\\)%/.test(command), "Cron ends the command at a percent sign");
    const script = `printf '%s\\0' ${handOver(command)}`;
    const { stdout } = new Deno.Command("/bin/sh", { args: ["-c", script] }).outputSync();
    assertEquals(new TextDecoder().decode(stdout).split("\0").slice(0, -1), WORDS);
  });
}

Deno.test("quoteForCron() leaves alone what needs no quotes", () => {
  for (const word of ["/usr/local/bin/dnsfwd", "tls://9.9.9.9#dns.quad9.net", "127.0.0.1:53"]) {
    assertEquals(quoteForCron(word), word);
  }
});

Deno.test("quoteForCron() refuses the end of a line", () => {
  assertThrows(() => quoteForCron("a\nb"), ConfigError, "cannot stand in a crontab");
});

Deno.test("crontabText() is an entry for the boot and one for every minute", () => {
  const text = crontabText(["/opt/dnsfwd", "ensure", "--ca=/etc/my ca"], "your crontab");
  assertEquals(text.split("\n").slice(1), [
    "@reboot /opt/dnsfwd ensure '--ca=/etc/my ca'",
    "* * * * * /opt/dnsfwd ensure '--ca=/etc/my ca'",
  ]);
  assert(text.startsWith("# dnsfwd, for your crontab: "));
});

Deno.test("crontabText() refuses a command that cron would not take", () => {
  const words = ["dnsfwd", "x".repeat(998)];
  assertThrows(() => crontabText(words, "your crontab"), ConfigError, "998 characters");
});
