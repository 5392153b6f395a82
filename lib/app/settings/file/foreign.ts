/** Configuration of other programs that found its way into our file: which program it belongs to. */

import { OPTIONS } from "../options.ts";
import { isSetting } from "../option.ts";

interface Program {
  readonly name: string;
  /** Matches a line that no other program has, and TOML has not either. */
  readonly sign: RegExp;
  /** Matches any line with a setting of the program. */
  readonly line: RegExp;
}

const YAML_LINE = /^\s*(?:-\s|-?\s*"?[\w.-]+"?\s*:)/;
const NAME_EQUALS = /^\s*(?:[\w-]+\s*=|\[[\w-]+\]|[a-z-]+\s*$)/i;
const WORDS = /^\s*[a-z][\w-]*(?:\s+[^=\s]|\s*$)/i;
const BRACES = /^\s*(?:[\w."*-]+[^=]*[{;]|\}|[a-z]+\s+[^=\s])/i;
const LUA = /^\s*(?:[\w.]+\s*[({]|local\s|--|\}|\))/;

/** The first that matches is the one. */
const PROGRAMS: readonly Program[] = [
  {
    name: "unbound",
    sign:
      /^\s*(?:(?:server|forward-zone|stub-zone|remote-control|auth-zone)\s*:\s*(?:#.*)?$|(?:forward-(?:addr|tls-upstream|ssl-upstream|host)|tls-cert-bundle|do-ip[46]|access-control)\s*:)/,
    line: YAML_LINE,
  },
  {
    name: "Stubby",
    sign:
      /^\s*-?\s*(?:resolution_type|dns_transport_list|upstream_recursive_servers|tls_authentication|tls_query_padding_blocksize|round_robin_upstreams|address_data|tls_auth_name|listen_addresses|edns_client_subnet_private)\s*:/,
    line: YAML_LINE,
  },
  {
    name: "AdGuard Home",
    sign:
      /^\s*(?:upstream_dns|bind_hosts?|bootstrap_dns|fallback_dns|schema_version|upstream_dns_file|filtering|filters|upstream_mode)\s*:/,
    line: YAML_LINE,
  },
  {
    name: "Blocky",
    sign: /^\s*(?:bootstrapDns|customDNS|conditional|upstreams)\s*:/,
    line: YAML_LINE,
  },
  {
    name: "dnsmasq",
    sign:
      /^\s*(?:(?:server|address|local|interface|listen-address|port|conf-dir|conf-file|resolv-file|cache-size|dhcp-\w+|addn-hosts|rev-server)=[^\s"'].*|no-resolv|no-hosts|no-poll|bogus-priv|domain-needed|strict-order|all-servers|bind-interfaces|bind-dynamic|except-interface=.*|expand-hosts|proxy-dnssec)\s*(?:#.*)?$/,
    line: NAME_EQUALS,
  },
  {
    name: "resolv.conf",
    sign: /^\s*nameserver\s+[^=\s]/,
    line: /^\s*(?:nameserver|search|domain|options|sortlist)\s+[^=\s]/,
  },
  {
    name: "SmartDNS",
    sign:
      /^\s*(?:server(?:-tls|-https|-tcp|-h3|-quic)?|bind(?:-tcp|-tls|-https)?|speed-check-mode|dualstack-ip-selection|prefetch-domain|serve-expired)\s+[^=\s]/,
    line: WORDS,
  },
  {
    name: "systemd-resolved",
    sign: /^\s*(?:\[Resolve\]|(?:DNS|FallbackDNS|DNSOverTLS|DNSStubListener|DNSSEC)\s*=)/,
    line: NAME_EQUALS,
  },
  {
    name: "dnscrypt-proxy",
    sign:
      /^\s*(?:(?:server_names|listen_addresses|bootstrap_resolvers|fallback_resolvers|netprobe_address|doh_servers|require_nolog)\s*=|\[sources(?:\]|\.))/,
    line: /^\s*(?:\w+\s*=|\[)/,
  },
  {
    name: "PowerDNS Recursor",
    sign: /^\s*(?:forward-zones(?:-recurse)?|local-address)=/,
    line: NAME_EQUALS,
  },
  {
    name: "dnsdist",
    sign: /^\s*(?:newServer|setLocal|addLocal|setACL|addTLSLocal)\s*[({]/,
    line: LUA,
  },
  { name: "Knot Resolver", sign: /^\s*(?:net\.listen|policy\.add|modules\s*=\s*\{)/, line: LUA },
  { name: "CoreDNS", sign: /^\s*(?:\.(?::\d+)?\s*\{|forward\s+\.\s)/, line: BRACES },
  {
    name: "BIND",
    sign: /^\s*(?:options\s*\{|forwarders\s*(?:port\s+\d+\s*)?\{|zone\s+")/,
    line: BRACES,
  },
];

export interface Foreign {
  /** As people know it. */
  readonly program: string;
  /** Whether the line, from 1, belongs to that program. */
  isLine(line: number): boolean;
}

/** The program whose configuration is in `text`; undefined if none is known. */
export function findForeign(text: string): Foreign | undefined {
  const lines = text.split(/\r?\n/);
  const program = PROGRAMS.find(({ sign }) => lines.some((line) => sign.test(line)));
  if (program === undefined) return undefined;
  return {
    program: program.name,
    isLine: (line) => program.line.test(lines[line - 1] ?? "") && !isOurs(lines[line - 1]),
  };
}

function isOurs(line: string): boolean {
  const [, name] = /^\s*\[?([\w-]+)\s*[\]=]/.exec(line) ?? [];
  return OPTIONS.some((option) => isSetting(option) && (option.table ?? option.name) === name);
}
