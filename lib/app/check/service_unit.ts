/**
 * The unit of systemd that starts dnsfwd on this machine, as far as it says which files the program can reach
 * there (systemd.exec(5)). What `check` can read as root, the service often cannot.
 */

const NAME = "dnsfwd.service";
/** In the order in which systemd looks (systemd.unit(5)). */
const DIRECTORIES = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
const ON = ["1", "on", "true", "yes"];

/** Settings that name directories to be made, and where those are. */
const MADE = {
  StateDirectory: "/var/lib",
  CacheDirectory: "/var/cache",
  LogsDirectory: "/var/log",
  RuntimeDirectory: "/run",
} as const;

export class ServiceUnit {
  /** The file of the unit. */
  readonly path: string;
  /** The last value of each setting, the files in `dnsfwd.service.d` included. */
  readonly #settings: ReadonlyMap<string, string>;

  private constructor(path: string, settings: ReadonlyMap<string, string>) {
    this.path = path;
    this.#settings = settings;
  }

  /** The installed unit; undefined if there is none that can be read. */
  static find(directories: readonly string[] = DIRECTORIES): ServiceUnit | undefined {
    for (const directory of directories) {
      const text = readText(`${directory}/${NAME}`);
      if (text === undefined) continue;
      const texts = [text, ...directories.toReversed().flatMap(dropIns)];
      return new ServiceUnit(`${directory}/${NAME}`, settingsOf(texts));
    }
    return undefined;
  }

  /** The setting that keeps `path`, which is absolute, out of the service's sight; undefined if none does. */
  hides(path: string): string | undefined {
    if (isBelow(path, ["/tmp", "/var/tmp"]) && this.#hasPrivateTemp) {
      return this.#named("PrivateTmp", "DynamicUser");
    }
    const home = this.#value("ProtectHome");
    const isHidden = ON.includes(home) || home === "tmpfs";
    if (isHidden && isBelow(path, ["/home", "/root", "/run/user"])) return `ProtectHome=${home}`;
    return undefined;
  }

  /** The setting that forbids the service to write to `path`, which is absolute; undefined if none does. */
  forbidsWriting(path: string): string | undefined {
    const isStrict = this.#value("ProtectSystem") === "strict" || this.#isDynamic;
    if (!isStrict || isBelow(path, this.#writable)) return undefined;
    return this.#named("ProtectSystem", "DynamicUser");
  }

  /** The setting by which the service is not root's; undefined if it is. */
  get otherUser(): string | undefined {
    const user = this.#value("User");
    if (this.#isDynamic) return this.#named("DynamicUser");
    return user === "" || user === "root" || user === "0" ? undefined : `User=${user}`;
  }

  /** User and groups as they are named; a user of systemd's choice has no name yet. */
  get account(): { readonly user: string; readonly groups: readonly string[] } {
    const groups = [...this.#words("Group"), ...this.#words("SupplementaryGroups")];
    return { user: this.#isDynamic ? "" : this.#value("User"), groups };
  }

  get #isDynamic(): boolean {
    return ON.includes(this.#value("DynamicUser"));
  }

  get #hasPrivateTemp(): boolean {
    const value = this.#value("PrivateTmp");
    return ON.includes(value) || value === "disconnected" || this.#isDynamic;
  }

  /** The directories that are made for the service, and those that are excepted. */
  get #writable(): string[] {
    const made = Object.entries(MADE).flatMap(([name, above]) =>
      this.#words(name).map((each) => `${above}/${each}`)
    );
    return [...made, ...this.#words("ReadWritePaths").map((each) => each.replace(/^[-+]+/, ""))];
  }

  #words(name: string): string[] {
    return this.#value(name).split(/\s+/).filter((word) => word !== "");
  }

  #value(name: string): string {
    return this.#settings.get(name) ?? "";
  }

  /** The first of `names` that the unit has, as it is written there. */
  #named(...names: readonly string[]): string {
    const name = names.find((each) => this.#settings.has(each)) ?? names[0];
    return `${name}=${this.#value(name)}`;
  }
}

function isBelow(path: string, directories: readonly string[]): boolean {
  return directories.some((each) => path === each || path.startsWith(`${each}/`));
}

function settingsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  const lines = texts.flatMap((text) => text.split("\n"));
  const pairs = lines.map((line) => /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line));
  return new Map(pairs.flatMap((pair) => pair === null ? [] : [[pair[1], pair[2]]]));
}

/** The texts of what changes the unit, in the order of their names. */
function dropIns(directory: string): string[] {
  const folder = `${directory}/${NAME}.d`;
  try {
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    return names.filter((name) => name.endsWith(".conf")).toSorted()
      .flatMap((name) => readText(`${folder}/${name}`) ?? []);
  } catch (error) {
    if (isOutOfReach(error)) return [];
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (isOutOfReach(error)) return undefined;
    throw error;
  }
}

function isOutOfReach(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotADirectory || error instanceof Deno.errors.NotCapable;
}
