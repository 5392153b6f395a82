/** Another query log, or none, without a restart. */

import { assertEquals, assertMatch } from "@std/assert";
import { readLog } from "../helpers/query_log.ts";
import { buildQuery } from "../helpers/query.ts";
import { ANY, ReloadStage } from "../helpers/reload_stage.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";
import { waitUntil } from "../helpers/waiting.ts";

interface Stage {
  readonly folder: string;
  readonly stage: ReloadStage;
  /** Options for all configurations. */
  readonly base: readonly string[];
  /** Asks for `name` over UDP and TCP. */
  ask(name: string): Promise<void>;
  /** The names in a file of the folder, in order, once there are so many. */
  names(file: string, count: number): Promise<(string | undefined)[]>;
}

async function withStage(args: readonly string[], use: (stage: Stage) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-queries-" });
  await using upstream = new ScriptedUpstream();
  const base = [...ANY, "--upstream", upstream.uri];
  try {
    const own = args.map((each) => each.replace("FOLDER", folder));
    await using stage = new ReloadStage([...base, ...own]);
    const [client, stream] = [stage.udp(), await stage.tcp()];
    await use({
      folder,
      stage,
      base,
      ask: async (name) => {
        await client.ask(buildQuery(name));
        await stream.ask(buildQuery(name));
      },
      names: async (file, count) => {
        const lines = () => readLog(`${folder}/${file}`);
        await waitUntil(() => lines().length >= count, `${count} lines in ${file}`);
        return lines().map(({ name }) => name);
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("A reload begins a query log, changes its file and what it tells of clients, and ends it, for connections that are open too", async () => {
  await withStage([], async ({ folder, stage, base, ask, names }) => {
    await ask("off.example");
    await stage.reload(...base, "--query-log", `${folder}/one`);
    await ask("one.example");
    await stage.reload(...base, "--query-log", `${folder}/two`, "--query-log-clients", "none");
    await ask("two.example");
    await stage.reload(...base);
    await ask("off.example");
    assertEquals(await names("one", 2), ["one.example.", "one.example."]);
    assertEquals(await names("two", 2), ["two.example.", "two.example."]);
    const clients = ["one", "two"].map((file) => readLog(`${folder}/${file}`)[0].client);
    assertEquals(clients, ["127.0.0.1", undefined]);
    assertEquals(stage.forwarder.report().queryLog, undefined);
    assertMatch(stage.lines.at(-1) ?? "", /^Configuration reloaded: --query-log changed; /);
  });
});

Deno.test("A reload goes on in the file that has the name now, and counts on", async () => {
  await withStage(["--query-log", "FOLDER/log"], async ({ folder, stage, base, ask, names }) => {
    await ask("before.example");
    await names("log", 2);
    await Deno.rename(`${folder}/log`, `${folder}/log.1`);
    await stage.reload(...base, "--query-log", `${folder}/log`);
    await ask("after.example");
    assertEquals(await names("log", 2), ["after.example.", "after.example."]);
    assertEquals(await names("log.1", 2), ["before.example.", "before.example."]);
    const report = () => stage.forwarder.report().queryLog;
    await waitUntil(() => report()?.written === 4, "the count");
    assertEquals(report(), { path: `${folder}/log`, written: 4, dropped: 0 });
  });
});

Deno.test("Forwarder.stop() writes what the query log still has, of clients that waited as well", async () => {
  const folder = await Deno.makeTempDir({ prefix: "dnsfwd-queries-" });
  await using upstream = new ScriptedUpstream({ script: () => {} });
  const args = [...ANY, "--upstream", upstream.uri, "--query-log", `${folder}/log`];
  const stage = new ReloadStage(args);
  await stage.udp().send(buildQuery("waits.example"));
  await upstream.received(1);
  await stage[Symbol.asyncDispose]();
  const [{ name, cause }] = readLog(`${folder}/log`);
  assertEquals([name, cause], ["waits.example.", "forwarder is stopping"]);
  await Deno.remove(folder, { recursive: true });
});
