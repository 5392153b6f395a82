/** The program under a real cron daemon, which sees crontabs of its own. */

import { assertEquals } from "@std/assert";
import { BackgroundStage } from "../helpers/background.ts";
import { mountTest, withMounts } from "../helpers/mount_namespace.ts";
import { findProgram } from "../helpers/real_peer.ts";
import { waitUntil } from "../helpers/waiting.ts";

/** Milliseconds for what cron does at its start, and for what it does every minute. */
const AT_BOOT = 15_000;
const WITHIN_A_MINUTE = 80_000;

/** Debian's cron with the crontab of root that is at `file`, and no other. */
class CronDaemon implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  #hasEnded = false;

  constructor(file: string) {
    // A new /run makes it a start of the machine, as far as cron can see.
    const mounts = `mount -t tmpfs tmpfs /run
      mount -t tmpfs tmpfs /etc/cron.d
      mount --bind /dev/null /etc/crontab
      mount -t tmpfs -o mode=1730 tmpfs /var/spool/cron/crontabs
      install -m 600 '${file}' /var/spool/cron/crontabs/root`;
    const [command, ...args] = [...withMounts(mounts), findProgram("cron") ?? "cron", "-f"];
    const streams = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#process = new Deno.Command(command, { args, ...streams }).spawn();
  }

  async end(): Promise<void> {
    if (!this.#hasEnded) this.#process.kill("SIGKILL");
    this.#hasEnded = true;
    await this.#process.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

mountTest(
  ["cron", "install"],
  "cron starts dnsfwd at boot, again when it was killed, and may end itself",
  async () => {
    await using stage = await BackgroundStage.open();
    const log = `${stage.folder}/logs/100% of 'it'.log`;
    const { stdout } = await stage.run("ensure", "--print-crontab", "--log-file", log);
    // The places of the test; what cron would mail is of no interest.
    const settings = Object.entries({ ...stage.env, MAILTO: "" });
    const text = settings.map(([name, value]) => `${name}="${value}"\n`).join("") + stdout;
    await Deno.writeTextFile(`${stage.folder}/crontab`, text);
    await using cron = new CronDaemon(`${stage.folder}/crontab`);
    await waitUntil(() => stage.pids.length === 1, "start at boot", AT_BOOT);
    await waitUntil(() => isThere(log) && hasStarted(log, 1), "log of the start");
    assertEquals((await stage.ask()).rcode, 0);
    await stage.kill();
    await waitUntil(() => hasStarted(log, 2), "another start", WITHIN_A_MINUTE);
    assertEquals((await stage.ask("again.example")).rcode, 0);
    await cron.end();
    assertEquals((await stage.ask("alone.example")).rcode, 0);
    assertEquals(stage.pids.length, 1);
  },
);

function hasStarted(log: string, times: number): boolean {
  return Deno.readTextFileSync(log).split("Forwarding to").length === times + 1;
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
