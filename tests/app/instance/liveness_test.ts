import { assertEquals, assertLess } from "@std/assert";
import { CONTROL_SOCKET } from "../../../lib/app/instance/control_protocol.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { findInstance } from "../../../lib/app/instance/liveness.ts";
import { ControlStage } from "./control_stage.ts";

/** Runs `use` while this process holds the lock of the stage. */
async function withLock(use: (stage: ControlStage) => Promise<void>): Promise<void> {
  using stage = new ControlStage();
  const lock = InstanceLock.take(stage.directory);
  try {
    await use(stage);
  } finally {
    lock?.release();
  }
}

Deno.test("findInstance() finds none where nobody holds the lock, whoever answers", async () => {
  using stage = new ControlStage();
  assertEquals(await findInstance(stage.directory), undefined);
  assertEquals(await findInstance(`${stage.directory}/none`), undefined);
});

Deno.test("findInstance() finds one well that holds the lock and says so", async () => {
  await withLock(async (stage) => {
    assertEquals(await findInstance(stage.directory), { pid: Deno.pid, problem: undefined });
  });
});

Deno.test("findInstance() takes the word of one that says what is wrong, and does not wait", async () => {
  await withLock(async (stage) => {
    stage.controlled.problem = "no answer, though an upstream works";
    const start = performance.now();
    const found = await findInstance(stage.directory);
    assertEquals(found, { pid: Deno.pid, problem: "no answer, though an upstream works" });
    assertLess(performance.now() - start, 2000);
  });
});

Deno.test("findInstance() waits for one whose socket is not there yet", async () => {
  await withLock(async (stage) => {
    const path = `${stage.directory}/${CONTROL_SOCKET}`;
    await Deno.rename(path, `${path}.later`);
    const finding = findInstance(stage.directory);
    await new Promise((resolve) => setTimeout(resolve, 0));
    await Deno.rename(`${path}.later`, path);
    assertEquals(await finding, { pid: Deno.pid, problem: undefined });
  });
});

Deno.test("findInstance() stops waiting when the lock is given up", async () => {
  using stage = new ControlStage();
  const lock = InstanceLock.take(stage.directory);
  await Deno.rename(stage.path, `${stage.path}.gone`);
  const finding = findInstance(stage.directory);
  await new Promise((resolve) => setTimeout(resolve, 0));
  lock?.release();
  assertEquals(await finding, undefined);
});
