/** The structure that the design asks for (architecture, Layout), kept by looking at the sources. */

import { assert, assertEquals } from "@std/assert";

const LIB = new URL("../lib/", import.meta.url);
/** Each folder may import from itself and from those before it. */
const LAYERS = ["dns", "base", "net", "resolver", "listener", "app"];
/** What `listener/` may know of `resolver/`. */
const CONTRACT = ["resolver/resolver.ts", "resolver/failure.ts", "resolver/origin.ts"];
const VAGUE_NAMES = ["utils", "util", "common", "types", "type", "helpers", "helper", "misc"];

interface Source {
  /** From `lib/` on, as `net/dial.ts`. */
  readonly path: string;
  readonly text: string;
  /** What it imports: paths from `lib/` on, or packages as written. */
  readonly imports: readonly string[];
}

/** Names of modules in `import` and `export ... from`, type imports and dynamic ones included. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g;

function layer(path: string): string {
  return path.split("/")[0];
}

/** What stands beside the sources of a part: pages about it, and the style and the script of a page it makes. */
const COMPANIONS = [".md", ".css", ".js"];

function readSources(folder: URL): Source[] {
  const entries = [...Deno.readDirSync(folder)].filter(({ name }) =>
    !COMPANIONS.some((ending) => name.endsWith(ending))
  );
  return entries.flatMap((entry) => {
    const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
    return entry.isDirectory ? readSources(url) : [readSource(url)];
  });
}

function readSource(url: URL): Source {
  const text = Deno.readTextFileSync(url);
  const imports = [...text.matchAll(IMPORT)].map(([, name]) =>
    name.startsWith(".") ? inLib(new URL(name, url)) : name
  );
  return { path: inLib(url), text, imports };
}

/** The path from `lib/` on; of what lies outside, the whole. */
function inLib(url: URL): string {
  return url.href.startsWith(LIB.href) ? url.href.slice(LIB.href.length) : url.pathname;
}

const SOURCES = readSources(LIB);

/** Imports that `isAllowed` does not allow, as text. */
function forbidden(isAllowed: (source: Source, name: string) => boolean): string[] {
  return SOURCES.flatMap((source) =>
    source.imports.filter((name) => !isAllowed(source, name)).map((name) =>
      `${source.path}: ${name}`
    )
  );
}

function isLayer(name: string): boolean {
  return LAYERS.includes(layer(name));
}

Deno.test("lib/ is read by this test: every folder, and the imports of its files", () => {
  const folders = new Set(SOURCES.map(({ path }) => layer(path)));
  assertEquals([...folders].toSorted(), LAYERS.toSorted());
  const resolution = SOURCES.find(({ path }) => path === "app/resolution.ts");
  assert(resolution?.imports.includes("resolver/coalescer.ts"));
  assert(
    SOURCES.every(({ path, imports }) =>
      path === "app/version.ts" || imports.every((name) => !name.startsWith("/"))
    ),
  );
});

Deno.test("lib/ imports downwards only, types included: dns < base < net < resolver < listener < app", () => {
  const upward = forbidden(({ path }, name) =>
    !isLayer(name) || LAYERS.indexOf(layer(name)) <= LAYERS.indexOf(layer(path))
  );
  assertEquals(upward, []);
});

Deno.test("lib/base imports nothing of lib/dns: its structures know neither DNS nor sockets", () => {
  assertEquals(forbidden(({ path }, name) => layer(path) !== "base" || layer(name) !== "dns"), []);
});

Deno.test("lib/listener imports nothing of lib/resolver but its contract", () => {
  const beyond = forbidden(({ path }, name) =>
    layer(path) !== "listener" || layer(name) !== "resolver" || CONTRACT.includes(name)
  );
  assertEquals(beyond, []);
});

Deno.test("lib/dns is pure: it imports nothing from outside and uses no API of the runtime", () => {
  assertEquals(forbidden(({ path }, name) => layer(path) !== "dns" || layer(name) === "dns"), []);
  const impure = /\bDeno\.|\bsetTimeout\b|\bperformance\b|\bDate\b|\bMath\.random\b|\bconsole\b/;
  const users = SOURCES.filter(({ path, text }) => layer(path) === "dns" && impure.test(text));
  assertEquals(users.map(({ path }) => path), []);
});

Deno.test("lib/base imports the logging library in one file only", () => {
  const users = SOURCES.filter(({ imports }) => imports.includes("@logtape/logtape"));
  assertEquals(users.map(({ path }) => path), ["base/log.ts"]);
});

Deno.test("lib/ has no cycle of imports", () => {
  const byPath = new Map(SOURCES.map((source) => [source.path, source]));
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): string[] => {
    if (way.includes(path)) return [[...way.slice(way.indexOf(path)), path].join(" -> ")];
    if (done.has(path)) return [];
    const cycles = (byPath.get(path)?.imports ?? []).flatMap((name) => visit(name, [...way, path]));
    done.add(path);
    return cycles;
  };
  assertEquals(SOURCES.flatMap(({ path }) => visit(path, [])), []);
});

Deno.test("lib/ has no barrel files: none exports what another has", () => {
  const barrels = SOURCES.filter(({ path, text }) =>
    /^export\s[^;{]*(\{[^}]*\})?\s*from\s/m.test(text) || /\b(mod|index)\.ts$/.test(path)
  );
  assertEquals(barrels.map(({ path }) => path), []);
});

Deno.test("lib/ has file names that say what is in the file", () => {
  const vague = SOURCES.filter(({ path }) => {
    const words = (path.split("/").at(-1) ?? "").replace(".ts", "").split("_");
    return words.some((word) => VAGUE_NAMES.includes(word));
  });
  assertEquals(vague.map(({ path }) => path), []);
  assertEquals(
    SOURCES.filter(({ path }) => !/^[a-z0-9_/]+\.ts$/.test(path)).map(({ path }) => path),
    [],
  );
});

Deno.test("lib/ begins each file with a comment that says what it is", () => {
  const silent = SOURCES.filter(({ text }) => !text.startsWith("/**"));
  assertEquals(silent.map(({ path }) => path), []);
});
