/** A log file that is full: renamed, or emptied where it cannot be renamed. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { LogFile } from "../../lib/app/log_file.ts";
import type { Rotation } from "../../lib/app/log_rotation.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";

/** Ten octets with its end, so that ten lines fit. */
const line = (number: number) => `line ${`${number}`.padStart(4, "0")}`;
const SIZE = 100;

class Stage implements Disposable {
  readonly folder = new TempDirectory();
  readonly clock = new FakeClock();
  readonly failures: string[] = [];
  opened = 0;
  readonly #files: LogFile[] = [];

  get path(): string {
    return `${this.folder.path}/dnsfwd.log`;
  }

  open(rotation: Rotation = { maxSize: SIZE, keep: 2 }, path = this.path): LogFile {
    const file = new LogFile(path, {
      clock: this.clock,
      rotation,
      warning: (text) => `Warning: ${text}`,
      onFailure: (text) => this.failures.push(text),
      onOpen: () => this.opened++,
    });
    this.#files.push(file);
    return file;
  }

  /** The files of the folder and their lines, as numbers where they are such. */
  get content(): Record<string, (number | string)[]> {
    const names = Array.from(Deno.readDirSync(this.folder.path), ({ name }) => name).sort();
    return Object.fromEntries(names.map((name) => [name, this.lines(name)]));
  }

  lines(name: string): (number | string)[] {
    const text = Deno.readTextFileSync(`${this.folder.path}/${name}`);
    return text.split("\n").slice(0, -1).map((each) => {
      const [, number] = /^line (\d{4})$/.exec(each) ?? [];
      return number === undefined ? each : Number(number);
    });
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file.close();
    this.folder[Symbol.dispose]();
  }
}

function write(file: LogFile, from: number, to: number): void {
  for (let number = from; number <= to; number++) file.write(line(number));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

Deno.test("LogFile renames a file that is full, and the older ones, the oldest of which goes", () => {
  using s = new Stage();
  const file = s.open();
  write(file, 1, 10);
  assertEquals(s.content, { "dnsfwd.log": numbers(1, 10) });
  write(file, 11, 25);
  assertEquals(s.content, {
    "dnsfwd.log": numbers(21, 25),
    "dnsfwd.log.1": numbers(11, 20),
    "dnsfwd.log.2": numbers(1, 10),
  });
  write(file, 26, 1005);
  assertEquals(s.content, {
    "dnsfwd.log": numbers(1001, 1005),
    "dnsfwd.log.1": numbers(991, 1000),
    "dnsfwd.log.2": numbers(981, 990),
  });
  assertEquals([s.failures, s.opened], [[], 101]);
});

Deno.test("LogFile counts what is in the file from before", () => {
  using s = new Stage();
  write(s.open(), 1, 8);
  write(s.open(), 9, 12);
  assertEquals(s.content, { "dnsfwd.log": [11, 12], "dnsfwd.log.1": numbers(1, 10) });
});

Deno.test("LogFile takes another size while it goes on, and grows without one", () => {
  using s = new Stage();
  const file = s.open({ maxSize: 0, keep: 2 });
  write(file, 1, 30);
  file.rotation = { maxSize: SIZE, keep: 1 };
  write(file, 31, 32);
  assertEquals(s.content, { "dnsfwd.log": [31, 32], "dnsfwd.log.1": numbers(1, 30) });
});

Deno.test("LogFile empties the file where no older ones are wanted", () => {
  using s = new Stage();
  const file = s.open({ maxSize: SIZE, keep: 0 });
  write(file, 1, 25);
  assertEquals(s.content, { "dnsfwd.log": numbers(21, 25) });
});

Deno.test("LogFile writes a line that is longer than a file may be, in one of its own", () => {
  using s = new Stage();
  const file = s.open();
  const long = "x".repeat(3 * SIZE);
  file.write(long);
  file.write(line(1));
  file.write(long);
  const content = { "dnsfwd.log": [long], "dnsfwd.log.1": [1], "dnsfwd.log.2": [long] };
  assertEquals(s.content, content);
});

Deno.test("LogFile counts octets, not characters", () => {
  using s = new Stage();
  const file = s.open();
  file.write("\u20ac".repeat(33));
  write(file, 1, 1);
  assertEquals(s.content, { "dnsfwd.log": [1], "dnsfwd.log.1": ["\u20ac".repeat(33)] });
});

Deno.test("LogFile empties a file that it cannot rename, and says so at its beginning", () => {
  using s = new Stage();
  // A directory that is not empty: nobody can put a file in its place, not even root.
  Deno.mkdirSync(`${s.path}.1/full`, { recursive: true });
  const file = s.open();
  write(file, 1, 1000);
  const [warning, ...rest] = s.lines("dnsfwd.log");
  assert(/^Warning: Older lines are gone, as this file cannot be renamed: /.test(`${warning}`));
  assertEquals(rest.at(-1), 1000);
  assertLess(Deno.statSync(s.path).size, 3 * SIZE);
  assertEquals(s.failures, []);
});

Deno.test("LogFile leaves a file alone that another program has renamed meanwhile, and begins a new one", () => {
  using s = new Stage();
  const file = s.open();
  write(file, 1, 10);
  Deno.renameSync(s.path, `${s.path}-20260701`);
  write(file, 11, 12);
  assertEquals(s.content, {
    "dnsfwd.log": [11, 12],
    "dnsfwd.log-20260701": numbers(1, 10),
  });
});

Deno.test("LogFile notices that another program has emptied the file", () => {
  using s = new Stage();
  const file = s.open();
  write(file, 1, 10);
  Deno.truncateSync(s.path);
  write(file, 11, 15);
  assertEquals(s.content, { "dnsfwd.log": numbers(11, 15) });
});

Deno.test("LogFile bounds a file that was renamed where it cannot make another", () => {
  using s = new Stage();
  const path = `${s.folder.path}/logs/dnsfwd.log`;
  Deno.mkdirSync(`${s.folder.path}/logs`);
  const file = s.open(undefined, path);
  write(file, 1, 5);
  Deno.renameSync(`${s.folder.path}/logs`, `${s.folder.path}/moved`);
  Deno.writeTextFileSync(`${s.folder.path}/logs`, "");
  for (let number = 6; number <= 1000; number++) {
    file.write(line(number));
    s.clock.advance(100);
  }
  const moved = s.lines("moved/dnsfwd.log");
  assertEquals(moved.at(-1), 1000);
  assertLess(moved.length, 2 * SIZE / 10 + 1);
  assertEquals(s.failures, []);
});

Deno.test("LogFile keeps a link in its place, and renames where it leads to", () => {
  using s = new Stage();
  Deno.mkdirSync(`${s.folder.path}/disk`);
  Deno.symlinkSync(`${s.folder.path}/disk/real.log`, s.path);
  Deno.writeTextFileSync(`${s.folder.path}/disk/real.log`, "");
  const file = s.open();
  write(file, 1, 12);
  assert(Deno.lstatSync(s.path).isSymlink);
  assertEquals(s.lines("disk/real.log"), [11, 12]);
  assertEquals(s.lines("disk/real.log.1"), numbers(1, 10));
});

Deno.test({
  name: "LogFile makes the file that a link leads to, at the start and after each rotation",
  // As the program has them: the runtime itself does so for who may do all.
  permissions: { read: true, write: true },
  fn() {
    using s = new Stage();
    Deno.mkdirSync(`${s.folder.path}/disk`);
    Deno.symlinkSync("disk/other.log", s.path);
    Deno.symlinkSync(`${s.folder.path}/disk/real.log`, `${s.folder.path}/disk/other.log`);
    const file = s.open();
    write(file, 1, 25);
    assertEquals(s.failures, []);
    assertEquals(s.lines("disk/real.log"), numbers(21, 25));
    assertEquals(s.lines("disk/real.log.1"), numbers(11, 20));
    assertEquals(s.lines("disk/real.log.2"), numbers(1, 10));
  },
});

Deno.test("LogFile says of links in a circle that there is no file", () => {
  using s = new Stage();
  Deno.symlinkSync(s.path, s.path);
  s.open();
  assertEquals(s.failures.length, 1);
});

Deno.test("LogFile rotates no device", () => {
  using s = new Stage();
  const file = s.open(undefined, "/dev/null");
  write(file, 1, 100);
  assertEquals([s.failures, s.opened], [[], 1]);
  assert(Deno.statSync("/dev/null").isCharDevice);
});

Deno.test("LogFile.append() rotates too, and never splits what is appended at once", async () => {
  using stage = new Stage();
  const file = stage.open();
  const block = (letter: string) => new TextEncoder().encode(`${letter.repeat(SIZE / 2)}\n`);
  for (const letter of "abcd") await file.append(block(letter));
  file.close();
  const first = (path: string) => Deno.readTextFileSync(path).slice(0, 1);
  assertEquals([stage.path, `${stage.path}.1`, `${stage.path}.2`].map(first), ["d", "c", "b"]);
});
