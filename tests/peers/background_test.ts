/** The program in the background, on machines that lack something: it goes on answering, and says what is wrong. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { BackgroundStage } from "../helpers/background.ts";
import { TcpClient } from "../helpers/client.ts";
import { mountTest, withMounts } from "../helpers/mount_namespace.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { waitUntil } from "../helpers/waiting.ts";
import { WrongClock } from "../helpers/wrong_clock.ts";

const ALL_PLACES = 256;

mountTest(
  [],
  "dnsfwd serves while the disk of its log is full, and says what is missing",
  async () => {
    const mounts = 'mount -t tmpfs -o size=64k tmpfs "$LOGS_DIRECTORY"\n' +
      'head -c 70000 /dev/zero > "$LOGS_DIRECTORY/much" 2>/dev/null || true';
    await using stage = await BackgroundStage.open({ prefix: withMounts(mounts) });
    const { code, stderr } = await stage.run("ensure");
    assertEquals(code, 0);
    const warning = `Warning: Cannot write the log file ${stage.logFile}: no space left`;
    assertEquals(stderr.replace(/^\S+ \S+ /, ""), `${warning}\n`);
    assertEquals((await stage.ask()).rcode, 0);
    await stage.ensure();
    const logs = `/proc/${stage.pid}/root${stage.folder}/logs`;
    await Deno.remove(`${logs}/much`);
    Deno.kill(stage.pid, "SIGHUP");
    const log = () => Deno.readTextFileSync(`${logs}/dnsfwd.log`);
    await waitUntil(() => log().includes("Configuration reloaded"), "log line");
    assertMatch(log(), /^\S+ \S+ Warning: \d+ lines are missing here: no space left$/m);
  },
);

mountTest([], "dnsfwd serves where its state directory is read-only", async () => {
  const mounts = 'mkdir -p "$STATE_DIRECTORY"\nmount -t tmpfs -o ro tmpfs "$STATE_DIRECTORY"';
  await using stage = await BackgroundStage.open({ prefix: withMounts(mounts) });
  await stage.ensure();
  assertEquals((await stage.ask()).rcode, 0);
  await stage.ensure();
});

mountTest([], "dnsfwd ensure says where its runtime directory cannot be written to", async () => {
  const mounts =
    'mkdir -p "$RUNTIME_DIRECTORY"\nmount -t tmpfs -o ro,mode=700 tmpfs "$RUNTIME_DIRECTORY"';
  await using stage = await BackgroundStage.open({ prefix: withMounts(mounts) });
  const { code, stderr } = await stage.run("ensure");
  assertEquals(code, 1);
  assertEquals(
    stderr,
    `dnsfwd: Cannot use ${stage.folder}/run: the file system is read-only ` +
      "(--runtime-dir DIR chooses another)\n",
  );
});

peerTest(["faketime"], "dnsfwd in the background is well when the clock was set back", async () => {
  await using clock = await WrongClock.at(new Date());
  await using stage = await BackgroundStage.open({ prefix: clock.prefix });
  await stage.ensure();
  const { pid } = stage;
  await clock.set(new Date(Date.now() - 400 * 86_400_000));
  await waitUntil(() => stage.log.includes("clock"), "line about the clock");
  await stage.ensure();
  assertEquals((await stage.ask()).rcode, 0);
  assertEquals(stage.pid, pid);
});

peerTest([], "dnsfwd ensure leaves one alone whose table of TCP clients is full", async () => {
  const args = ["--limit", `tcp-connections-per-client=${ALL_PLACES}`];
  await using stage = await BackgroundStage.open({ args });
  await stage.ensure();
  const { pid } = stage;
  await using clients = new IdleClients(stage.port);
  await clients.connect(ALL_PLACES);
  await stage.ensure();
  assertEquals(stage.pid, pid);
  assertEquals((await stage.ask()).rcode, 0);
});

peerTest(["prlimit"], "dnsfwd serves over UDP when it may open no more files", async () => {
  const args = ["--limit", `tcp-connections-per-client=${ALL_PLACES}`];
  await using stage = await BackgroundStage.open({ args });
  await stage.ensure();
  assertEquals((await stage.ask()).rcode, 0);
  // A limit of before the start would be one of clients' connections, too.
  const limit = ["--pid", `${stage.pid}`, "--nofile=64:64"];
  assertEquals((await new Deno.Command("prlimit", { args: limit }).output()).code, 0);
  await using clients = new IdleClients(stage.port);
  await clients.connect(ALL_PLACES, 0);
  await waitUntil(() => stage.log.includes("Cannot accept"), "line about files");
  assertEquals((await stage.ask("while.example")).rcode, 0);
  assertStringIncludes(stage.log, "Too many open files");
  // It cannot be asked whether it is well, so that it is replaced; which frees the files.
  await stage.ensure();
  assertEquals((await stage.ask("again.example")).rcode, 0);
});

/** Clients that have been answered and stay. */
class IdleClients implements AsyncDisposable {
  readonly #port: number;
  readonly #clients: TcpClient[] = [];

  constructor(port: number) {
    this.#port = port;
  }

  /** The first `answered` of them are answered. */
  async connect(count: number, answered = count): Promise<void> {
    for (let number = 0; number < count; number++) {
      const server = { transport: "tcp", hostname: "127.0.0.1", port: this.#port } as const;
      const client = await TcpClient.connect(server);
      this.#clients.push(client);
      if (number >= answered) continue;
      await client.send(buildQuery(`x${number}.example`));
      await client.next();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.close();
  }
}
