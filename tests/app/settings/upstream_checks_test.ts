import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../lib/app/settings/config_error.ts";
import { checkPermitted } from "../../../lib/app/settings/upstream_checks.ts";
import { runConfig } from "../../helpers/run_config.ts";

const UNIX = runConfig(["--upstream", "unix:/run/dns.sock"]).upstreams;
const OTHERS = runConfig(["--upstream", "tls://192.0.2.1", "--upstream", "tcp://192.0.2.1:53"]);

Deno.test({
  name: "checkPermitted() refuses a Unix socket once files may not be opened any more",
  permissions: { read: true, write: false },
  fn: () => {
    checkPermitted(OTHERS.upstreams);
    const { message } = assertThrows(() => checkPermitted(UNIX), ConfigError);
    assertEquals(
      message,
      '--upstream "unix:/run/dns.sock": needs a restart: the program has given up the right to open files',
    );
  },
});

Deno.test({
  name: "checkPermitted() allows a Unix socket where files may be opened, if only that one",
  permissions: { read: ["/run/dns.sock"], write: ["/run/dns.sock"] },
  fn: () => checkPermitted(UNIX),
});
