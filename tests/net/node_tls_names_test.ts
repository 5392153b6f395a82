/** The name in a server's certificate, over `node:tls`: the same with a clock that is right and one that is not. */

import { assertEquals, assertRejects } from "@std/assert";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { DialError } from "../../lib/net/dial_error.ts";
import { Dialer } from "../../lib/net/dialer.ts";
import { daysFromNow, type IdentityInput } from "../helpers/certificate.ts";
import { trust, UPSTREAM_NAME } from "../helpers/scenario.ts";
import { ScriptedUpstream } from "../helpers/scripted_upstream.ts";

const STRICT = { pins: [], isAuthenticated: true, caFiles: [] };
const EXPIRED = { notBefore: daysFromNow(-9), notAfter: daysFromNow(-1) };
const PARENT = UPSTREAM_NAME.slice(UPSTREAM_NAME.indexOf(".") + 1);

Deno.test("Dialer takes the name of a certificate, also with * for its first label, and never the subject", async () => {
  const { authority } = await trust();
  const cases: [IdentityInput, boolean][] = [
    [{ dnsNames: ["other.example", UPSTREAM_NAME.toUpperCase()] }, true],
    [{ dnsNames: [`*.${PARENT}`] }, true],
    [{ dnsNames: [`*.${UPSTREAM_NAME}`] }, false],
    [{ dnsNames: ["other.example"], commonName: UPSTREAM_NAME }, false],
    [{ addresses: ["127.0.0.1"], commonName: UPSTREAM_NAME }, false],
  ];
  for (const [input, isGood] of cases) {
    for (const period of [{}, EXPIRED]) {
      await using upstream = new ScriptedUpstream({
        identity: await authority.issue({ ...input, ...period }),
      });
      const dialer = new Dialer(
        {
          transport: "tls",
          hostname: "127.0.0.1",
          port: upstream.port,
          serverName: UPSTREAM_NAME,
          identity: STRICT,
        },
        {
          timeout: 2000,
          caCerts: [authority.pem],
          floor: new ClockFloor({ built: 1, wall: () => 0 }),
          isUndated: true,
        },
      );
      if (isGood) (await dialer.dial()).close();
      else {
        const { message } = await assertRejects(() => dialer.dial(), DialError);
        assertEquals(message, "certificate is for another name");
      }
    }
  }
});
