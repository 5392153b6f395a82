/** `scripts/install.sh` on a root without anything, run by the shells of Debian and of small systems. */

import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import deno from "../../deno.json" with { type: "json" };
import { fakeProgram, InstallStage, sha256 } from "../helpers/install_stage.ts";
import { modeOf } from "../helpers/temp_directory.ts";
import { peerTest } from "../helpers/real_peer.ts";

const CONFIG = "/etc/dnsfwd/dnsfwd.toml";
const CRONTAB = "/etc/cron.d/dnsfwd";
const UNIT = "/etc/systemd/system/dnsfwd.service";
const PROGRAM = "/usr/local/bin/dnsfwd";

/** The test with each of the shells, on a machine with version 1.2.3 of dnsfwd to install. */
function installTest(name: string, run: (stage: InstallStage) => Promise<void>): void {
  for (const shell of ["dash", "busybox sh"]) {
    peerTest([shell.split(" ")[0], "sha256sum"], `install.sh (${shell}) ${name}`, async () => {
      using stage = new InstallStage(shell);
      await stage.provide(fakeProgram("1.2.3"));
      await run(stage);
    });
  }
}

installTest("installs all of a release, and says each thing it does", async (stage) => {
  const said = await stage.install("--service", "systemd");
  const files = [
    PROGRAM,
    "/usr/local/share/dnsfwd/install.sh",
    CONFIG,
    "/usr/local/share/man/man8/dnsfwd.8",
    "/usr/local/share/man/man5/dnsfwd.toml.5",
    "/usr/local/share/bash-completion/completions/dnsfwd",
    "/usr/local/share/zsh/site-functions/_dnsfwd",
    "/usr/local/share/fish/vendor_completions.d/dnsfwd.fish",
    UNIT,
    "/etc/systemd/system/dnsfwd.socket",
  ];
  assertEquals(
    said.filter((line) => line.startsWith("Installed")),
    files.map((f) => `Installed ${f}`),
  );
  for (const file of files) assert(stage.text(file) !== "", file);
  assert(said.includes("Made /etc/dnsfwd/"));
  assertStringIncludes(said.join("\n"), "Next:\n  1. edit");
  assertStringIncludes(said.at(-1) ?? "", `systemctl --root=${stage.root} enable dnsfwd`);
});

for (const service of ["systemd", "cron", "openwrt", "none"]) {
  installTest(`--uninstall leaves nothing of an installation for ${service}`, async (stage) => {
    const before = await stage.tree();
    await stage.install("--service", service);
    assertNotEquals(await stage.tree(), before);
    const said = await stage.install("--uninstall");
    assert(said.includes(`Removed ${PROGRAM}`));
    assertEquals(await stage.tree(), before);
  });
}

installTest("has the program itself make configuration and crontab, and check", async (stage) => {
  const flags = deno.tasks.dnsfwd.split(" ").slice(1, -1).join("' '");
  const main = new URL("../../main.ts", import.meta.url).pathname;
  await stage.provide(`#!/bin/sh\nexec '${Deno.execPath()}' '${flags}' '${main}' "$@"\n`);
  await stage.install("--user", "dns");
  assertEquals(
    stage.text(CONFIG).split("\n").filter((line) => /^#?upstream = /.test(line)).length,
    1,
  );
  const entry = `* * * * * root ${PROGRAM} ensure --config=${CONFIG} --user=dns\n`;
  assertStringIncludes(stage.text(CRONTAB), `\n#${entry}`);
  assertStringIncludes((await stage.install()).join("\n"), "upstream: missing");
});

installTest("--dry-run changes nothing, and says what comes then", async (stage) => {
  const compare = async (...args: string[]) => {
    const before = await stage.tree(true);
    const plan = await stage.install("--dry-run", ...args);
    assertEquals(await stage.tree(true), before);
    const done = await stage.install(...args);
    const paths = (lines: string[]) =>
      lines.filter((line) => / \//.test(line)).map((line) => line.replace(/[^/]*/, ""));
    assertEquals(
      paths(plan).map((path) => path.replace(/, if nothing else.*/, "")),
      paths(done),
    );
    assert(plan.some((line) => line.startsWith("Would ")));
  };
  await compare();
  await compare("--service", "systemd");
  await compare("--uninstall", "--purge");
});

installTest("keeps a configuration that is there, and says if it is wrong", async (stage) => {
  stage.put(CONFIG, "upstreem = 1\n");
  const said = await stage.install();
  assertEquals(stage.text(CONFIG), "upstreem = 1\n");
  assert(said.includes(`Kept ${CONFIG}`));
  assertStringIncludes(said.join("\n"), `${CONFIG} is wrong for dnsfwd 1.2.3`);
  stage.put(CONFIG, 'upstream = ["tls://192.0.2.1"]\n');
  assert(!(await stage.install()).join("\n").includes("wrong"));
  await stage.install("--uninstall");
  assertEquals(stage.text(CONFIG), 'upstream = ["tls://192.0.2.1"]\n');
});

installTest("installs another version over one that runs", async (stage) => {
  await stage.install();
  using running = await Deno.open(`${stage.root}${PROGRAM}`);
  await stage.provide(fakeProgram("1.3.0"));
  assert((await stage.install()).includes(`Replaced ${PROGRAM}`));
  assertEquals(stage.text(PROGRAM), fakeProgram("1.3.0"));
  assertEquals(await new Response(running.readable).text(), fakeProgram("1.2.3"));
  const again = await stage.install();
  assert(!again.some((line) => /^(Installed|Replaced|Made|Removed) /.test(line)), again.join("\n"));
});

installTest(
  "makes a crontab whose entries count once somebody says so, and then stay",
  async (stage) => {
    await stage.install("--user", "dns");
    const line = `root ${PROGRAM} ensure --config=${CONFIG} --user=dns`;
    const entries = () => stage.text(CRONTAB).split("\n").slice(1, -1);
    assertEquals(entries(), [`#@reboot ${line}`, `#* * * * * ${line}`]);
    stage.put(CRONTAB, stage.text(CRONTAB).replaceAll(/^#([@*])/gm, "$1"));
    assert((await stage.install()).includes(`Unchanged: ${CRONTAB}`));
    assertEquals(entries(), [`@reboot ${line}`, `* * * * * ${line}`]);
    // A change of ours leaves what counts as it is; a change of theirs is theirs.
    assert((await stage.install("--user", "root")).includes(`Replaced ${CRONTAB}`));
    assertEquals(entries()[0], `@reboot ${line.replace("=dns", "=root")}`);
    stage.put(CRONTAB, "# None\n");
    const said = (await stage.install()).join("\n");
    assertStringIncludes(said, `Kept ${CRONTAB}, which somebody has changed`);
    assert(!said.includes("sed -i"), said);
    assertEquals(stage.text(CRONTAB), "# None\n");
  },
);

installTest(
  "keeps a unit that it has not made, and takes that for no part of itself",
  async (stage) => {
    stage.put(UNIT, "[Unit]\n");
    const said = await stage.install("--service", "systemd");
    assertStringIncludes(said.join("\n"), `Kept ${UNIT}, which is not from install.sh`);
    await stage.install("--uninstall");
    assertEquals(stage.text(UNIT), "[Unit]\n");
  },
);

installTest("names the place of the program in what starts it", async (stage) => {
  await stage.install("--service", "systemd", "--prefix", "/opt/dnsfwd");
  assertStringIncludes(stage.text(UNIT), "\nExecStart=/opt/dnsfwd/bin/dnsfwd run");
  await stage.install("--uninstall", "--prefix", "/opt/dnsfwd");
  stage.put("/etc/openwrt_release", "");
  await stage.install();
  assertStringIncludes(stage.text("/etc/init.d/dnsfwd"), "\nPROGRAM=/usr/bin/dnsfwd\n");
});

installTest("removes what another service had when there is a new one", async (stage) => {
  await stage.install("--service", "cron");
  assert((await stage.install("--service", "systemd")).includes(`Removed ${CRONTAB}`));
  assert(!(await stage.install()).join("\n").includes(CRONTAB));
});

installTest(
  "--uninstall keeps what was changed or written, and --purge does not",
  async (stage) => {
    const before = await stage.tree();
    await stage.install();
    stage.put(CONFIG, 'upstream = ["tls://192.0.2.1"]\n');
    stage.put("/var/lib/dnsfwd/last-known-time", "1");
    const said = (await stage.install("--uninstall")).join("\n");
    assertStringIncludes(said, `Kept ${CONFIG}, which is not as install.sh made it (--purge`);
    assertStringIncludes(said, "Kept /var/lib/dnsfwd, which is written by dnsfwd (--purge");
    await stage.install("--uninstall", "--purge");
    Deno.removeSync(`${stage.root}/var`, { recursive: true });
    assertEquals(await stage.tree(), before);
  },
);

installTest("removes itself: what is installed of it knows where", async (stage) => {
  await stage.install("--prefix", "/opt/dnsfwd");
  const script = `${stage.root}/opt/dnsfwd/share/dnsfwd/install.sh`;
  Deno.removeSync(stage.release, { recursive: true });
  const command = new Deno.Command(script, { args: ["--root", stage.root, "--uninstall"] });
  const { code, stderr } = await command.output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  assert(!(await stage.tree()).some((line) => line.includes("dnsfwd")));
});

installTest("wants a checksum, and the right one, before it does anything", async (stage) => {
  const before = await stage.tree(true);
  const refused = async (text: string, ...args: string[]) => {
    const { code, stderr } = await stage.run(args);
    assertEquals([code, stderr.split("\n").length], [1, 2], stderr);
    assertStringIncludes(stderr, text);
    assertEquals(await stage.tree(true), before);
  };
  await stage.provide(fakeProgram("6.6.6"), false);
  await refused("wrong checksum");
  await refused("wrong checksum", "--sha256", "0".repeat(64));
  Deno.removeSync(`${stage.release}/SHA256SUMS`);
  await refused("No checksum for");
  await refused("not there", "--checksums", "/nowhere/SHA256SUMS");
  // Beside the folder it has the name of the release.
  const sum = await sha256(`${stage.release}/dnsfwd`);
  Deno.writeTextFileSync(
    `${stage.release}/../SHA256SUMS`,
    `${sum} *${stage.release.split("/").at(-1)}\n`,
  );
  for (const args of [[], ["--no-checksum"], ["--sha256", sum.toUpperCase()]]) {
    await stage.install(...args);
    await stage.install("--uninstall");
  }
});

installTest("finds the program beside it under its name in a release", async (stage) => {
  const machine = new TextDecoder().decode(
    (await new Deno.Command("uname", { args: ["-m"] }).output()).stdout,
  );
  const name = `dnsfwd-1.2.3-${machine.trim()}-unknown-linux-gnu`;
  Deno.renameSync(`${stage.release}/dnsfwd`, `${stage.release}/${name}`);
  Deno.chmodSync(`${stage.release}/${name}`, 0o644);
  const sum = await sha256(`${stage.release}/${name}`);
  Deno.writeTextFileSync(`${stage.release}/SHA256SUMS`, `${sum}  ${name}\n`);
  await stage.install();
  assertEquals(stage.text(PROGRAM), fakeProgram("1.2.3"));
  assertEquals(modeOf(`${stage.root}${PROGRAM}`), 0o755);
});

installTest("looks at the other files too where they have a checksum", async (stage) => {
  const list = `${stage.release}/SHA256SUMS`;
  Deno.writeTextFileSync(list, `${"0".repeat(64)}  dnsfwd.8\n`, { append: true });
  const { code, stderr } = await stage.run([]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "dnsfwd.8: wrong checksum");
});

installTest("ends with exit code 2 and one line for wrong usage", async (stage) => {
  const cases: [string[], string][] = [
    [["--frobnicate"], "--frobnicate: no such option"],
    [["--binary"], "--binary: a value is missing"],
    [["--service=upstart"], "--service upstart: must be systemd, cron, openwrt or none"],
    [["--prefix", "usr"], "--prefix usr: must be an absolute path"],
    [["--prefix=/a b"], "--prefix /a b: must be of letters, digits"],
    [["--sha256", "12"], "--sha256 12: must be 64 hexadecimal digits"],
    [["--sha256", "0".repeat(64), "--no-checksum"], "give one of them only"],
    [["--user", "x y"], "--user x y: must be the name of a user"],
    [["--user", "dns", "--service", "systemd"], "--user: goes with --service cron only"],
    [["--purge"], "--purge: goes with --uninstall only"],
    [["--root", "/nowhere"], "--root /nowhere: must be an existing directory"],
  ];
  for (const [args, text] of cases) {
    const { code, stdout, stderr } = await stage.run(args);
    assertEquals([code, stderr.split("\n").length], [2, 2], `${args}: ${stdout}${stderr}`);
    assertStringIncludes(stderr, `install.sh: ${text}`.replace("install.sh: give", "give"));
  }
});

installTest("leaves a crontab alone that is not its own", async (stage) => {
  const mine = "*/5 * * * * root echo mine\n";
  stage.put(CRONTAB, mine);
  const said = (await stage.install()).join("\n");
  assertStringIncludes(said, `Kept ${CRONTAB}, which is not from install.sh`);
  assertStringIncludes(said, "put into a crontab what dnsfwd ensure --print-crontab prints");
  assert(!said.includes("sed -i"), said);
  const removed = await stage.install("--uninstall", "--purge");
  assert(removed.includes(`Kept ${CRONTAB}, which is not from install.sh`), removed.join("\n"));
  assertEquals(stage.text(CRONTAB), mine);
});

installTest(
  "keeps what starts it and was changed when it is to be started otherwise",
  async (stage) => {
    const changed = async (path: string, service: string) => {
      const text = `${stage.text(path)}# mine\n`;
      stage.put(path, text);
      for (let round = 0; round < 2; round++) {
        const said = await stage.install("--service", service);
        const kept = `Kept ${path}, which somebody has changed; look whether it is right for 1.2.3`;
        assert(said.includes(kept), said.join("\n"));
        assertEquals(stage.text(path), text);
      }
    };
    const before = await stage.tree();
    await stage.install("--service", "cron");
    await changed(CRONTAB, "systemd");
    await changed(UNIT, "none");
    await stage.install("--uninstall");
    assertEquals(await stage.tree(), before);
  },
);

installTest("says if a crontab that is kept still starts dnsfwd", async (stage) => {
  const kept = async (text: string) => {
    await stage.install("--service", "cron");
    stage.put(CRONTAB, text);
    const said = await stage.install("--service", "none");
    return said.find((line) => line.startsWith(`Kept ${CRONTAB}`));
  };
  const changed = `Kept ${CRONTAB}, which somebody has changed`;
  assertEquals(
    await kept(`@reboot root ${PROGRAM} ensure\n`),
    `${changed}; it still starts dnsfwd`,
  );
  assertEquals(
    await kept(`# @reboot root ${PROGRAM} ensure\n`),
    `${changed}; look whether it is right for 1.2.3`,
  );
});

installTest("--purge removes the logs before the latest as well", async (stage) => {
  await stage.install();
  const logs = ["", ".1", ".2", ".10"].map((end) => `/var/log/dnsfwd.log${end}`);
  // The state has none before it: what is called so is somebody's.
  const others = ["/var/log/dnsfwd.log.old", "/var/log/dnsfwd.logs", "/var/lib/dnsfwd.1/mine"];
  for (const path of [...logs, ...others]) stage.put(path, "");
  const plan = await stage.install("--uninstall", "--purge", "--dry-run");
  assertEquals(logs.filter((path) => !plan.includes(`Would remove ${path}`)), []);
  const said = await stage.install("--uninstall", "--purge");
  assertEquals(logs.filter((path) => !said.includes(`Removed ${path}`)), []);
  assertEquals(others.map((path) => stage.text(path)), ["", "", ""]);
});

installTest("looks nowhere else because of CDPATH", async (stage) => {
  const above = `${stage.release}/..`;
  const [command, ...args] = stage.command(["--dry-run"])
    .map((word) => word.replace(/^.*\/(?=[^/]+\/install\.sh$)/, ""));
  const env = { CDPATH: above };
  const { code, stderr } = await new Deno.Command(command, { args, cwd: above, env }).output();
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
});

installTest("can be run again where it could not remove a file", async (stage) => {
  const before = await stage.tree();
  await stage.install();
  const page = "/usr/local/share/man/man8/dnsfwd.8";
  Deno.removeSync(`${stage.root}${page}`);
  stage.put(`${page}/full`, "");
  const { code, stderr } = await stage.run(["--uninstall"]);
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    `Cannot remove ${stage.root}${page}; some of it is removed, run this again for the rest\n`,
  );
  assert(stage.text("/usr/local/share/dnsfwd/install.sh") !== "");
  Deno.removeSync(`${stage.root}${page}`, { recursive: true });
  await stage.install("--uninstall");
  assertEquals(await stage.tree(), before);
});

installTest(
  "--uninstall removes what a killed installation had beside the files",
  async (stage) => {
    const before = await stage.tree();
    await stage.install();
    const files = [PROGRAM, CONFIG, "/usr/local/share/dnsfwd/install.sh"];
    for (const file of files) stage.put(`${file}.dnsfwd-new`, "");
    await stage.install("--uninstall");
    assertEquals(await stage.tree(), before);
  },
);

installTest("goes on where a file of the version before cannot be removed", async (stage) => {
  await stage.install("--service", "cron");
  const page = "/usr/local/share/man/man8/dnsfwd.8";
  Deno.removeSync(`${stage.root}${page}`);
  stage.put(`${page}/full`, "");
  const { code, stdout, stderr } = await stage.run(["--service", "openwrt"]);
  assertEquals(code, 0);
  assertStringIncludes(
    stderr,
    `Cannot remove ${stage.root}${page}, which is of the version before`,
  );
  assertStringIncludes(stdout, "Next:\n");
});

installTest("leaves nothing behind where nobody reads what it says", async (stage) => {
  const temporary = `${stage.root}/tmp`;
  Deno.mkdirSync(temporary);
  const first = async (...args: string[]) => {
    const command = new Deno.Command("sh", {
      args: ["-c", '"$@" | head -n 1', "sh", ...stage.command(args)],
      env: { TMPDIR: temporary },
    });
    const { stdout, stderr } = await command.output();
    const [said, errors] = [stdout, stderr].map((octets) => new TextDecoder().decode(octets));
    assertEquals([said.split("\n").length, errors], [2, ""]);
    assertEquals([...Deno.readDirSync(temporary)], []);
  };
  await first("--dry-run");
  await stage.install("--service", "cron");
  stage.put(CONFIG, 'upstream = ["tls://192.0.2.1"]\n');
  // What comes after the files are in place is done as well.
  await first("--service", "none");
  assert(!(await stage.tree()).some((line) => line.includes(CRONTAB)));
});

installTest("does what it should where nobody can read the errors", async (stage) => {
  const before = await stage.tree(true);
  const run = async (redirection: string, ...args: string[]) => {
    const script = `"$@" ${redirection}`;
    const command = new Deno.Command("sh", { args: ["-c", script, "sh", ...stage.command(args)] });
    const { code, stdout } = await command.output();
    return { code, said: new TextDecoder().decode(stdout) };
  };
  assertEquals(await run("2>/dev/full", "--prefix", "/"), { code: 2, said: "" });
  assertEquals((await run(">/dev/full", "--help")).code, 1);
  assertEquals(await stage.tree(true), before);
  stage.put(CONFIG, "upstreem = 1\n");
  const { code, said } = await run("2>/dev/full");
  assertEquals(code, 0, said);
  assertStringIncludes(said, "Next:\n");
});

installTest("says below --root what is to be done in that system", async (stage) => {
  const root = `${stage.root}/it's another`;
  Deno.mkdirSync(`${root}/etc/cron.d`, { recursive: true });
  const quoted = (path: string) => `'${`${root}${path}`.replaceAll("'", "'\\''")}'`;
  const cases: [string, string][] = [
    ["systemd", `systemctl --root=${quoted("")} enable dnsfwd`],
    ["cron", `sed -i '2,3s/^#//' ${quoted(CRONTAB)}, and cron starts it once that system runs`],
    ["openwrt", "in that system: /etc/init.d/dnsfwd enable && /etc/init.d/dnsfwd start"],
    ["none", "in that system: dnsfwd start"],
  ];
  for (const [service, text] of cases) {
    const said = await stage.install("--root", root, "--service", service);
    assert(said.includes("  2. in that system: dnsfwd check --connect"), said.join("\n"));
    assert(said.includes(`  3. ${text}`), said.join("\n"));
    const plan = await stage.install("--root", root, "--uninstall", "--dry-run");
    assert(!plan.join("\n").includes("Would stop"), plan.join("\n"));
  }
});

installTest("keeps pages of a release where a program of one's own is without", async (stage) => {
  await stage.install();
  const page = "/usr/local/share/man/man8/dnsfwd.8";
  Deno.removeSync(`${stage.release}/dnsfwd.8`);
  const said = await stage.install("--no-checksum");
  assert(said.includes(`Unchanged: ${page}`), said.join("\n"));
  assertStringIncludes(stage.text(page), "This is");
  assert((await stage.install("--uninstall")).includes(`Removed ${page}`));
});

installTest("names the option that is wrong", async (stage) => {
  const cases: [string, string, number][] = [
    ["--prefix=/", "--prefix /: must be a folder below /", 2],
    ["--prefix=//", "--prefix //: must be a folder below /", 2],
    ["--dry-run=yes", "--dry-run: takes no value", 2],
    ["--no-checksum=1", "--no-checksum: takes no value", 2],
    ["--user=d.s", "--user d.s: there is no such user", 1],
  ];
  for (const [option, text, expected] of cases) {
    const { code, stderr } = await stage.run([option]);
    assertEquals([code, stderr], [expected, `install.sh: ${text}\n`]);
  }
});

installTest("says nothing of a list of users that it need not read to its end", async (stage) => {
  stage.put(CONFIG, 'upstream = ["tls://192.0.2.1"]\n');
  stage.put("/etc/passwd", `${stage.text("/etc/passwd")}${"u:x:1:1::/:/bin/sh\n".repeat(200_000)}`);
  const { code, stderr } = await stage.run(["--user", "dns", "--dry-run"]);
  assertEquals([code, stderr], [0, ""]);
});
