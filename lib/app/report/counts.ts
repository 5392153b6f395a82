/** A count for each name. */
export type Counts = Readonly<Record<string, number>>;

/** Those that are not zero. */
export function existing(counts: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
