/** The upstreams of a pool, and which of them are well: a suspect is stepped over until it answers something. */

import { PoolMember, type PoolMemberOwner, type PoolUpstream } from "./pool_member.ts";
import type { PoolNews } from "./pool_news.ts";

export class PoolMembers {
  /** In the order of preference. */
  readonly all: readonly PoolMember[];
  readonly #news: PoolNews;
  #well: readonly PoolMember[];

  constructor(upstreams: readonly PoolUpstream[], owner: PoolMemberOwner, news: PoolNews) {
    this.all = upstreams.map((upstream, at) => new PoolMember(upstream, at, owner));
    this.#news = news;
    this.#well = this.all;
  }

  /** Those that are no suspects. */
  get well(): readonly PoolMember[] {
    return this.#well;
  }

  get hasSuspects(): boolean {
    return this.#well.length < this.all.length;
  }

  /** Those to choose from. */
  get eligible(): readonly PoolMember[] {
    return this.#well.length > 0 ? this.#well : this.all;
  }

  suspect(member: PoolMember, now: number): void {
    member.isSuspect = true;
    member.lastProbe = now;
    this.#update();
  }

  /** It has answered something. */
  trust(member: PoolMember): void {
    member.isSuspect = member.isTold = false;
    this.#update();
  }

  /** Suspects those whose connection is not well. To be called at every tick. */
  look(now: number): void {
    for (const member of this.all) {
      if (member.isTold) continue;
      const health = member.upstream.health(now);
      if (!member.isSuspect && health !== "well") this.suspect(member, now);
      if (!member.isSuspect || health !== "failing") continue;
      member.isTold = true;
      this.#news.onDown(member.upstream.name);
    }
  }

  /** Suspicions from before the network changed are void. */
  renew(): void {
    for (const member of this.all) member.isSuspect = member.isTold = false;
    this.#news.forget();
    this.#update();
  }

  #update(): void {
    this.#well = this.all.filter((member) => !member.isSuspect);
  }
}
