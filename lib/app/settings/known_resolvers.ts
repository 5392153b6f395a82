/** Public resolvers that may be written by name, with addresses of their own: no other resolver is needed. */

export interface KnownResolver {
  /** What its certificate is for. */
  readonly serverName: string;
  /** IPv4 first, then IPv6; more of the same are known, but not asked. */
  readonly addresses: readonly [string, string];
  /** Other addresses of the same service. */
  readonly others: readonly string[];
  /** The domain that its names stand in. */
  readonly domain: string;
}

export const KNOWN_RESOLVERS: Readonly<Record<string, KnownResolver>> = {
  quad9: {
    serverName: "dns.quad9.net",
    addresses: ["9.9.9.9", "2620:fe::fe"],
    others: ["149.112.112.112", "2620:fe::9"],
    domain: "quad9.net",
  },
  cloudflare: {
    serverName: "one.one.one.one",
    addresses: ["1.1.1.1", "2606:4700:4700::1111"],
    others: ["1.0.0.1", "2606:4700:4700::1001"],
    domain: "cloudflare-dns.com",
  },
  google: {
    serverName: "dns.google",
    addresses: ["8.8.8.8", "2001:4860:4860::8888"],
    others: ["8.8.4.4", "2001:4860:4860::8844"],
    domain: "dns.google",
  },
  adguard: {
    serverName: "dns.adguard-dns.com",
    addresses: ["94.140.14.14", "2a10:50c0::ad1:ff"],
    others: ["94.140.15.15", "2a10:50c0::ad2:ff"],
    domain: "adguard-dns.com",
  },
  mullvad: {
    serverName: "dns.mullvad.net",
    addresses: ["194.242.2.2", "2a07:e340::2"],
    others: [],
    domain: "dns.mullvad.net",
  },
};

/** The names, for messages. */
export const RESOLVER_NAMES: readonly string[] = Object.keys(KNOWN_RESOLVERS);

/** The resolver with that address or host name, however it is written. */
export function resolverAt(host: string): KnownResolver | undefined {
  const plain = host.toLowerCase();
  return Object.values(KNOWN_RESOLVERS).find(({ addresses, domain, others, serverName }) =>
    [...addresses, ...others, serverName, domain].includes(plain) || plain.endsWith(`.${domain}`)
  );
}

/** An upstream by name stands for its URIs, which keep what follows `?`; any other value for itself. */
export function expandResolver<T extends { readonly text: string }>(given: T): readonly T[] {
  const [, name, options = ""] = /^([a-z0-9]+)(\?.*)?$/is.exec(given.text) ?? [];
  const key = RESOLVER_NAMES.find((each) => each === name?.toLowerCase());
  if (key === undefined) return [given];
  const { addresses, serverName } = KNOWN_RESOLVERS[key];
  return addresses.map((address) => {
    const host = address.includes(":") ? `[${address}]` : address;
    return { ...given, text: `tls://${host}#${serverName}${options}` };
  });
}
