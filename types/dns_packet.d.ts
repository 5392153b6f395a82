// dns-packet carries no types; these are the parts we use.

declare module "dns-packet" {
  /** Reads RDATA, beginning with the two octets of its length; throws where it is malformed. */
  interface RdataCodec {
    readonly decode: {
      (octets: Uint8Array, offset: number): unknown;
      /** How many octets the last call read. */
      readonly bytes: number;
    };
  }
  const packet: {
    record(type: string): RdataCodec;
    readonly unknown: RdataCodec;
  };
  export default packet;
}

declare module "dns-packet/types" {
  const types: {
    /** `UNKNOWN_123` for a type it does not know. */
    toString(type: number): string;
    /** 0 for a name it does not know. */
    toType(name: string): number;
  };
  export default types;
}
