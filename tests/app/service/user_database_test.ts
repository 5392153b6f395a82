/** Users and groups by name or number, as passwd(5) and group(5) have them. */

import { assertEquals, assertThrows } from "@std/assert";
import { findAccount } from "../../../lib/app/service/user_database.ts";

const DATABASES = {
  passwd: `root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
dns:x:153:253:DNS:/nonexistent:/usr/sbin/nologin
wheel:x:154:0::/nonexistent:/usr/sbin/nologin

+nis
broken:x
`,
  group: "root:x:0:\ndns:x:253:\ncerts:x:300:dns,other\n",
};

Deno.test("findAccount() finds users by name and number, with the group that passwd(5) gives them and no others", () => {
  for (const user of ["dns", "153"]) {
    assertEquals(findAccount(user, [], DATABASES), { user, uid: 153, gid: 253, groups: [] });
  }
});

Deno.test("findAccount() takes the first group for the user's, and those that follow as supplementary ones", () => {
  const account = findAccount("dns", ["certs", "dns", "400"], DATABASES);
  assertEquals([account.gid, account.groups], [300, [253, 400]]);
});

Deno.test("findAccount() takes numbers that stand in no file, where a group is named", () => {
  const account = findAccount("4294967294", ["4294967294"], DATABASES);
  assertEquals([account.uid, account.gid], [4294967294, 4294967294]);
});

Deno.test("findAccount() refuses root under any name or number, unknown names, and numbers that are none", () => {
  const cases: [string, string[], string][] = [
    ["root", [], `--user "root": is root`],
    ["toor", [], `--user "toor": is root`],
    ["0", [], `--user "0": is root`],
    ["00", ["dns"], `--user "00": is root`],
    ["nobody", [], `--user "nobody": no such user in /etc/passwd`],
    ["broken", [], `--user "broken": no such user in /etc/passwd`],
    ["-1", ["dns"], `--user "-1": no such user`],
    ["0x99", ["dns"], `--user "0x99": no such user`],
    // To setresuid(2) this says: leave it as it is.
    ["4294967295", ["dns"], `--user "4294967295": too large`],
    ["999", [], `--user "999": is not in /etc/passwd; name a group`],
    ["wheel", [], `--user "wheel": has the group of root`],
    ["dns", ["root"], `--group "root": is the group of root`],
    ["dns", ["dns", "0"], `--group "0": is the group of root`],
    ["dns", ["video"], `--group "video": no such group in /etc/group`],
    ["dns", ["4294967295"], `--group "4294967295": too large`],
  ];
  for (const [user, groups, text] of cases) {
    assertThrows(() => findAccount(user, groups, DATABASES), Error, text);
  }
});
