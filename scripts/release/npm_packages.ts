/** The npm packages that the executable contains: those that main.ts imports, and what these need. */

const PROJECT = `${import.meta.dirname}/../..`;

export interface NpmPackage {
  readonly name: string;
  readonly version: string;
  /** Where the runtime keeps its files. */
  readonly folder: string;
}

/** What `deno info --json` tells, as far as it is of use here. */
interface Info {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages: Readonly<Record<string, InfoPackage>>;
}

interface InfoPackage {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
  readonly localPath: string;
}

/** Sorted by name, then version. */
export async function npmPackages(): Promise<NpmPackage[]> {
  const { modules, npmPackages } = await info();
  const needed = new Set<string>();
  const visit = (id: string): void => {
    if (needed.has(id)) return;
    needed.add(id);
    npmPackages[id].dependencies.forEach(visit);
  };
  modules.flatMap(({ npmPackage }) => npmPackage ?? []).forEach(visit);
  return [...needed].toSorted().map((id) => {
    const { name, version, localPath } = npmPackages[id];
    return { name, version, folder: localPath };
  });
}

async function info(): Promise<Info> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "main.ts"],
    cwd: PROJECT,
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`deno info: ${new TextDecoder().decode(stderr)}`);
  return JSON.parse(new TextDecoder().decode(stdout));
}
