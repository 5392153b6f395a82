/**
 * Real resolvers that work on only a few queries per connection at a time: BIND on 23, the PowerDNS
 * recursor on 10. They ask the server on `authorityPort` for everything.
 */

import { RealPeer } from "./real_peer.ts";
import { TLS_FILES, tlsFiles } from "./real_servers.ts";

/**
 * `plain`: over TCP instead of TLS. It asks over TCP: over UDP it gives two of some hundred sockets the same
 * port now and then, and waits a second for the reply that one of them does not get.
 */
export async function startNamed(authorityPort: number, plain = false): Promise<RealPeer> {
  const tls = await tlsFiles();
  return await RealPeer.start((port) => ({
    program: "named",
    args: ["-g", "-n", "1", "-c", "named.conf"],
    files: {
      "named.conf": `
tls peer { cert-file "${TLS_FILES.certificate}"; key-file "${TLS_FILES.key}"; };
controls { };
options {
  directory ".";
  pid-file none;
  session-keyfile none;
  listen-on port ${port} ${plain ? "" : "tls peer"} { 127.0.0.1; };
  listen-on-v6 { none; };
  recursion yes;
  dnssec-validation no;
  forward only;
  forwarders { 127.0.0.1 port ${authorityPort}; };
};
server 127.0.0.1 { tcp-only yes; };`,
      ...tls,
    },
    probe: plain ? ["+tcp"] : ["+tls"],
  }));
}

/** Without TLS, which it does not have. */
export async function startRecursor(authorityPort: number): Promise<RealPeer> {
  return await RealPeer.start((port) => ({
    program: "pdns_recursor",
    args: ["--config-dir=."],
    files: {
      "recursor.conf": `
local-address=127.0.0.1
local-port=${port}
socket-dir=.
daemon=no
write-pid=no
disable-syslog=yes
setuid=
setgid=
threads=1
dnssec=off
security-poll-suffix=
forward-zones-recurse=.=127.0.0.1:${authorityPort}
`,
    },
    probe: [],
  }));
}
