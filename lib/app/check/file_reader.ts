/** Whether somebody who is not root can read a file (path_resolution(7)). */

/** Whom the program is once it serves. */
export interface FileReader {
  /** The setting that says so. */
  readonly who: string;
  /** Undefined where that is not known before the start. */
  readonly uid: number | undefined;
  readonly gids: readonly number[];
}

export interface Barrier {
  /** The first directory on the way, or the file itself. */
  readonly path: string;
  /** Whose rights count there for the reader, in words, and as chmod(1) calls them. */
  readonly whose: "its owner" | "its group" | "others";
  readonly letter: "u" | "g" | "o";
}

const READ = 0o4;
const SEARCH = 0o1;

/** What keeps `reader` from the absolute `path`; undefined if nothing does, or nothing is there. */
export function barrierTo(path: string, reader: FileReader): Barrier | undefined {
  if (!statOf(path)) return undefined;
  const parts = path.split("/").slice(1);
  for (let at = 1; at < parts.length; at++) {
    const directory = `/${parts.slice(0, at).join("/")}`;
    const barrier = barrierAt(directory, SEARCH, reader);
    if (barrier) return barrier;
  }
  return barrierAt(path, READ, reader);
}

function barrierAt(path: string, right: number, reader: FileReader): Barrier | undefined {
  const info = statOf(path);
  if (!info || info.mode === null) return undefined;
  const { gid, mode, uid } = info;
  if (uid !== null && uid === reader.uid) {
    return (mode >> 6) & right ? undefined : { path, whose: "its owner", letter: "u" };
  }
  if (gid !== null && reader.gids.includes(gid)) {
    return (mode >> 3) & right ? undefined : { path, whose: "its group", letter: "g" };
  }
  return mode & right ? undefined : { path, whose: "others", letter: "o" };
}

/** Whatever keeps even root from it is told elsewhere, in the words that it deserves. */
function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

/** Where `path` leads to by symbolic links; the directory of what is not there yet. Itself if nobody can tell. */
export function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const at = path.lastIndexOf("/");
    if (at <= 0) return path;
    return realPathOf(path.slice(0, at)).replace(/\/$/, "") + path.slice(at);
  }
}
