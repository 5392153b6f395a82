/**
 * Opens the C library for its functions, on Linux on x86-64 and arm64: what is known here of structures and
 * constants is known of no other system. The permission for foreign functions is wanted for the library's
 * file alone.
 */

/** Where Linux systems keep it; these files are named by `--allow-ffi` in deno.json too. */
export const C_LIBRARY_FILES = [
  "/lib/x86_64-linux-gnu/libc.so.6",
  "/lib/aarch64-linux-gnu/libc.so.6",
  "/lib64/libc.so.6",
  "/usr/lib/libc.so.6",
] as const;

/**
 * The functions that `symbols` describes, for as long as the program runs; throws an `Error` that says why
 * that cannot be, starting in lower case.
 */
export function openCLibrary<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
  files: readonly string[] = C_LIBRARY_FILES,
): Deno.DynamicLibrary<S>["symbols"] {
  return openClosableCLibrary(symbols, files).symbols;
}

/** The same, to be closed by the caller. */
export function openClosableCLibrary<S extends Deno.ForeignLibraryInterface>(
  symbols: S,
  files: readonly string[] = C_LIBRARY_FILES,
): Deno.DynamicLibrary<S> {
  const { arch, os } = Deno.build;
  if (os !== "linux") throw new Error(`not known how on ${os}`);
  if (arch !== "x86_64" && arch !== "aarch64") throw new Error(`not known how on ${arch}`);
  const causes = new Set<string>();
  for (const file of files) {
    // Asked first: opening would make the runtime ask a person at a terminal.
    if (Deno.permissions.querySync({ name: "ffi", path: file }).state !== "granted") {
      causes.add("not permitted");
      continue;
    }
    try {
      return Deno.dlopen(file, symbols);
    } catch (error) {
      causes.add(describe(error as Error));
    }
  }
  throw new Error(`the C library is ${[...causes].join(" or ")}`);
}

function describe(error: Error): string {
  return error.message.includes("cannot open") ? "not found" : `not usable (${error.message})`;
}
