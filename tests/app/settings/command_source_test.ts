import { assertEquals, assertRejects } from "@std/assert";
import { CommandSource } from "../../../lib/app/settings/command_source.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";

const UPSTREAM = 'upstream = "tcp://192.0.2.53:53"\n';

async function withFile(text: string, test: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-config-" });
  try {
    const file = `${folder}/dnsfwd.toml`;
    await Deno.writeTextFile(file, text);
    await test(file);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CommandSource.reread() tells what the same file says by now", async () => {
  await withFile(`${UPSTREAM}policy = "race"`, async (file) => {
    const source = new CommandSource(["--config", file, "--udp-io", "plain"]);
    const command = await source.read();
    assertEquals(command.name === "run" && command.config.policy, "race");
    Deno.writeTextFileSync(file, `${UPSTREAM}policy = "balance"\nudp-io = "batch"`);
    const { config, configFile } = await source.reread();
    assertEquals([config.policy, config.udpIo, configFile], ["balance", "plain", file]);
  });
});

Deno.test("CommandSource.reread() rejects what is wrong with the file by now, and recovers", async () => {
  await withFile(UPSTREAM, async (file) => {
    const source = new CommandSource(["run", "--config", file]);
    await source.read();
    Deno.writeTextFileSync(file, "lisen = 3");
    const error = await assertRejects(() => source.reread(), ConfigError);
    assertEquals(error.all[1].message, `${file}:1: lisen: unknown; did you mean listen?`);
    Deno.removeSync(file);
    await assertRejects(() => source.reread(), ConfigError, "no such file");
    Deno.writeTextFileSync(file, UPSTREAM);
    assertEquals((await source.reread()).config.upstreams.length, 1);
  });
});

Deno.test("CommandSource takes a relative path from where the program was started", async () => {
  await withFile(UPSTREAM, async (file) => {
    const up = Deno.cwd().split("/").filter((each) => each !== "").map(() => "..").join("/");
    const source = new CommandSource(["--config", `${up}${file}`, "--ca", "a.pem"]);
    const command = await source.read();
    if (command.name !== "run") throw new Error(`The command is ${command.name}`);
    assertEquals(command.configFile, `${Deno.cwd()}/${up}${file}`);
    assertEquals(command.caFiles, [`${Deno.cwd()}/a.pem`]);
  });
});

Deno.test("CommandSource reads no file for commands that need none, even one that is not there", async () => {
  const none = ["--config", "none", "--upstream", "tcp://192.0.2.1:53"];
  const command = await new CommandSource(none).read();
  assertEquals(command.name === "run" && command.configFile, undefined);
  assertEquals((await new CommandSource(["--config", "/nowhere", "--help"]).read()).name, "help");
  assertEquals((await new CommandSource(["demo"]).read()).name, "demo");
  const error = await assertRejects(
    () => new CommandSource(["--config", "/nowhere"]).read(),
    ConfigError,
  );
  assertEquals(
    error.message,
    '--config "/nowhere": cannot be read: no such file; expected a configuration file (TOML), or none',
  );
});
