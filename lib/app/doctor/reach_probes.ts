/** Where an upstream is, whether it can be connected to, and what it shows of itself by TLS. */

import { type Address, formatAddress, isIpAddress } from "../../net/address.ts";
import { dial, type Target } from "../../net/dial.ts";
import type { DialError } from "../../net/dial_error.ts";
import { lookUp } from "../../net/name_lookup.ts";
import { type CertificateFacts, certificateFacts, certificateLines } from "./certificate_text.ts";
import { milliseconds, type Report } from "./report.ts";
import { inspectTls, type TlsFacts } from "./tls_inspection.ts";
import { reasonOf } from "../system_error.ts";

/** More addresses of a name are not tried. */
const MAX_ADDRESSES = 6;
const NOT_SHOWN = "not shown by the runtime";
const PROTOCOL = "dot";

/** The addresses of the target, asked of `resolvers` if there are any, else of the system; rejects with `DialError`. */
export async function addressesOf(
  target: Exclude<Target, { transport: "unix" }>,
  resolvers: readonly Address[],
  timeout: number,
): Promise<Address[]> {
  const { hostname, port } = target;
  if (isIpAddress(hostname)) return [{ hostname, port }];
  const found = new Set<string>();
  await lookUp(hostname, { resolvers, timeout }, (addresses) => {
    for (const address of addresses) found.add(address);
  });
  return [...found].slice(0, MAX_ADDRESSES).map((address) => ({ hostname: address, port }));
}

/** Connects to each address by TCP and says how long it took; returns those that can be reached. */
export async function probeAddresses(
  addresses: readonly Address[],
  report: Report,
  timeout: number,
): Promise<Address[]> {
  const reached: Address[] = [];
  for (const address of addresses) {
    const started = performance.now();
    const options = { timeout, caCerts: [], alpn: false };
    try {
      (await dial({ transport: "tcp", ...address }, options)).close();
      const duration = milliseconds(performance.now() - started);
      report.finding("Address", `${formatAddress(address)}, connected in ${duration}`);
      reached.push(address);
    } catch (error) {
      report.finding("Address", `${formatAddress(address)}: ${reasonOf(error)}`);
    }
  }
  return reached;
}

/** Shows the handshake and the certificates; returns those of the server, or none. */
export async function probeTls(
  address: Address,
  serverName: string,
  report: Report,
  timeout: number,
): Promise<CertificateFacts[]> {
  const { facts, alpn } = await handshake(address, serverName, timeout);
  const { protocol = `version ${NOT_SHOWN}`, cipher = `cipher ${NOT_SHOWN}`, group } = facts;
  report.finding(
    "TLS",
    `${protocol}, ${cipher}, handshake in ${milliseconds(facts.handshake)}`,
    `key exchange: ${group ?? NOT_SHOWN}`,
  );
  report.finding("ALPN", alpn);
  const chain = facts.chain.map((der) => certificateFacts(der, Date.now()));
  chain.forEach((each, index) =>
    report.finding(index === 0 ? "Certificate" : "Issuer", ...certificateLines(each))
  );
  if (chain.length === 0) report.finding("Certificate", NOT_SHOWN);
  return chain;
}

/** Offers "dot", and where that is refused, nothing; a server that is silent is not asked twice. */
async function handshake(
  address: Address,
  serverName: string,
  timeout: number,
): Promise<{ facts: TlsFacts; alpn: string }> {
  try {
    const facts = await inspectTls(address, serverName, [PROTOCOL], timeout);
    return {
      facts,
      alpn: facts.alpn === undefined ? "not used by the server" : `the server chose "${PROTOCOL}"`,
    };
  } catch (error) {
    if ((error as DialError).cause === undefined) throw error;
    const facts = await inspectTls(address, serverName, [], timeout).catch(() => undefined);
    if (facts === undefined) throw error;
    return { facts, alpn: `the server refuses "${PROTOCOL}"; without it, it answers` };
  }
}
