/** What the system says when a file, directory or socket cannot be used, in words for people. */

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "the address is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EAFNOSUPPORT: "this machine has no addresses of that family",
  EBUSY: "it is in use",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the other end has reset the connection",
  EDQUOT: "the quota is used up",
  EEXIST: "it is not a directory",
  EFBIG: "the file is too large",
  EINVAL: "the system does not allow that there",
  EIO: "the disk has an error",
  EISDIR: "the file is a directory",
  ELOOP: "its symbolic links lead in a circle",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENETUNREACH: "there is no route",
  ENFILE: "too many files are open on this machine",
  ENODEV: "there is no such device",
  ENOMEM: "no memory left",
  ENOSPC: "no space left",
  ENOTDIR: "a part of the path is not a directory",
  ENXIO: "it is a socket, or a pipe that nobody reads",
  EPERM: "not permitted",
  EPIPE: "nobody reads it any more",
  EROFS: "the file system is read-only",
  ESTALE: "the file system that it was on is gone",
  ETXTBSY: "it is a program that runs",
};

/** The reason in `error`, of something that was to be a `what`. Our own errors say it themselves. */
export function reasonOf(error: unknown, what: "file" | "directory" = "directory"): string {
  if (error instanceof Deno.errors.NotCapable) {
    // Of /dev and /proc; who may do all is let in.
    if (error.message.includes("all access")) return "the runtime opens no such file";
    // What a configuration needs that was loaded later.
    return "the program has given up the right to do so; a restart brings it back";
  }
  const { code = "", message } = error as { code?: string; message: string };
  if (code === "ENOENT") return `no such ${what}`;
  return REASONS[code] ?? withoutNumber(message);
}

/** `Owner died (os error 130), open '/a'` becomes `owner died (system error 130)`. */
function withoutNumber(message: string): string {
  const [, text, number] = /^(.*?) \(os error (\d+)\)/.exec(message) ?? [];
  if (text === undefined) return message;
  return `${text[0]?.toLowerCase() ?? ""}${text.slice(1)} (system error ${number})`;
}
