/** Variables by which a service manager speaks to this process, and to none that it starts. */

/** The value of the variable, which is gone from then on; undefined if it is not set, or may not be read. */
export function takeVariable(name: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state !== "granted") {
    return undefined;
  }
  const value = Deno.env.get(name);
  if (value !== undefined) Deno.env.delete(name);
  return value;
}
