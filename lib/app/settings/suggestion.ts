/** What somebody may have meant who wrote a name that does not exist. */

/** The name nearest to `name`, if few of its letters, one in four, have to be changed. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  const plain = plainName(name);
  if (plain.length < 2) return undefined;
  const most = Math.ceil(plain.length / 4);
  const words = known.filter((each) => each.length > 1);
  const distances = words.map((each) => distance(plain, plainName(each)));
  const least = Math.min(...distances);
  return least <= most ? words[distances.indexOf(least)] : undefined;
}

/** People write log_level and logLevel. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, "");
}

/** How many letters are to be added, left out, replaced or swapped with their neighbour to make one the other. */
function distance(one: string, other: string): number {
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const next = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] &&
        one[row - 2] === other[column - 1];
      next.push(Math.min(
        last[column] + 1,
        next[column - 1] + 1,
        last[column - 1] + (isSame ? 0 : 1),
        isSwapped ? before[column - 2] + 1 : Infinity,
      ));
    }
    [before, last] = [last, next];
  }
  return last[other.length];
}

/** Like `suggestion()`, else the only one that begins with `name`, or that `name` begins with. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const near = suggestion(name, known);
  if (near !== undefined) return near;
  const alike = prefixed(name, known);
  return alike.length === 1 ? alike[0] : undefined;
}

/** All that begin with `name`, or, with a hyphen behind them, that `name` begins with. */
export function prefixed(name: string, known: readonly string[]): readonly string[] {
  const plain = name.toLowerCase();
  if (plain.length < 2) return [];
  return known.filter((each) => each.startsWith(plain) || plain.startsWith(`${each}-`));
}

/** `; did you mean ...?`, for the end of a message; empty where nothing is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}
