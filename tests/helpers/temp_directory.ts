/** A directory for one test, gone with it. */

export class TempDirectory implements Disposable {
  readonly path: string = Deno.makeTempDirSync({ prefix: "dnsfwd-test-" });

  /** The names of what is in it, sorted. */
  get names(): string[] {
    return Array.from(Deno.readDirSync(this.path), ({ name }) => name).sort();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A file for one test, gone with it. */
export class TemporaryFile implements Disposable {
  readonly path: string = Deno.makeTempFileSync({ prefix: "dnsfwd-test-" });

  constructor(text: string) {
    Deno.writeTextFileSync(this.path, text);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path);
  }
}

/** The permissions of a file for owner, group and others. */
export function modeOf(path: string): number | undefined {
  const { mode } = Deno.lstatSync(path);
  return mode === null ? undefined : mode & 0o777;
}
