/** The program started as root, and what is left of that: looked at from outside, in /proc. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertAnswered } from "../helpers/expect.ts";
import { Program, runProgram, startProgram } from "../helpers/program.ts";
import { buildQuery } from "../helpers/query.ts";
import { IS_CI } from "../helpers/real_peer.ts";
import { startScenario } from "../helpers/scenario.ts";
import { TempDirectory } from "../helpers/temp_directory.ts";
import { waitUntil } from "../helpers/waiting.ts";

const IS_ROOT = Deno.build.os === "linux" && Deno.uid() === 0;
/** `nobody` of every Linux system (65534), and a number that no file names. */
const NOBODY = 65534;
const STRANGER = 4_000_000_123;
const UPSTREAM = ["--upstream", "tls://127.0.0.1:9#dns.example", "--listen", "127.0.0.1:0"];

/** A test that has to be root: ignored for others, a failure where CI is set. */
function rootTest(name: string, run: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: !IS_ROOT && !IS_CI,
    fn: async () => {
      if (!IS_ROOT) throw new Error("Not root");
      await run();
    },
  });
}

/** The lines of /proc/PID/task/TID/status of all threads. */
function threads(pid: number): Record<string, string>[] {
  return Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => {
    const lines = Deno.readTextFileSync(`/proc/${pid}/task/${name}/status`).trim().split("\n");
    return Object.fromEntries(lines.map((line) => line.split(":", 2).map((part) => part.trim())));
  });
}

/** That no thread has any right that `uid` and `gid` do not give, nor can get one. */
function assertDropped(pid: number, uid: number, gid: number, groups = ""): void {
  const all = threads(pid);
  assert(all.length > 1);
  const none = "0000000000000000";
  const four = (id: number) => Array(4).fill(id).join("\t");
  for (const status of all) {
    const { Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapAmb, NoNewPrivs, Seccomp } = status;
    assertEquals({ Uid, Gid, Groups, CapInh, CapPrm, CapEff, CapAmb, NoNewPrivs, Seccomp }, {
      Uid: four(uid),
      Gid: four(gid),
      Groups: groups,
      CapInh: none,
      CapPrm: none,
      CapEff: none,
      CapAmb: none,
      // Which makes the bounding set void: no program can give any of it back (capabilities(7)).
      NoNewPrivs: "1",
      Seccomp: "2",
    });
  }
}

rootTest(
  "dnsfwd started as root on port 53 goes on as another user, in all threads, and serves as before",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-privileges-" });
    const state = `${directory}/a/state`;
    try {
      await Deno.chmod(directory, 0o755);
      const random = crypto.getRandomValues(new Uint8Array(2));
      const listen = [`127.53.${random[0]}.${1 + random[1] % 250}:53`];
      const args = ["--user", "nobody", "--no-root", "--state-dir", state];
      {
        await using scenario = await startScenario({ listen, args });
        const { program, upstream } = scenario;
        assertStringIncludes(program.stderr, `Running as nobody (uid ${NOBODY}, gid ${NOBODY})\n`);
        assertDropped(program.pid, NOBODY, NOBODY);
        const query = buildQuery("www.example");
        assertAnswered(query, await scenario.udp().ask(query));
        const [first] = upstream.connections;
        first.stop();
        const again = buildQuery("again.example");
        assertAnswered(again, await (await scenario.tcp()).ask(again));
        const known = `${state}/last-known-time`;
        await waitUntil(() => isThere(known), "a file in the state directory");
        program.signal("SIGHUP");
        await waitUntil(() => program.stderr.includes("Configuration reloaded"), "the reload");
        const renewed = buildQuery("renewed.example");
        assertAnswered(renewed, await scenario.udp().ask(renewed));
        assert(upstream.connections.length >= 3);
        assertDropped(program.pid, NOBODY, NOBODY);
      }
      for (const path of [`${directory}/a`, state, `${state}/last-known-time`]) {
        const { uid, gid } = Deno.statSync(path);
        assertEquals([path, uid, gid], [path, NOBODY, NOBODY]);
      }
      assertEquals(Deno.statSync(directory).uid, 0);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

rootTest(
  "dnsfwd gives its log file to the user that it goes on as, and writes it after a rotation",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-privileges-" });
    try {
      await Deno.chmod(directory, 0o755);
      const [log, old] = ["dnsfwd.log", "dnsfwd.log.1"].map((name) => `${directory}/${name}`);
      const args = ["--listen", "127.0.0.1:0", "--upstream", "tcp://127.0.0.1:9"];
      await using program = new Program([...args, "--user", "nobody", "--log-file", log], {});
      const has = (file: string, text: string) => Deno.readTextFileSync(file).includes(text);
      await waitUntil(() => isThere(log) && has(log, "Forwarding to"), "the start");
      assertEquals(Deno.statSync(log).uid, NOBODY);
      await Deno.rename(log, old);
      program.signal("SIGHUP");
      await waitUntil(() => has(old, "Configuration reloaded"), "the reload in the renamed file");
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

rootTest(
  "dnsfwd that has changed its user empties a log file that is full where it may not rename it",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-privileges-" });
    try {
      await Deno.chmod(directory, 0o755);
      const log = `${directory}/dnsfwd.log`;
      Deno.writeTextFileSync(log, "from before\n".repeat(6000));
      const args = ["--listen", "127.0.0.1:0", "--upstream", "tcp://127.0.0.1:9"];
      const more = ["--user", "nobody", "--log-file", log, "--log-max-size", "72k"];
      await using program = new Program([...args, ...more], {});
      const has = (text: string) => Deno.readTextFileSync(log).includes(text);
      await waitUntil(() => has("Forwarding to"), "the start");
      await waitUntil(() => {
        program.signal("SIGQUIT");
        return has("Older lines are gone");
      }, "the file to be emptied");
      assert(has("Older lines are gone, as this file cannot be renamed: permission denied"));
      assert(!has("from before"));
      assertEquals(Array.from(Deno.readDirSync(directory), ({ name }) => name), ["dnsfwd.log"]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

rootTest(
  "dnsfwd gives its query log to the user that it goes on as, and makes another where that user may",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-privileges-" });
    try {
      await Deno.chmod(directory, 0o777);
      const path = `${directory}/queries`;
      const args = ["--user", "nobody", "--query-log", path];
      await using scenario = await startScenario({ plain: true, args });
      const ask = () => scenario.udp().ask(buildQuery("www.example"));
      const isWritten = () => isThere(path) && Deno.statSync(path).size > 0;
      await ask();
      await waitUntil(isWritten, "a line");
      assertEquals(Deno.statSync(path).uid, NOBODY);
      await Deno.rename(path, `${path}.1`);
      scenario.program.signal("SIGHUP");
      await waitUntil(() => scenario.program.stderr.includes("reloaded"), "the reload");
      await ask();
      await waitUntil(isWritten, "a line in the new file");
      const { mode, uid } = Deno.statSync(path);
      assertEquals([(mode ?? 0) & 0o777, uid], [0o600, NOBODY]);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

rootTest(
  "dnsfwd goes on with the groups that it is told, and with a user that no file names",
  async () => {
    const args = ["--user", `${STRANGER}`, "--group", "1234", "--group", "77", "--group", "88"];
    await using scenario = await startScenario({ args });
    assertDropped(scenario.program.pid, STRANGER, 1234, "77 88");
    const query = buildQuery("www.example");
    assertAnswered(query, await scenario.udp().ask(query));
  },
);

rootTest("dnsfwd that is to go on as another user ends where it cannot (exit code 1)", async () => {
  const { code, stderr } = await runProgram([...UPSTREAM, "--user", "nobody"], {
    without: "--allow-ffi",
  });
  assertEquals(code, 1);
  assertMatch(stderr, /dnsfwd: Cannot change the user: the C library is not permitted\n$/);
});

rootTest(
  "dnsfwd that was told a state directory ends if the other user cannot write there (exit code 1)",
  async () => {
    const directory = await Deno.makeTempDir({ prefix: "dnsfwd-privileges-" });
    try {
      const args = [...UPSTREAM, "--user", "nobody", "--state-dir", directory];
      const { code, stderr } = await runProgram(args);
      assertEquals(code, 1);
      const text =
        `dnsfwd: User nobody cannot use the state directory ${directory}: permission denied`;
      assertStringIncludes(stderr, text);
      assertEquals(Deno.statSync(directory).uid, 0);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
);

rootTest("dnsfwd refuses to go on as root if told so (exit code 1)", async () => {
  const { code, stderr } = await runProgram([...UPSTREAM, "--no-root"]);
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    "dnsfwd: Still running as root, which --no-root forbids; add --user",
  );
});

rootTest(
  "dnsfwd ends where the system does not let it become somebody else (exit code 1)",
  async () => {
    const prefix = ["setpriv", "--bounding-set=-setuid,-setgid"];
    const { code, stderr } = await runProgram([...UPSTREAM, "--user", "nobody"], { prefix });
    assertEquals(code, 1);
    const text =
      "dnsfwd: Cannot run as user nobody: the system does not permit it; start as root\n";
    assertStringIncludes(stderr, text);
  },
);

Deno.test("dnsfwd says what is wrong with a user or group (exit code 2)", async () => {
  const cases: [string[], string][] = [
    [["--user", "root"], `--user "root": is root; expected the name of a user, or a number`],
    [["--user", "0"], `--user "0": is root; expected the name of a user, or a number`],
    [["--user", "no-such-user"], `--user "no-such-user": no such user in /etc/passwd; expected`],
    [["--group", "1234"], `--group "1234": needs --user as well`],
    [["--user="], "--user: needs a value: NAME|UID"],
    [["--no-root=yes"], `--no-root "yes": takes no value`],
  ];
  for (const [args, text] of cases) {
    const { code, stderr } = await runProgram([...UPSTREAM, ...args]);
    assertEquals([code, stderr.startsWith(`dnsfwd: ${text}`)], [2, true], stderr);
  }
});

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

rootTest(
  "--user: a reload that meets an address in use by another user says that it is hidden, and how to see it",
  async () => {
    using temp = new TempDirectory();
    Deno.chmodSync(temp.path, 0o755);
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const file = `${temp.path}/dnsfwd.toml`;
    const write = (...listen: string[]) =>
      Deno.writeTextFileSync(
        file,
        `listen = ${
          JSON.stringify(["127.0.0.1:0", ...listen])
        }\nupstream = ["tcp://127.0.0.1:9"]\n`,
      );
    write();
    await using program = await startProgram(["run", "--config", file, "--user", "nobody"]);
    await waitUntil(() => program.stderr.includes("Running as nobody"), "another user");
    write(`127.0.0.1:${taken.addr.port}`);
    program.signal("SIGHUP");
    const line =
      "the address is in use; end the program that has it (of uid 0, hidden from this user: " +
      "sudo ss -lntup shows which)";
    await waitUntil(() => program.stderr.includes(line), line, 10_000);
  },
);
