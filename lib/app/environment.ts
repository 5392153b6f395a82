/** What the program is told by its starter, as far as it may ask. */

/** The variables that are looked at; deno.json permits reading them. */
export type Variable =
  | "CONFIGURATION_DIRECTORY"
  | "HOME"
  | "LANG"
  | "LC_ALL"
  | "LC_CTYPE"
  | "LISTEN_FDS"
  | "LOGS_DIRECTORY"
  | "RUNTIME_DIRECTORY"
  | "STATE_DIRECTORY"
  | "TERM"
  | "XDG_CONFIG_HOME"
  | "XDG_RUNTIME_DIR"
  | "XDG_STATE_HOME";

/** The value of a variable; undefined where it is not set, or asking is not permitted. */
export function variable(name: Variable): string | undefined {
  return permitted(() => Deno.env.get(name));
}

/** The user that the program runs as; null where that is not known. */
export function userId(): number | null {
  return permitted(() => Deno.uid()) ?? null;
}

let ownMachine: string | undefined;

/** The name of this machine, as it was when first asked for; undefined where nobody may know. */
export function machineName(): string | undefined {
  return ownMachine ??= permitted(() => Deno.hostname());
}

/** Where the program was started; undefined where it may not be known, or where that directory is gone. */
export function startDirectory(): string | undefined {
  try {
    return permitted(() => Deno.cwd());
  } catch (error) {
    if (["ENOENT", "EACCES"].includes((error as { code?: string }).code ?? "")) return undefined;
    throw error;
  }
}

/** Undefined where it is not permitted: then what depends on it has to be named. */
function permitted<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}
