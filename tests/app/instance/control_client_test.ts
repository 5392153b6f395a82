import { assert, assertEquals, assertRejects } from "@std/assert";
import { askInstance, NoAnswer, NoInstance } from "../../../lib/app/instance/control_client.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";
import { REPORT } from "../../helpers/report.ts";
import type { Reply } from "../../../lib/app/instance/control_protocol.ts";
import { ControlStage } from "./control_stage.ts";

/** Milliseconds, where an answer is to come. */
const LONG = 10_000;

/** Takes the lock as an instance would, for as long as `run` takes. */
async function asInstance(directory: string, run: () => Promise<void>): Promise<void> {
  const lock = InstanceLock.take(directory);
  assert(lock);
  try {
    await run();
  } finally {
    lock.release();
  }
}

/** A server that reads nothing, and says `said` to whoever comes, in the place of an instance. */
async function withServer(
  said: string,
  then: "close" | "stay",
  run: (directory: string) => Promise<void>,
): Promise<void> {
  using temp = new TempDirectory();
  const listener = Deno.listen({ transport: "unix", path: `${temp.path}/control.sock` });
  const served = listener.accept().then(async (connection) => {
    try {
      await connection.write(new TextEncoder().encode(said));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
    return connection;
  });
  if (then === "close") served.then((connection) => connection.close());
  try {
    await asInstance(temp.path, () => run(temp.path));
  } finally {
    listener.close();
    const connection = await served;
    if (then === "stay") connection.close();
  }
}

Deno.test("askInstance() brings the reply", async () => {
  using stage = new ControlStage();
  const health = await askInstance(stage.directory, "health", LONG);
  const well: Partial<Reply> = { state: "working", healthy: true, alive: true, ready: true };
  assertEquals(health, { version: 1, ok: true, ...well });
  const status = await askInstance(stage.directory, "status", LONG);
  assertEquals(status, { version: 1, ok: true, ...well, ...REPORT });
  stage.controlled.reloading = () => Promise.reject(new Error("No such file"));
  const reload = await askInstance(stage.directory, "reload", LONG);
  assertEquals(reload, { version: 1, ok: false, error: "No such file" });
});

Deno.test("askInstance() says that nobody runs, whatever was left", async () => {
  using temp = new TempDirectory();
  const expectNone = async (directory: string) => {
    const error = await assertRejects(() => askInstance(directory, "health", LONG), NoInstance);
    assertEquals(error.message, `Not running (looked in ${directory})`);
  };
  await expectNone(temp.path);
  await expectNone(`${temp.path}/none`);
  Deno.listen({ transport: "unix", path: `${temp.path}/control.sock` }).close();
  Deno.writeTextFileSync(`${temp.path}/instance.lock`, "1\n");
  await expectNone(temp.path);
});

Deno.test("askInstance() says that an instance runs which cannot be reached", async () => {
  using temp = new TempDirectory();
  await asInstance(temp.path, async () => {
    const error = await assertRejects(() => askInstance(temp.path, "health", LONG), NoAnswer);
    const path = `${temp.path}/control.sock`;
    assertEquals(
      error.message,
      `Process ${Deno.pid} cannot be asked: there is no ${path}`,
    );
    Deno.listen({ transport: "unix", path }).close();
    Deno.writeTextFileSync(path, "");
    await assertRejects(() => askInstance(temp.path, "health", LONG), NoAnswer, `(${path})`);
  });
});

Deno.test("askInstance() waits for an answer no longer than told", async () => {
  await withServer("", "stay", async (directory) => {
    const error = await assertRejects(() => askInstance(directory, "status", 50), NoAnswer);
    assertEquals(error.message, `Process ${Deno.pid} does not answer within 0.05 s`);
  });
  await withServer('{"version":1,"ok":true', "stay", async (directory) => {
    await assertRejects(() => askInstance(directory, "status", 50), NoAnswer, "within 0.05 s");
  });
});

Deno.test("askInstance() takes nothing for a reply that is none", async () => {
  const cases = [
    "",
    "\n",
    "hello\n",
    '{"version":1,"ok":true}',
    '{"version":2,"ok":true}\n',
    '{"version":1,"ok":"yes"}\n',
    "null\n",
    "x".repeat(1_000_000),
  ];
  for (const said of cases) {
    await withServer(said, "close", async (directory) => {
      const ask = () => askInstance(directory, "status", LONG);
      await assertRejects(ask, NoAnswer, "so that it can be understood", said.slice(0, 40));
    });
  }
});
