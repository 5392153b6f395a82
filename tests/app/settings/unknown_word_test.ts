import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";

const UPSTREAM = "tls://192.0.2.53#dns.example";

function mistake(...args: string[]): string {
  return assertThrows(() => parseCommandLine(args), ConfigError, undefined, args.join(" ")).message;
}

Deno.test("an unknown option is told with the one that was meant, however it is written", () => {
  const cases: [string, string][] = [
    ["--lisen", "did you mean --listen?"],
    ["-listen", "did you mean --listen?"],
    ["-upstream", "did you mean --upstream?"],
    ["--logLevel", "did you mean --log-level?"],
    ["--LISTEN", "did you mean --listen?"],
    ["--listen-address=127.0.0.1", "did you mean --listen?"],
    ["--up", "did you mean --upstream?"],
    ["--query", "did you mean the command query?"],
    ["--status", "did you mean the command status?"],
    ["--reload", "did you mean the command reload?"],
    ["--server=9.9.9.9", "did you mean --upstream?"],
    ["--port=53", "did you mean --listen?"],
    ["--verbose", "did you mean --log-level?"],
    ["-v", "did you mean --version?"],
    ["-c", "did you mean --config?"],
    ["-u", "did you mean --upstream?"],
    ["--no-truncate", "--truncate is off unless it is given"],
    ["--no-metrics", "did you mean --metrics none?"],
    ["--no-state-dir", "did you mean --state-dir none?"],
    ["--no-listen-at-all", "did you mean --no-listen?"],
    ["--no-rot", "did you mean --no-root?"],
    ["--no-policy", "leave out --policy for its default"],
    ["--colour", "see dnsfwd --help"],
    ["-x", "see dnsfwd --help"],
  ];
  for (const [argument, advice] of cases) {
    assertEquals(mistake(argument), `Option "${argument}": unknown; ${advice}`);
  }
});

Deno.test("an unknown command is told with the one that was meant", () => {
  const cases: [string, string][] = [
    ["statsu", "did you mean status?"],
    ["Status", "did you mean status?"],
    ["relaod", "did you mean reload?"],
    ["doc", "did you mean doctor?"],
    ["dig", "did you mean query?"],
    ["validate", "did you mean check?"],
    ["version", "did you mean --version?"],
    ["listen", "did you mean --listen?"],
    [UPSTREAM, `did you mean --upstream ${UPSTREAM}?`],
  ];
  for (const [name, advice] of cases) {
    assertEquals(mistake(name), `Command "${name}": unknown; ${advice}`);
  }
  assertEquals(mistake("help", "statsu"), 'Command "statsu": unknown; did you mean status?');
});

Deno.test("a word that no command takes is told with the option that was meant", () => {
  const cases: [string[], string][] = [
    [["run", UPSTREAM], `did you mean --upstream ${UPSTREAM}?`],
    [["config", "print-default"], "did you mean --print-default?"],
    [["status", "json"], "did you mean --json?"],
    [["stop", "please"], "see dnsfwd --help"],
  ];
  for (const [args, advice] of cases) {
    assertStringIncludes(mistake(...args), `Argument "${args[1]}": not expected; ${advice}`);
  }
});

Deno.test("an option of another command is told with the commands that it belongs to", () => {
  const cases: [string[], string][] = [
    [["run", "--json"], "not for the command run; it belongs to status and check"],
    [["--watch"], "not for the command run; it belongs to status"],
    [["status", "--print-default"], "not for the command status; it belongs to config"],
    [["ensure", "--background"], "not for the command ensure"],
  ];
  for (const [args, text] of cases) {
    const [line] = mistake(...args, ...args[0] === "status" ? [] : ["--upstream", UPSTREAM])
      .split("\n");
    assertEquals(line, `Option "${args.at(-1)}": ${text}`);
  }
});

Deno.test("a value that is no choice is told with the one that was meant", () => {
  const cases: [string, string, string][] = [
    ["policy", "Race", "race"],
    ["policy", "balanced", "balance"],
    ["log-format", "jsn", "json"],
    ["log-level", "warn", "warning"],
    ["log-level", "upstrem=debug", "upstream"],
    ["log-level", "upstream=dbug", "debug"],
    ["limit", "tcp_idle=30", "tcp-idle"],
    ["limit", "tcp-idel=30", "tcp-idle"],
    ["udp-io", "bacth", "batch"],
    ["upstream", "tls://192.0.2.1?pins=sha256:x", "pin"],
    ["upstream", "tls://192.0.2.1?Profile=strict", "profile"],
    ["upstream", "tls://192.0.2.1?profile=oportunistic", "opportunistic"],
  ];
  for (const [option, text, near] of cases) {
    const said = mistake("--upstream", UPSTREAM, `--${option}`, text);
    assertEquals(said.slice(said.lastIndexOf(";")), `; did you mean ${near}?`, said);
  }
});

Deno.test("an option behind -- is told to be out of place, without being proposed", () => {
  for (const word of ["--listen", "--json", "-x"]) {
    const line = mistake("run", "--upstream", UPSTREAM, "--", word);
    assertEquals(line, `Argument "${word}": not expected; see dnsfwd --help`);
  }
});
