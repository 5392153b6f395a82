/** Whether a path leads to anything, a link that leads nowhere included. */

/** Throws what the system says where it does not let us know. */
export function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
