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
  interface DecodedRecord {
    readonly name: string;
    readonly type: string;
    readonly data?: unknown;
  }
  const packet: {
    /** Reads a whole message; throws where it is malformed. */
    decode(octets: Uint8Array): {
      readonly answers: readonly DecodedRecord[];
      readonly authorities: readonly DecodedRecord[];
      readonly additionals: readonly DecodedRecord[];
    };
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
