import { assert, assertEquals, assertThrows } from "@std/assert";
import { askInstance } from "../../../lib/app/instance/control_client.ts";
import { Instance } from "../../../lib/app/instance/instance.ts";
import { InstanceError } from "../../../lib/app/instance/instance_error.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { FakeClock } from "../../helpers/fake_clock.ts";
import { LogRecorder } from "../../helpers/log_recorder.ts";
import { modeOf, TempDirectory } from "../../helpers/temp_directory.ts";
import { ScriptedControlled } from "./control_stage.ts";

const LONG = 10_000;

/** Runs with another usual place for instances. */
function withUsual<T>(directory: string, run: () => T): T {
  const before = Deno.env.get("RUNTIME_DIRECTORY");
  Deno.env.set("RUNTIME_DIRECTORY", directory);
  try {
    return run();
  } finally {
    if (before === undefined) Deno.env.delete("RUNTIME_DIRECTORY");
    else Deno.env.set("RUNTIME_DIRECTORY", before);
  }
}

class Stage implements Disposable {
  readonly temp = new TempDirectory();
  readonly clock = new FakeClock();
  readonly log = new LogRecorder();
  readonly directory = `${this.temp.path}/run`;
  readonly #taken: Instance[] = [];

  take(option: string | undefined = this.directory): Instance {
    const instance = Instance.take(option, this.clock, this.log);
    assert(instance);
    this.#taken.push(instance);
    return instance;
  }

  /** Whether it can be asked. */
  async answers(): Promise<boolean> {
    return (await askInstance(this.directory, "health", LONG)).healthy === true;
  }

  [Symbol.dispose](): void {
    for (const instance of this.#taken) {
      instance.close();
      instance.release();
    }
    this.temp[Symbol.dispose]();
  }
}

Deno.test("Instance can be found and asked, by its owner alone", async () => {
  using stage = new Stage();
  const instance = stage.take();
  assertEquals(InstanceLock.holder(stage.directory), Deno.pid);
  instance.serve(new ScriptedControlled());
  assert(await stage.answers());
  assertEquals(modeOf(stage.directory), 0o700);
  assertEquals(modeOf(`${stage.directory}/control.sock`), 0o600);
  assertEquals(modeOf(`${stage.directory}/instance.lock`), 0o600);
  assertEquals(stage.log.lines, []);
});

Deno.test("Instance.close() takes the socket away, and the lock remains until the end", () => {
  using stage = new Stage();
  const instance = stage.take();
  instance.serve(new ScriptedControlled());
  instance.close();
  assertEquals([...Deno.readDirSync(stage.directory)].map(({ name }) => name), ["instance.lock"]);
  assertEquals(InstanceLock.holder(stage.directory), Deno.pid);
  assertEquals(stage.clock.running, 0);
});

Deno.test("Instance takes the place of one that was killed, and of what else has the name of its socket", async () => {
  using stage = new Stage();
  Deno.mkdirSync(stage.directory, { mode: 0o700 });
  const path = `${stage.directory}/control.sock`;
  Deno.listen({ transport: "unix", path }).close();
  stage.take().serve(new ScriptedControlled());
  assert(await stage.answers());
});

Deno.test("Instance makes anew what somebody removed, within 10 seconds", async () => {
  using stage = new Stage();
  stage.take().serve(new ScriptedControlled());
  const { directory, clock, log } = stage;
  const removals: [() => void, number][] = [
    [() => Deno.removeSync(`${directory}/control.sock`), 0],
    [() => Deno.removeSync(`${directory}/instance.lock`), 1],
    [() => Deno.removeSync(directory, { recursive: true }), 1],
    [() => {
      Deno.removeSync(`${directory}/control.sock`);
      Deno.writeTextFileSync(`${directory}/control.sock`, "");
    }, 0],
  ];
  for (const [remove, lines] of removals) {
    remove();
    await clock.pass(10_000);
    assertEquals(InstanceLock.holder(directory), Deno.pid);
    assert(await stage.answers());
    assertEquals(modeOf(`${directory}/control.sock`), 0o600);
    assertEquals(modeOf(directory), 0o700);
    const told = `info: Made the lock in ${directory} anew: somebody had removed it`;
    assertEquals(log.lines.splice(0), Array(lines).fill(told));
  }
});

Deno.test("Instance says once that it cannot be controlled, and goes on trying", async () => {
  using stage = new Stage();
  stage.take().serve(new ScriptedControlled());
  const { directory, clock, log } = stage;
  Deno.removeSync(directory, { recursive: true });
  Deno.writeTextFileSync(directory, "in the way");
  await clock.pass(60_000);
  assertEquals(log.lines.length, 1);
  assert(log.lines[0].startsWith(`warning: Cannot be controlled through ${directory}: `));
  Deno.removeSync(directory);
  await clock.pass(10_000);
  assert(await stage.answers());
});

Deno.test("Instance tells who has taken its place after its lock was removed, and leaves that one alone", async () => {
  using stage = new Stage();
  stage.take().serve(new ScriptedControlled());
  const { directory, clock, log } = stage;
  Deno.removeSync(`${directory}/instance.lock`);
  const other = stage.take();
  const controlled = new ScriptedControlled();
  other.serve(controlled);
  await clock.pass(20_000);
  assertEquals(log.lines, [
    `warning: Cannot be controlled through ${directory}: Process ${Deno.pid} has taken the lock, ` +
    "which had been removed; going on without",
  ]);
  await askInstance(directory, "reset", LONG);
  assertEquals(controlled.told, ["reset"]);
});

Deno.test("Instance.take() goes on without where another has the usual directory, and does not where it was asked for", () => {
  using stage = new Stage();
  const { directory, clock, log } = stage;
  stage.take();
  withUsual(directory, () => assertEquals(Instance.take(undefined, clock, log), undefined));
  const who = `Process ${Deno.pid} already runs in ${directory}`;
  const advice = "running without a control socket (--runtime-dir DIR gives this one its own)";
  assertEquals(log.lines, [`info: ${who}; ${advice}`]);
  const error = assertThrows(() => Instance.take(directory, clock, log), InstanceError);
  assertEquals(error.message, who);
});

Deno.test("Instance.take() goes on without where the usual directory cannot be used, and does not where it was asked for", () => {
  using stage = new Stage();
  const { directory, clock, log } = stage;
  Deno.mkdirSync(directory);
  Deno.chmodSync(directory, 0o777);
  withUsual(directory, () => assertEquals(Instance.take(undefined, clock, log), undefined));
  const reason = "others than its owner may write to it";
  assertEquals(log.lines, [
    `warning: Running without a control socket: cannot use ${directory}: ${reason} ` +
    "(--runtime-dir DIR chooses another)",
  ]);
  const error = assertThrows(() => Instance.take(directory, clock, log), ConfigError);
  assertEquals(
    error.message,
    `--runtime-dir "${directory}": cannot be used: ${reason}; ` +
      "expected a directory of your own that nobody else may write to, or none",
  );
});

Deno.test("Instance.take() takes none with --runtime-dir none", () => {
  using stage = new Stage();
  assertEquals(Instance.take("none", stage.clock, stage.log), undefined);
  assertEquals(stage.log.lines, []);
});
