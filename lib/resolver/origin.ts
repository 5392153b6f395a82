/**
 * Where an outcome comes from: made with an upstream and handed on with each of its outcomes, so that who keeps
 * a log of queries can say so, and nobody else pays for it.
 */

/**
 * How an upstream was asked: by the query itself, by that of another client which waited already, or not again,
 * as it had just responded, or failed.
 */
export type Way = "upstream" | "joined" | "recent" | "remembered";

export class Origin {
  /** The name of the upstream. */
  readonly upstream: string;
  readonly way: Way;
  /** The same upstream asked in these other ways. */
  readonly joined: Origin;
  readonly recent: Origin;
  readonly remembered: Origin;

  constructor(upstream: string, way: Way = "upstream") {
    this.upstream = upstream;
    this.way = way;
    const other = (each: Way) => way === "upstream" ? new Origin(upstream, each) : this;
    this.joined = other("joined");
    this.recent = other("recent");
    this.remembered = other("remembered");
  }
}
