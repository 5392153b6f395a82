/** What is read again, and what the forwarder is told of it; the forwarder is a fake. */

import { assertEquals, assertRejects } from "@std/assert";
import type { Forwarder } from "../../../lib/app/forwarder.ts";
import { Reloader } from "../../../lib/app/reload/reloader.ts";
import type { Config } from "../../../lib/app/settings/config.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import type { RunCommand } from "../../../lib/app/settings/command.ts";
import { flushLog, logger } from "../../../lib/base/log.ts";
import { runCommand, runConfig } from "../../helpers/run_config.ts";

const UPSTREAM = ["--upstream", "tls://192.0.2.53"];
const STATE = { stateDirectory: "/srv/state", isStateWanted: false };
const REFUSED = "Configuration not reloaded, going on with the old one: ";

function start() {
  const lines: string[] = [];
  const configs: Config[] = [];
  const add = (text: string) => void lines.push(text);
  const log = { debug: add, info: add, warning: add, error: add };
  const state = { command: runCommand(...UPSTREAM), failure: undefined as Error | undefined };
  const forwarder = {
    reload: (config: Config) => {
      if (state.failure) return Promise.reject(state.failure);
      configs.push(config);
      return Promise.resolve();
    },
  } as Forwarder;
  const started = { command: state.command, config: { ...runConfig(UPSTREAM), ...STATE } };
  const changed: RunCommand[] = [];
  const change = (command: Pick<RunCommand, "log" | "logRotation">) =>
    void changed.push(command as RunCommand);
  const output = { write: add, reopen: () => {}, change };
  const reread = () => Promise.resolve(state.command);
  const clock = new FakeClock();
  const reloader = new Reloader(forwarder, started, reread, log, output, clock);
  return { reloader, lines, configs, changed, state, clock };
}

Deno.test("Reloader.reload() hands on what is read now, with the state directory found at the start", async () => {
  const { reloader, lines, configs, state } = start();
  state.command = runCommand(...UPSTREAM, "--truncate", "--listen", "127.0.0.1:5300");
  await reloader.reload();
  assertEquals(configs, [{ ...state.command.config, ...STATE, caCerts: [] }]);
  assertEquals(lines, []);
});

Deno.test("Reloader.reload() has the log go on with another level, form, size and cap", async () => {
  const { reloader, changed, lines, state } = start();
  const log = ["--log-level", "error,upstream=7", "--log-format", "json", "--log-max-size", "2M"];
  state.command = runCommand(...UPSTREAM, ...log, "--limit", "log-lines=10");
  await reloader.reload();
  assertEquals(changed.map(({ logRotation }) => logRotation), [{ maxSize: 2 << 20, keep: 3 }]);
  assertEquals(lines, ["Logging from now on: level error, upstream debug, format json"]);
  await reloader.reload();
  for (let number = 0; number < 100; number++) logger({ category: "upstream" }).error(`${number}`);
  flushLog();
  assertEquals(lines.length, 1 + 10 + 1);
  assertEquals(JSON.parse(lines[11]).message.slice(0, 12), "90 lines lef");
});

Deno.test("Reloader.reload() warns of upstreams that are others, and of them once", async () => {
  const { reloader, lines, state } = start();
  state.command = runCommand("--upstream", "tcp://192.0.2.1:53");
  await reloader.reload();
  await reloader.reload();
  assertEquals(lines, ["Queries to tcp://192.0.2.1:53 are not encrypted"]);
});

Deno.test("Reloader.reload() logs and rejects with what is wrong, wherever that is found", async () => {
  const { reloader, lines, configs, state } = start();
  state.failure = new Error("an address is in use");
  await assertRejects(() => reloader.reload(), Error, "an address is in use");
  state.failure = undefined;
  state.command = runCommand(...UPSTREAM, "--state-dir", "/srv/other");
  const { message } = await assertRejects(() => reloader.reload(), ConfigError, "needs a restart");
  assertEquals(lines, [`${REFUSED}an address is in use`, `${REFUSED}${message}`]);
  assertEquals(configs, []);
  state.command = runCommand(...UPSTREAM);
  await reloader.reload();
  assertEquals(configs.length, 1);
});

Deno.test("Reloader.age is that of the configuration in use: one that cannot be used makes it no younger", async () => {
  const { reloader, state, clock } = start();
  clock.advance(5000);
  assertEquals(reloader.age, 5000);
  await reloader.reload();
  assertEquals(reloader.age, 0);
  clock.advance(700);
  state.failure = new Error("no");
  await assertRejects(() => reloader.reload());
  assertEquals(reloader.age, 700);
});
