/**
 * Archives and checksums. The same files give the same archive: the tar of GNU sorts them, and neither the time
 * nor the user or umask of whoever packs them stands in it.
 */

/** Packs the folder `name` in `parent` into the file `archive`; `time` is in milliseconds since 1970. */
export async function pack(
  archive: string,
  parent: string,
  name: string,
  time: number,
): Promise<void> {
  const same = ["--sort=name", `--mtime=@${time / 1000}`, "--owner=0", "--group=0"];
  const form = ["--numeric-owner", "--format=ustar", "--mode=u=rwX,go=rX"];
  // Without -n gzip writes the time of packing.
  const files = ["--use-compress-program=gzip -n", "--file", archive, "--directory", parent, name];
  await run("tar", ["--create", ...same, ...form, ...files]);
}

/** The lines of SHA256SUMS for these files of a folder, as `sha256sum -c` reads them. */
export async function checksums(folder: string, names: readonly string[]): Promise<string> {
  const lines = await Promise.all(
    names.toSorted().map(async (name) => {
      const octets = await Deno.readFile(`${folder}/${name}`);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
      return `${digest.toHex()}  ${name}\n`;
    }),
  );
  return lines.join("");
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr).trimEnd()}`);
}
