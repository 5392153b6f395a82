import { assertEquals } from "@std/assert";
import { describeChanges } from "../../../lib/app/reload/config_changes.ts";
import { runConfig } from "../../helpers/run_config.ts";

const NONE = { opened: [], removed: [], isResolutionNew: false };
const UPSTREAM = ["--upstream", "tls://192.0.2.53#dns.example"];
const BEFORE = runConfig(UPSTREAM);

Deno.test("describeChanges() says so where nothing is different", () => {
  assertEquals(
    describeChanges(BEFORE, runConfig(UPSTREAM), NONE),
    "addresses and upstreams as before; connections to upstreams renewed",
  );
});

Deno.test("describeChanges() names addresses, options and upstreams that are others", () => {
  const opened = [{ hostname: "::1", port: 5300 }];
  const removed = [{ hostname: "127.0.0.2", port: 53 }, { hostname: "127.0.0.3", port: 53 }];
  const args = ["--truncate", "--limit", "tcp-idle=20", "--upstream", "tcp://127.0.0.1:5301"];
  const changes = { opened, removed, isResolutionNew: true };
  assertEquals(
    describeChanges(BEFORE, runConfig(args), changes),
    "listening on [::1]:5300; no longer on 127.0.0.2:53, 127.0.0.3:53; --truncate, --limit changed; " +
      "forwarding to tcp://127.0.0.1:5301; new connections to upstreams",
  );
});

Deno.test("describeChanges() tells of files with other contents by what becomes of the connections", () => {
  assertEquals(
    describeChanges(BEFORE, BEFORE, { ...NONE, isResolutionNew: true }),
    "new connections to upstreams",
  );
});
