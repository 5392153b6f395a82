/**
 * The directory in which a release is built. Its path is always the same, since `deno compile` writes paths
 * of npm packages into the executable (in what it says of files that are no JavaScript).
 */

import { CompileError } from "../compile/compiler.ts";

const PATH = "/tmp/dnsfwd-release";

/** Makes the directory, for this user alone, and removes it when disposed of. */
export class Workshop implements AsyncDisposable {
  readonly path = PATH;

  /** Throws a `CompileError` where it is there already: it may be somebody else's. */
  static async open(): Promise<Workshop> {
    try {
      await Deno.mkdir(PATH, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      throw new CompileError(
        `${PATH} is there: a release is being built, or one was left half way`,
      );
    }
    return new Workshop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(PATH, { recursive: true });
  }
}
