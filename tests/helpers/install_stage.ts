/**
 * A machine to install on, as far as `scripts/install.sh` looks at one: a folder with the unpacked release, a
 * program that does what the script asks of it, and a root with nothing in it but a cron daemon.
 *
 *     using stage = new InstallStage("dash");
 *     const { code, stdout } = await stage.install();
 */

import type { Exit } from "./program.ts";
import { TempDirectory } from "./temp_directory.ts";

const SCRIPTS = new URL("../../scripts/", import.meta.url).pathname;

/** A program of this version. It answers as dnsfwd does, and writes no more than a crontab of root's. */
export function fakeProgram(version: string): string {
  return `#!/bin/sh
case $1 in
--version) echo "dnsfwd ${version}" ;;
config) printf '%s\\n' '# Configuration of dnsfwd' '#upstream = ["tls://9.9.9.9#dns.quad9.net"]' ;;
check) grep -q '^upstream' "$3" || { echo "dnsfwd: $3: upstream: missing" >&2; exit 2; } ;;
ensure)
  echo "# dnsfwd, for the crontab of root"
  for when in @reboot '* * * * *'; do
    echo "$when '$0' ensure --config=$CONFIGURATION_DIRECTORY/dnsfwd.toml\${3:+ $2}"
  done ;;
*) exit 3 ;;
esac
`;
}

export interface InstallOptions {
  /** Variables of the environment besides those of this process. */
  readonly env?: Record<string, string>;
  /** The command that runs the script, such as that of a namespace. */
  readonly prefix?: readonly string[];
}

export class InstallStage implements Disposable {
  readonly root: string;
  /** The unpacked release. */
  readonly release: string;
  readonly #folder = new TempDirectory();
  readonly #shell: readonly string[];

  /** `shell` runs the script: "busybox sh". */
  constructor(shell: string) {
    this.#shell = shell.split(" ");
    this.root = `${this.#folder.path}/root`;
    this.release = `${this.#folder.path}/release of it`;
    for (const name of ["etc/cron.d", "usr/sbin"]) {
      Deno.mkdirSync(`${this.root}/${name}`, { recursive: true });
    }
    this.put("/usr/sbin/cron", "", 0o755);
    this.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\ndns:x:900:900::/:/bin/false\n");
    this.#unpack();
  }

  /** Changes the program of the release, and the list of checksums if that is not to be kept. */
  async provide(program: string | Uint8Array<ArrayBuffer>, list = true): Promise<void> {
    const file = `${this.release}/dnsfwd`;
    const octets = typeof program === "string" ? new TextEncoder().encode(program) : program;
    Deno.writeFileSync(file, octets, { mode: 0o755 });
    if (list) {
      Deno.writeTextFileSync(`${this.release}/SHA256SUMS`, `${await sha256(file)}  dnsfwd\n`);
    }
  }

  /** The script with these options and `--root`, run to its end. */
  async run(args: readonly string[], options: InstallOptions = {}): Promise<Exit> {
    const { code, stdout, stderr } = await this.start(args, options).output();
    const [output, errors] = [stdout, stderr].map((octets) => new TextDecoder().decode(octets));
    return { code, stdout: output, stderr: errors };
  }

  /** Its words: shell, script, options. */
  command(args: readonly string[]): string[] {
    return [...this.#shell, `${this.release}/install.sh`, "--root", this.root, ...args];
  }

  start(args: readonly string[], options: InstallOptions = {}): Deno.ChildProcess {
    const [command, ...rest] = [...options.prefix ?? [], ...this.command(args)];
    const streams = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    return new Deno.Command(command, { args: rest, env: options.env, ...streams }).spawn();
  }

  /** The same, and throws unless all went well; what it said, line by line. */
  async install(...args: string[]): Promise<string[]> {
    const { code, stdout, stderr } = await this.run(args);
    if (code !== 0) throw new Error(`Exit code ${code}: ${stdout}${stderr}`);
    return `${stdout}${stderr}`.trimEnd().split("\n");
  }

  text(path: string): string {
    return Deno.readTextFileSync(`${this.root}${path}`);
  }

  put(path: string, text: string, mode = 0o644): void {
    const folder = `${this.root}${path}`.replace(/\/[^/]*$/, "");
    Deno.mkdirSync(folder, { recursive: true });
    Deno.writeTextFileSync(`${this.root}${path}`, text, { mode });
  }

  /** All that is in the root, one line each: path, mode, contents; with the times of change on request. */
  async tree(withTimes = false): Promise<string[]> {
    const lines: string[] = [];
    for await (const path of walk(this.root)) {
      const { mode, mtime, isFile } = Deno.lstatSync(path);
      const contents = isFile ? await sha256(path) : "";
      const time = withTimes ? mtime?.getTime() : "";
      lines.push(`${path.slice(this.root.length)} ${mode?.toString(8)} ${contents} ${time}`);
    }
    return lines.sort();
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }

  #unpack(): void {
    for (const folder of ["systemd", "openwrt", "completions"]) {
      Deno.mkdirSync(`${this.release}/${folder}`, { recursive: true });
    }
    const files = ["install.sh", "systemd/dnsfwd.service", "systemd/dnsfwd.socket"];
    for (const name of [...files, "openwrt/dnsfwd.init"]) {
      Deno.copyFileSync(`${SCRIPTS}${name}`, `${this.release}/${name}`);
    }
    const completions = ["dnsfwd.bash", "_dnsfwd", "dnsfwd.fish"].map((name) =>
      `completions/${name}`
    );
    for (const name of ["dnsfwd.8", "dnsfwd.toml.5", ...completions]) {
      Deno.writeTextFileSync(`${this.release}/${name}`, `This is ${name}\n`);
    }
  }
}

/** As `sha256sum` prints it. */
export async function sha256(file: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
  return new Uint8Array(digest).toHex();
}

async function* walk(folder: string): AsyncGenerator<string> {
  yield folder;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* walk(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}
