/** What ends the watching of an instance, and what has it drawn anew: signals and keys. */

const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;
const END_KEYS = ["q", "Q"];

/** Aborted by the first signal that is to end the program, or by a key, where there are any. */
export function ending(keys?: ReadableStream<Uint8Array>): AbortSignal {
  const controller = new AbortController();
  const end = () => controller.abort();
  for (const signal of END_SIGNALS) Deno.addSignalListener(signal, end);
  // A terminal whose keys cannot be read any more is gone.
  if (keys) followKeys(keys, end).catch(end);
  return controller.signal;
}

/** `redraw` is called when the terminal has another size; after a stop of the process `enter` is called before. */
export function onDisturbance(enter: () => void, redraw: () => void): void {
  Deno.addSignalListener("SIGWINCH", redraw);
  Deno.addSignalListener("SIGCONT", () => {
    enter();
    redraw();
  });
  // A shell would be left without its own screen and cursor.
  Deno.addSignalListener("SIGTSTP", () => {/* not followed */});
}

/** Calls `end` at the first key that ends; never where there are none any more. */
async function followKeys(keys: ReadableStream<Uint8Array>, end: () => void): Promise<void> {
  for await (const octets of keys) {
    const typed = [...new TextDecoder().decode(octets)];
    if (typed.some((key) => END_KEYS.includes(key))) return end();
  }
}
