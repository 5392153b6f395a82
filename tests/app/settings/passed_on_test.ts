import { assertEquals } from "@std/assert";
import type { Command } from "../../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { parseTyped } from "../../../lib/app/settings/option_values.ts";
import { passedOn } from "../../../lib/app/settings/passed_on.ts";
import { Problems } from "../../../lib/app/settings/problems.ts";

const FOLDER = "/home/a&b 100%";

function passed(...args: string[]): string[] {
  return passedOn(parseTyped(args, FOLDER, new Problems()).given, undefined);
}

Deno.test("passedOn() makes the names of files absolute", () => {
  const cases = [
    [["--ca", "my.pem"], [`--ca=${FOLDER}/my.pem`]],
    [["--ca=a.pem", "--ca", "/b.pem"], [`--ca=${FOLDER}/a.pem`, "--ca=/b.pem"]],
    [["--state-dir", "state"], [`--state-dir=${FOLDER}/state`]],
    [["--state-dir", "none"], ["--state-dir=none"]],
    [["--log-file", "x.log"], [`--log-file=${FOLDER}/x.log`]],
    [["--upstream", "unix:dns.sock"], [`--upstream=unix:${FOLDER}/dns.sock`]],
    [["--upstream", "unix:///run/dns.sock"], ["--upstream=unix:/run/dns.sock"]],
    [["--upstream", "tcp://127.0.0.1:53"], ["--upstream=tcp://127.0.0.1:53"]],
  ] as const;
  for (const [given, expected] of cases) assertEquals(passed(...given), [...expected]);
});

Deno.test("passedOn() makes the files behind an upstream absolute, written as the forwarder reads them", () => {
  const uri = "tls://192.0.2.1#dns.example?ca=a%23b.pem&ca=/c.pem&cert=ca=.pem&key=k.pem";
  const [argument] = passed("--upstream", uri);
  const { config } = parseCommandLine([argument]) as Extract<Command, { name: "run" }>;
  const [upstream] = config.upstreams;
  const identity = upstream.transport === "tls" ? upstream.identity : undefined;
  assertEquals(identity?.caFiles, [`${FOLDER}/a#b.pem`, "/c.pem"]);
  assertEquals(identity?.certFile, `${FOLDER}/ca=.pem`);
  assertEquals(identity?.keyFile, `${FOLDER}/k.pem`);
});

Deno.test("passedOn() keeps switches, the order of what may be repeated, and old spellings", () => {
  assertEquals(
    passed("--truncate", "--bind-udp", "127.0.0.1:1", "--listen", "[::1]:2", "--loglevel=7"),
    ["--listen=127.0.0.1:1", "--listen=[::1]:2", "--truncate", "--log-level=7"],
  );
  assertEquals(passed("--connect-tcp", "127.0.0.1:1"), ["--upstream=tcp://127.0.0.1:1"]);
});

Deno.test("passedOn() leaves out what is not for the forwarder", () => {
  assertEquals(passed("ensure", "--print-crontab", "--allow", "192.0.2.0/24"), [
    "--allow=192.0.2.0/24",
  ]);
});

Deno.test("passedOn() names the configuration file, whether it was found or given", () => {
  const found = "/etc/dnsfwd/dnsfwd.toml";
  const { given } = parseTyped(["ensure", "--truncate"], FOLDER, new Problems());
  assertEquals(passedOn(given, found), [`--config=${found}`, "--truncate"]);
  const typed = parseTyped(["ensure", "--config", "my.toml"], FOLDER, new Problems());
  assertEquals(passedOn(typed.given, `${FOLDER}/my.toml`), [`--config=${FOLDER}/my.toml`]);
});
