import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import {
  checkFixed,
  FIXED_IN_COMMAND,
  FIXED_IN_CONFIG,
} from "../../../lib/app/settings/fixed_settings.ts";
import { runCommand, runConfig } from "../../helpers/run_config.ts";

const UPSTREAM = ["--upstream", "tls://192.0.2.53"];
const CONFIG = runConfig(UPSTREAM);

Deno.test("checkFixed() refuses what cannot change while running, and names it, both values, and a restart", () => {
  const cases: [Partial<typeof CONFIG>, string][] = [
    [
      { stateDirectory: "/srv/other" },
      "--state-dir: changed from not given to /srv/other, which needs a restart: ",
    ],
    [{ udpIo: "plain" }, "--udp-io: changed from auto to plain, which needs a restart: "],
    [{ caCerts: ["PEM"] }, "--ca: changed from not given to given, which needs a restart: "],
  ];
  for (const [change, text] of cases) {
    const check = () => checkFixed(FIXED_IN_CONFIG, CONFIG, { ...CONFIG, ...change });
    const { message } = assertThrows(check, ConfigError);
    assertEquals(message.slice(0, text.length), text);
  }
});

Deno.test("checkFixed() refuses other options of a run that are looked at once", () => {
  const before = runCommand(...UPSTREAM, "--ca", "a.pem", "--state-dir", "/srv/one");
  const cases: [string[], string][] = [
    [["--ca", "a.pem"], "--state-dir: changed from /srv/one to not given, which needs a restart: "],
    [["--state-dir", "/srv/one"], "--ca: changed from given to not given, which needs a restart: "],
    [
      ["--state-dir", "/srv/one", "--ca", "a.pem", "--allow-key-log"],
      "--allow-key-log: changed from not given to given, which needs a restart: ",
    ],
  ];
  for (const [args, text] of cases) {
    const check = () => checkFixed(FIXED_IN_COMMAND, before, runCommand(...UPSTREAM, ...args));
    const { message } = assertThrows(check, ConfigError);
    assertEquals(message.slice(0, text.length), text);
  }
});

Deno.test("checkFixed() allows everything else, other certificates to trust among it", () => {
  const [before, after] = [
    runConfig([...UPSTREAM, "--listen", "127.0.0.1:5300"], ["one"]),
    runConfig(["--upstream", "tcp://192.0.2.1:53", "--truncate", "--isolate", "client"], ["other"]),
  ];
  checkFixed(FIXED_IN_CONFIG, before, after);
  const command = runCommand(...UPSTREAM, "--ca", "a.pem");
  const args = ["--ca", "b.pem", "--ca", "c.pem", "--log-level", "debug", "--policy", "race"];
  checkFixed(FIXED_IN_COMMAND, command, runCommand(...UPSTREAM, ...args));
});

Deno.test("checkFixed() finds all that cannot change, with the places where they stand", () => {
  const [before, after] = [
    runCommand(...UPSTREAM),
    runCommand(...UPSTREAM, "--no-root", "--user=1"),
  ];
  const place = (option: string) => `file:3: ${option.slice(2)}`;
  const check = () => checkFixed(FIXED_IN_COMMAND, before, after, place);
  assertEquals(assertThrows(check, ConfigError).all.map(({ setting }) => setting), [
    "file:3: user",
    "file:3: no-root",
  ]);
});
