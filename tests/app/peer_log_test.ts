import { assertEquals } from "@std/assert";
import { PeerLog } from "../../lib/app/peer_log.ts";
import { parseUpstream } from "../../lib/app/settings/upstream_uri.ts";

const DAY = 86_400_000;
const PINS = ["A", "B"].map((letter) => `${letter.repeat(42)}A=`);
const END = Date.UTC(2026, 5, 20);

function start(uri: string) {
  const lines: string[] = [];
  let now = END - 100 * DAY;
  const add = (text: string) => void lines.push(text);
  const log = { debug: add, info: add, warning: (text: string) => add(`! ${text}`), error: add };
  const peers = new PeerLog("up", parseUpstream(uri), log, () => now);
  /** The lines of one connection, so many days before the end of the certificate. */
  return (daysLeft: number, pin = -1, renewed = 0): string[] => {
    now = END - daysLeft * DAY;
    peers.onPeer({ expires: END + renewed * DAY, pin });
    return lines.splice(0);
  };
}

Deno.test("PeerLog warns once of each certificate that ends within 14 days, and of one that has ended", () => {
  const connect = start("tls://192.0.2.1?ca=x.pem");
  assertEquals(connect(15), []);
  assertEquals(connect(14), ["! Certificate of upstream up expires on 2026-06-20"]);
  assertEquals(connect(13), []);
  assertEquals(connect(12, -1, 90), []);
  assertEquals(connect(-77, -1, 90), ["! Certificate of upstream up expires on 2026-09-18"]);
  const late = start(`tls://192.0.2.1?pin=sha256:${PINS[0]}`);
  assertEquals(late(-1, 0), ["! Certificate of upstream up expired on 2026-06-20"]);
});

Deno.test("PeerLog tells when another pin matches, not each time (RFC 7858, 4.2; B5)", () => {
  const connect = start(`tls://192.0.2.1?pin=sha256:${PINS[0]}&pin=sha256:${PINS[1]}`);
  const backup = `! Upstream up matches only its backup pin sha256:${PINS[1]}, ` +
    "not the first in the list: add a new backup";
  const expected = [[], [backup], [], ["Upstream up matches its first pin again"], [], [backup]];
  assertEquals([0, 1, 1, 0, 0, 1].map((pin) => connect(90, pin)), expected);
});

Deno.test("PeerLog tells once that nobody is authenticated, and nothing of that certificate", () => {
  const connect = start("tls://192.0.2.1?profile=opportunistic");
  assertEquals(connect(1), ["! Connection to upstream up is encrypted, but not authenticated"]);
  assertEquals(connect(1), []);
});
