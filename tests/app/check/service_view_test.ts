/** What `check`, run by root, says of files that the service cannot reach. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Findings } from "../../../lib/app/check/findings.ts";
import { ServiceUnit } from "../../../lib/app/check/service_unit.ts";
import { tryServiceView } from "../../../lib/app/check/service_view.ts";
import type { RunCommand } from "../../../lib/app/settings/command.ts";
import { parseCommandLine } from "../../../lib/app/settings/command_line.ts";
import { TempDirectory } from "../../helpers/temp_directory.ts";

/** What the project ships. */
const SHIPPED = Deno.readTextFileSync(
  new URL("../../../scripts/systemd/dnsfwd.service", import.meta.url),
);
const UPSTREAM = ["--upstream", "tls://192.0.2.1#dns.example"];

function run(...args: string[]): RunCommand {
  const command = parseCommandLine([...UPSTREAM, ...args]);
  if (command.name !== "run") throw new Error(`The command is ${command.name}`);
  return command;
}

function unitOf(directory: TempDirectory, text: string): ServiceUnit {
  Deno.writeTextFileSync(`${directory.path}/dnsfwd.service`, text);
  const unit = ServiceUnit.find([directory.path]);
  if (unit === undefined) throw new Error("No unit");
  return unit;
}

function warnings(unit: ServiceUnit | undefined, ...args: string[]): readonly string[] {
  const findings = new Findings();
  tryServiceView(run(...args), (option) => `--${option}`, findings, unit);
  assertEquals([findings.settings, findings.machine], [[], []]);
  return findings.warnings;
}

Deno.test("check warns root of files that the service does not see, and says where to put them", () => {
  using directory = new TempDirectory();
  const unit = unitOf(directory, SHIPPED);
  const cases: [string[], string, string][] = [
    [
      ["--ca", "/tmp/ca.pem"],
      '--ca "/tmp/ca.pem": the service cannot see it (PrivateTmp=yes',
      "/etc/dnsfwd",
    ],
    [["--ca", "/var/tmp/x/ca.pem"], "PrivateTmp=yes", "/etc/dnsfwd"],
    [["--ca", "/home/me/ca.pem"], "ProtectHome=yes", "/etc/dnsfwd"],
    [["--ca", "/run/user/1000/ca.pem"], "ProtectHome=yes", "/etc/dnsfwd"],
    [
      ["--upstream", "tls://192.0.2.2?ca=/tmp/a.pem"],
      '--upstream, ca "/tmp/a.pem": ',
      "/etc/dnsfwd",
    ],
    [["--upstream", "unix:/tmp/x.sock"], '--upstream "/tmp/x.sock": ', "below /run"],
    [
      ["--log-file", "/var/log/dnsfwd.log"],
      "cannot write there (ProtectSystem=strict",
      "LogsDirectory=dnsfwd",
    ],
    [
      ["--query-log", "/srv/queries.log"],
      "cannot write there (ProtectSystem=strict",
      "LogsDirectory=dnsfwd",
    ],
    [["--state-dir", "/srv/dnsfwd"], "cannot write there (ProtectSystem=strict", "leave it out"],
  ];
  for (const [args, what, where] of cases) {
    const [warning = "none", ...more] = warnings(unit, ...args);
    assertEquals(more, []);
    assertStringIncludes(warning, what);
    assertStringIncludes(warning, where);
  }
  const fine = [
    ...["--ca", "/etc/ssl/certs/ca-certificates.crt", "--ca", "/tmpfiles/ca.pem"],
    ...["--state-dir", "/var/lib/dnsfwd", "--upstream", "unix:/run/stunnel.sock"],
  ];
  assertEquals(warnings(unit, ...fine), []);
});

Deno.test("check warns root of a file that the service's user, or that of --user, may not read", () => {
  using directory = new TempDirectory();
  const file = `${directory.path}/ca.pem`;
  Deno.writeTextFileSync(file, "");
  Deno.chmodSync(directory.path, 0o755);
  Deno.chmodSync(file, 0o600);
  const other = unitOf(directory, "[Service]\nUser=dns\n");
  const [closed] = warnings(other, "--ca", file);
  assertStringIncludes(
    closed,
    `another user (User=dns): others may not read the file; chmod o+r ${file}`,
  );
  assertStringIncludes(warnings(undefined, "--user", "nobody", "--ca", file)[0], "(--user nobody)");
  const key = `tls://192.0.2.2?cert=/etc/ssl/certs/ca-certificates.crt&key=${file}`;
  assertStringIncludes(warnings(other, "--upstream", key)[0], "LoadCredential=");
  assertEquals(warnings(unitOf(directory, "[Service]\nUser=root\n"), "--ca", file), []);
  assertEquals(warnings(undefined, "--ca", file), []);
  Deno.chmodSync(file, 0o644);
  assertEquals(warnings(other, "--ca", file), []);
  Deno.chmodSync(directory.path, 0o700);
  assertStringIncludes(
    warnings(other, "--ca", file)[0],
    `others may not enter ${directory.path}; put the file in /etc/dnsfwd`,
  );
});

Deno.test("check takes what changes the unit into account, the last word counting", () => {
  using directory = new TempDirectory();
  Deno.mkdirSync(`${directory.path}/dnsfwd.service.d`);
  const change = (text: string) =>
    Deno.writeTextFileSync(`${directory.path}/dnsfwd.service.d/10-own.conf`, text);
  change("[Service]\nLogsDirectory=dnsfwd\n");
  assertEquals(
    warnings(unitOf(directory, SHIPPED), "--log-file", "/var/log/dnsfwd/dnsfwd.log"),
    [],
  );
  change("[Service]\nReadWritePaths=-/srv/logs /opt\n");
  assertEquals(warnings(unitOf(directory, SHIPPED), "--log-file", "/srv/logs/dnsfwd.log"), []);
  change("[Service]\nDynamicUser=no\nPrivateTmp=no\n");
  assertEquals(warnings(unitOf(directory, SHIPPED), "--ca", "/tmp/ca.pem"), []);
  assertEquals(ServiceUnit.find([`${directory.path}/none`]), undefined);
});

/** A user of this machine that is not root, and its group. */
function nobody(): { uid: number; gid: number; user: string } {
  const lines = Deno.readTextFileSync("/etc/passwd").split("\n").map((line) => line.split(":"));
  const [user, , uid, gid] = lines.find(([name]) => name === "nobody") ?? [];
  return { uid: Number(uid), gid: Number(gid), user };
}

Deno.test("check says nothing of a file that the user may read as its owner, or by its group", () => {
  using directory = new TempDirectory();
  Deno.chmodSync(directory.path, 0o755);
  const file = `${directory.path}/ca.pem`;
  Deno.writeTextFileSync(file, "");
  const { gid, uid, user } = nobody();
  const unit = unitOf(directory, `[Service]\nUser=${user}\n`);
  const found = () =>
    [warnings(unit, "--ca", file), warnings(undefined, "--user", user, "--ca", file)]
      .map(([first = "nothing"]) => first.replace(/.*: /, ""));
  Deno.chmodSync(file, 0o640);
  Deno.chownSync(file, 0, gid);
  assertEquals(found(), ["nothing", "nothing"]);
  Deno.chownSync(file, uid, 0);
  assertEquals(found(), ["nothing", "nothing"]);
  Deno.chmodSync(file, 0o044);
  const closed = `its owner may not read the file; chmod u+r ${file}`;
  assertEquals(found(), [closed, closed]);
});

Deno.test("check follows the links of a file to where the service cannot reach it", () => {
  using directory = new TempDirectory();
  Deno.chmodSync(directory.path, 0o755);
  Deno.mkdirSync(`${directory.path}/shut`);
  Deno.writeTextFileSync(`${directory.path}/shut/ca.pem`, "");
  Deno.chmodSync(`${directory.path}/shut`, 0o700);
  const link = `${directory.path}/link.pem`;
  Deno.symlinkSync("shut/ca.pem", link);
  const unit = unitOf(directory, "[Service]\nUser=dns\n");
  const real = Deno.realPathSync(link);
  const [warning] = warnings(unit, "--ca", link);
  assertStringIncludes(warning, `"${link}": is in truth ${real}: the program cannot read it`);
  const hiding = unitOf(directory, "[Service]\nProtectHome=yes\n");
  assertStringIncludes(warnings(hiding, "--ca", "/etc/../home/ca.pem")[0], "ProtectHome=yes");
});

Deno.test("check leaves a path that leads nowhere to those who read the file", () => {
  using directory = new TempDirectory();
  Deno.chmodSync(directory.path, 0o755);
  Deno.writeTextFileSync(`${directory.path}/file`, "");
  Deno.symlinkSync("loop", `${directory.path}/loop`);
  const unit = unitOf(directory, "[Service]\nUser=dns\n");
  for (const path of ["file/below", "none/below", "loop", "n".repeat(300)]) {
    assertEquals(warnings(unit, "--ca", `${directory.path}/${path}`), [], path);
  }
});
