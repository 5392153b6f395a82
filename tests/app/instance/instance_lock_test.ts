import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InstanceError } from "../../../lib/app/instance/instance_error.ts";
import { InstanceLock } from "../../../lib/app/instance/instance_lock.ts";
import { StartLock } from "../../../lib/app/instance/start_lock.ts";
import { modeOf, TempDirectory } from "../../helpers/temp_directory.ts";
import { waitUntil } from "../../helpers/waiting.ts";

/** Takes the lock, which is free. */
function take(directory: string): InstanceLock {
  const lock = InstanceLock.take(directory);
  assert(lock, "the lock is free");
  return lock;
}

Deno.test("InstanceLock.take() keeps others out until it is released, and says who has it", () => {
  using temp = new TempDirectory();
  assertEquals(InstanceLock.holder(temp.path), undefined);
  const lock = take(temp.path);
  assertEquals(InstanceLock.take(temp.path), undefined);
  assertEquals(InstanceLock.holder(temp.path), Deno.pid);
  assertEquals(Deno.readTextFileSync(`${temp.path}/instance.lock`), `${Deno.pid}\n`);
  assertEquals(modeOf(`${temp.path}/instance.lock`), 0o600);
  lock.release();
  assertEquals(InstanceLock.holder(temp.path), undefined);
  take(temp.path).release();
});

Deno.test("InstanceLock.holder() is nobody where there is no directory", () => {
  using temp = new TempDirectory();
  assertEquals(InstanceLock.holder(`${temp.path}/none`), undefined);
  Deno.writeTextFileSync(`${temp.path}/file`, "");
  assertEquals(InstanceLock.holder(`${temp.path}/file`), undefined);
});

Deno.test("InstanceLock.take() takes what a process left that was killed, however long its ID was", () => {
  using temp = new TempDirectory();
  for (const left of ["", "4294967295\n", "no ID at all", "\0".repeat(10_000)]) {
    Deno.writeTextFileSync(`${temp.path}/instance.lock`, left);
    assertEquals(InstanceLock.holder(temp.path), undefined);
    const lock = take(temp.path);
    assertEquals(Deno.readTextFileSync(`${temp.path}/instance.lock`), `${Deno.pid}\n`);
    lock.release();
  }
});

Deno.test("InstanceLock is that of flock(1), and ends with the process that holds it", async () => {
  using temp = new TempDirectory();
  const path = `${temp.path}/instance.lock`;
  const script = `echo $$ > ${path}; exec 9< ${path}; flock 9; exec sleep 60`;
  const process = new Deno.Command("sh", { args: ["-c", script] }).spawn();
  try {
    await waitUntil(() => InstanceLock.holder(temp.path) === process.pid, "holding the lock");
    assertEquals(InstanceLock.take(temp.path), undefined);
  } finally {
    process.kill("SIGKILL");
    await process.status;
  }
  take(temp.path).release();
});

Deno.test("InstanceLock.holder() says so where a process holds it that cannot be known", () => {
  using temp = new TempDirectory();
  for (const content of ["", "0\n", "-1\n", "12", "1e3\n", "12 34\n", "x".repeat(100_000)]) {
    const path = `${temp.path}/instance.lock`;
    Deno.writeTextFileSync(path, content);
    using file = Deno.openSync(path, { read: true });
    assert(file.tryLockSync(true));
    const error = assertThrows(() => InstanceLock.holder(temp.path), InstanceError);
    assertEquals(
      error.message,
      `A process holds the lock ${path}, and the file does not say which`,
    );
  }
});

Deno.test("InstanceLock.holder() says why it cannot look", () => {
  using temp = new TempDirectory();
  const path = `${temp.path}/instance.lock`;
  Deno.symlinkSync(path, path);
  const error = assertThrows(() => InstanceLock.holder(temp.path), InstanceError);
  assertStringIncludes(error.message, `Cannot look at the lock ${path}: `);
});

Deno.test("InstanceLock.isInPlace() notices that its file was removed, replaced or moved away", () => {
  using temp = new TempDirectory();
  const path = `${temp.path}/instance.lock`;
  const changes: (() => void)[] = [
    () => Deno.removeSync(path),
    () => Deno.renameSync(path, `${path}.old`),
    () => {
      Deno.writeTextFileSync(`${path}.new`, "");
      Deno.renameSync(`${path}.new`, path);
    },
  ];
  for (const change of changes) {
    const lock = take(temp.path);
    assert(lock.isInPlace());
    change();
    assert(!lock.isInPlace());
    const next = take(temp.path);
    assert(next.isInPlace());
    next.release();
    lock.release();
  }
});

Deno.test("InstanceLock.take() writes to no file that a link leads to", () => {
  using temp = new TempDirectory();
  const path = `${temp.path}/instance.lock`;
  const target = `${temp.path}/precious`;
  Deno.writeTextFileSync(target, "precious");
  for (const link of [Deno.symlinkSync, Deno.linkSync]) {
    link(target, path);
    assertThrows(() => InstanceLock.take(temp.path), Error, path);
    Deno.removeSync(path);
  }
  Deno.symlinkSync(`${temp.path}/nowhere`, path);
  assertThrows(() => InstanceLock.take(temp.path));
  assertEquals(Deno.readTextFileSync(target), "precious");
  assertEquals(temp.names, ["instance.lock", "precious"]);
});

Deno.test("StartLock.take() waits its turn, for so long", async () => {
  using temp = new TempDirectory();
  const first = await StartLock.take(temp.path, 0);
  const error = await assertRejects(() => StartLock.take(temp.path, 0), InstanceError);
  assertEquals(error.message, `Another command is starting or ending dnsfwd in ${temp.path}`);
  const second = StartLock.take(temp.path, 10_000);
  first.release();
  (await second).release();
});

Deno.test("StartLock.take() says why it cannot", async () => {
  using temp = new TempDirectory();
  const error = await assertRejects(() => StartLock.take(`${temp.path}/none`, 0), InstanceError);
  assertStringIncludes(error.message, `Cannot lock ${temp.path}/none/start.lock: `);
});

Deno.test("InstanceLock.take() knows of a process before that did not say that it ends", () => {
  using temp = new TempDirectory();
  const lost = (left: string) => {
    Deno.writeTextFileSync(`${temp.path}/instance.lock`, left);
    const lock = take(temp.path);
    lock.release();
    return lock.lost;
  };
  assertEquals(["", "4711\n", "4711\nended\n", "4711\nend", "x\n"].map(lost), [
    undefined,
    4711,
    undefined,
    4711,
    undefined,
  ]);
  const lock = take(temp.path);
  lock.end();
  assertEquals(InstanceLock.holder(temp.path), Deno.pid, "it still runs");
  lock.release();
  const next = take(temp.path);
  assertEquals(next.lost, undefined);
  next.release();
});
