/**
 * `deno task reload`: the forwarder under steady load while its configuration is read anew ten times a second.
 * Ends with 1 if a query was lost or answered with an error.
 *
 * Options: --minutes N (default 1, for each of the two ways), --rate N queries a second (default 2000).
 */

import { alternate, hangUp, type Result } from "./reload/load.ts";
import { readOptions } from "./soak/options.ts";

const { minutes, rate } = readOptions("reload", { minutes: 1, rate: 2000 });
const load = { seconds: Math.ceil(minutes * 60), rate };
const ways = { "other configurations": alternate, "SIGHUP, other files": hangUp };
for (const [name, run] of Object.entries(ways)) {
  const result = await run(load);
  print(name, result);
  const { lost, errors } = result.outcome;
  if (lost > 0 || errors > 0) Deno.exitCode = 1;
}
console.log(
  Deno.exitCode === 0 ? "as it must be" : "WRONG: queries were lost, or answered with an error",
);

function print(name: string, { outcome, reloads, longest, unread }: Result): void {
  const { sent, answered, lost, errors } = outcome;
  console.log(
    `${name}: ${reloads} reloads, the longest ${longest.toFixed(0)} ms; sent ${sent}, ` +
      `answered ${answered}, lost ${lost}, errors ${errors}; dropped unread ${unread}`,
  );
}
