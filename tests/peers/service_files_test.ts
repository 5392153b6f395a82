/** The files for service managers, as their own tools judge them. */

import { assertEquals, assertMatch } from "@std/assert";
import { peerTest } from "../helpers/real_peer.ts";

const SCRIPTS = new URL("../../scripts/", import.meta.url).pathname;
/** What README.md says of the exposure, times ten. */
const EXPOSURE = 15;

async function run(command: string, ...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(command, { args }).output();
  const text = [stdout, stderr].map((octets) => new TextDecoder().decode(octets)).join("");
  return { code, text };
}

peerTest(
  ["systemd-analyze"],
  "dnsfwd.service and dnsfwd.socket are as systemd wants them",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-units-" });
    try {
      const service = await Deno.readTextFile(`${SCRIPTS}systemd/dnsfwd.service`);
      // The program itself need not be installed here.
      const text = service.replaceAll("/usr/local/bin/dnsfwd", "/bin/true");
      await Deno.writeTextFile(`${folder}/dnsfwd.service`, text);
      await Deno.copyFile(`${SCRIPTS}systemd/dnsfwd.socket`, `${folder}/dnsfwd.socket`);
      const files = [`${folder}/dnsfwd.service`, `${folder}/dnsfwd.socket`];
      assertEquals(await run("systemd-analyze", "verify", ...files), { code: 0, text: "" });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

peerTest(["systemd-analyze"], "dnsfwd.service is exposed no more than README.md says", async () => {
  const args = ["security", "--offline=true", `--threshold=${EXPOSURE}`, "--no-pager"];
  const { code, text } = await run("systemd-analyze", ...args, `${SCRIPTS}systemd/dnsfwd.service`);
  assertEquals(code, 0, text);
});

peerTest(["shellcheck"], "The scripts for installing and for OpenWrt are sound", async () => {
  const names = ["openwrt/dnsfwd.init", "install.sh", "install_trial.sh"];
  const scripts = names.map((name) => `${SCRIPTS}${name}`);
  assertEquals(await run("shellcheck", "-s", "sh", ...scripts), { code: 0, text: "" });
});

Deno.test("Nobody is told to start the program by another loader, which it cannot be", async () => {
  for (const path of ["scripts/openwrt/dnsfwd.init", "README.md", "scripts/install.sh"]) {
    const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
    assertEquals(/LOADER|--library-path|glibc beside it \(/.exec(text), null, path);
    assertMatch(text, /musl[^.]*is\s+not\s+supported\s+yet|musl, which is not supported yet/, path);
  }
});
