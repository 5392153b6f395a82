import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { LogFile } from "../../lib/app/log_file.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const RETRY = 10_000;

interface Stage extends Disposable {
  readonly folder: string;
  readonly path: string;
  readonly clock: FakeClock;
  readonly failures: string[];
  open(path?: string): LogFile;
  text(path?: string): string;
}

function stage(): Stage {
  const folder = Deno.makeTempDirSync({ prefix: "dnsfwd-log-" });
  const clock = new FakeClock();
  const failures: string[] = [];
  const opened: LogFile[] = [];
  const path = `${folder}/dnsfwd.log`;
  return {
    folder,
    path,
    clock,
    failures,
    open: (name = path) => {
      const file = new LogFile(name, {
        clock,
        warning: (text) => `Warning: ${text}`,
        onFailure: (text) => failures.push(text),
      });
      opened.push(file);
      return file;
    },
    text: (name = path) => Deno.readTextFileSync(name),
    [Symbol.dispose]: () => {
      for (const file of opened) file.close();
      Deno.removeSync(folder, { recursive: true });
    },
  };
}

Deno.test("LogFile.write() appends lines to what is in the file", () => {
  using s = stage();
  Deno.writeTextFileSync(s.path, "from before\n");
  const file = s.open();
  file.write("one");
  file.write("two");
  assertEquals(s.text(), "from before\none\ntwo\n");
  assertEquals(s.failures, []);
});

Deno.test("LogFile makes a file that others than the group cannot read", () => {
  using s = stage();
  s.open();
  assertEquals((Deno.statSync(s.path).mode ?? 0) & 0o027, 0);
});

Deno.test("LogFile.reopen() goes on in the file that has the name now (logrotate)", () => {
  using s = stage();
  const file = s.open();
  file.write("one");
  Deno.renameSync(s.path, `${s.path}.1`);
  file.reopen();
  file.write("two");
  assertEquals([s.text(`${s.path}.1`), s.text()], ["one\n", "two\n"]);
});

Deno.test("LogFile.write() makes a file anew that was renamed or deleted, without being told", () => {
  using s = stage();
  const file = s.open();
  file.write("one");
  Deno.renameSync(s.path, `${s.path}.1`);
  s.clock.advance(1000);
  file.write("two");
  Deno.removeSync(s.path);
  s.clock.advance(1000);
  file.write("three");
  assertEquals([s.text(`${s.path}.1`), s.text()], ["one\n", "three\n"]);
});

Deno.test("LogFile.write() notices that within a second also where lines never cease", () => {
  using s = stage();
  const file = s.open();
  file.write("one");
  Deno.renameSync(s.path, `${s.path}.1`);
  for (let tenth = 0; tenth < 10; tenth++) {
    s.clock.advance(100);
    file.write("two");
  }
  assertEquals(s.text(), "two\n");
});

Deno.test("LogFile goes on in the renamed file where none of its name can be made, and not in a deleted one", () => {
  using s = stage();
  const path = `${s.folder}/logs/dnsfwd.log`;
  Deno.mkdirSync(`${s.folder}/logs`);
  const file = s.open(path);
  file.write("one");
  const moved = `${s.folder}/moved`;
  // A file stands where the directory was: nobody can make anything below it, not even root.
  Deno.renameSync(`${s.folder}/logs`, moved);
  Deno.writeTextFileSync(`${s.folder}/logs`, "");
  file.reopen();
  s.clock.advance(1000);
  file.write("two");
  assertEquals(s.text(`${moved}/dnsfwd.log`), "one\ntwo\n");
  assertEquals(s.failures, []);
  Deno.removeSync(`${moved}/dnsfwd.log`);
  s.clock.advance(1000);
  file.write("three");
  assertEquals(s.failures.length, 1);
});

Deno.test("LogFile tells once that its directory is missing, and writes when it is there", () => {
  using s = stage();
  const path = `${s.folder}/later/dnsfwd.log`;
  const file = s.open(path);
  file.write("one");
  s.clock.advance(RETRY);
  file.write("two");
  assertEquals(s.failures, [`Cannot write the log file ${path}: no such directory`]);
  Deno.mkdirSync(`${s.folder}/later`);
  file.write("three");
  s.clock.advance(RETRY);
  file.write("four");
  file.write("five");
  const warning = "Warning: 3 lines are missing here: no such directory";
  assertEquals(s.text(path), `${warning}\nfour\nfive\n`);
});

Deno.test("LogFile tells of a new failure after it had been able to write", () => {
  using s = stage();
  const path = `${s.folder}/there/dnsfwd.log`;
  Deno.mkdirSync(`${s.folder}/there`);
  const file = s.open(path);
  for (const round of [1, 2]) {
    Deno.removeSync(`${s.folder}/there`, { recursive: true });
    s.clock.advance(RETRY);
    file.write("lost");
    assertEquals(s.failures.length, round);
    Deno.mkdirSync(`${s.folder}/there`);
    s.clock.advance(RETRY);
    file.write("written");
    assertStringIncludes(s.text(path), "One line is missing here");
  }
});

Deno.test("LogFile refuses a pipe, for which it would wait, and a directory", () => {
  using s = stage();
  const { success } = new Deno.Command("mkfifo", { args: [s.path] }).outputSync();
  assertEquals(success, true);
  s.open().write("one");
  s.open(s.folder).write("one");
  assertEquals(s.failures, [
    `Cannot write the log file ${s.path}: it is a pipe`,
    `Cannot write the log file ${s.folder}: the file is a directory`,
  ]);
});

Deno.test("LogFile does without a line when the device is full", () => {
  using s = stage();
  const file = s.open("/dev/full");
  file.write("one");
  file.write("two");
  assertEquals(s.failures, ["Cannot write the log file /dev/full: no space left"]);
});

const encoded = (text: string) => new TextEncoder().encode(text);

Deno.test("LogFile.append() writes whole lines without waiting, into the file that has the name", async () => {
  using s = stage();
  const file = s.open();
  assertEquals(await file.append(encoded("one\ntwo\n")), 8);
  Deno.renameSync(s.path, `${s.path}.1`);
  s.clock.advance(1000);
  assertEquals(await file.append(encoded("three\n")), 6);
  file.write("four");
  assertEquals([s.text(`${s.path}.1`), s.text()], ["one\ntwo\n", "three\nfour\n"]);
});

Deno.test("LogFile.append() says that nothing was written, tells why once, and tries again after ten seconds", async () => {
  using s = stage();
  const file = s.open("/dev/full");
  assertEquals(await file.append(encoded("one\n")), 0);
  assertEquals(await file.append(encoded("two\n")), 0);
  assertEquals(s.failures, ["Cannot write the log file /dev/full: no space left"]);
  s.clock.advance(RETRY);
  assertEquals(await file.append(encoded("three\n")), 0);
  assertEquals(s.failures.length, 1);
});

Deno.test("LogFile makes a file of the mode that it is told, and calls it what it is told", () => {
  using s = stage();
  const failures: string[] = [];
  const options = {
    clock: s.clock,
    what: "query log",
    mode: 0o600,
    warning: (text: string) => text,
    onFailure: (text: string) => void failures.push(text),
  };
  new LogFile(s.path, options).close();
  assertEquals((Deno.statSync(s.path).mode ?? 0) & 0o777, 0o600);
  new LogFile(`${s.folder}/missing/file`, options);
  assertEquals(failures, [
    `Cannot write the query log ${s.folder}/missing/file: no such directory`,
  ]);
});

/** Makes all that waits for the disk throw, until it is disposed of. */
class HungDisk implements Disposable {
  readonly #before: [object, string, unknown][] = [];

  constructor() {
    for (const owner of [Deno, Deno.FsFile.prototype] as object[]) {
      for (const name of Object.getOwnPropertyNames(owner)) {
        if (
          !/^(open|(l?st|trunc)ate?|rename|realPath|readLink|mkdir|write|sync)\w*Sync$/.test(name)
        ) continue;
        this.#before.push([owner, name, Reflect.get(owner, name)]);
        Reflect.set(owner, name, () => {
          throw new Error(`${name} waits for the disk`);
        });
      }
    }
  }

  get size(): number {
    return this.#before.length;
  }

  [Symbol.dispose](): void {
    for (const [owner, name, value] of this.#before) Reflect.set(owner, name, value);
  }
}

Deno.test("LogFile appends, opens its file again and renames it without waiting for the disk", async () => {
  using s = stage();
  const file = s.open();
  const append = (text: string) => file.append(new TextEncoder().encode(`${text}\n`));
  {
    using disk = new HungDisk();
    assert(disk.size >= 10, `${disk.size}`);
    await append("one");
    await Deno.rename(s.path, `${s.path}.old`);
    await file.reopenLater();
    await append("two");
    await Deno.remove(s.path);
    s.clock.advance(1000);
    await append("three");
    file.rotation = { maxSize: 8, keep: 2 };
    await append("four");
    file.rotation = { maxSize: 8, keep: 0 };
    await append("five");
    await Deno.remove(s.path);
    await Deno.symlink(`${s.folder}/other`, s.path);
    await file.reopenLater();
    await append("six");
  }
  assertEquals(s.failures, []);
  const names = Array.from(Deno.readDirSync(s.folder), ({ name }) => name).sort();
  const content = Object.fromEntries(names.map((name) => [name, s.text(`${s.folder}/${name}`)]));
  assertEquals(content, {
    "dnsfwd.log": "six\n",
    "dnsfwd.log.1": "three\n",
    "dnsfwd.log.old": "one\n",
    "other": "six\n",
  });
});

Deno.test("LogFile that is opened later makes its file without waiting for the disk", async () => {
  using s = stage();
  const options = { clock: s.clock, warning: (text: string) => text, isOpenedLater: true };
  const onFailure = (text: string) => s.failures.push(text);
  const file = new LogFile(s.path, { ...options, onFailure });
  assertEquals(Array.from(Deno.readDirSync(s.folder)), []);
  {
    using _disk = new HungDisk();
    await file.reopenLater();
    await file.append(new TextEncoder().encode("one\n"));
  }
  file.close();
  assertEquals([s.text(), file.isMade, s.failures], ["one\n", true, []]);
});

Deno.test("LogFile that is closed while it is opened again stays closed, and complains of nothing", async () => {
  using s = stage();
  const file = s.open();
  const reopening = file.reopenLater();
  file.close();
  await reopening;
  assertEquals(s.failures, []);
});
