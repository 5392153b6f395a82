import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../../lib/app/settings/config_error.ts";
import {
  defaultPlaces,
  findFile,
  readConfigFile,
} from "../../../../lib/app/settings/file/config_file.ts";

Deno.test("defaultPlaces() are the user's, then the system's; root has none of its own", () => {
  const system = "/etc/dnsfwd/dnsfwd.toml";
  const cases: [Record<string, string>, number | null, string[]][] = [
    [{}, 0, [system]],
    [{ HOME: "/srv/admin", XDG_CONFIG_HOME: "/srv/admin/.c" }, 0, [system]],
    [{ HOME: "/home/a" }, 1000, ["/home/a/.config/dnsfwd/dnsfwd.toml", system]],
    [{ HOME: "/home/a", XDG_CONFIG_HOME: "/c" }, 1000, ["/c/dnsfwd/dnsfwd.toml", system]],
    [{ HOME: "/home/a", XDG_CONFIG_HOME: "c" }, 1000, [
      "/home/a/.config/dnsfwd/dnsfwd.toml",
      system,
    ]],
    [{ HOME: "" }, null, [system]],
    [{ CONFIGURATION_DIRECTORY: "/etc/one:/etc/two" }, 0, ["/etc/one/dnsfwd.toml"]],
    [{ CONFIGURATION_DIRECTORY: "" }, 0, [system]],
    [{ HOME: "/home/a", CONFIGURATION_DIRECTORY: "/etc/one" }, 1000, [
      "/home/a/.config/dnsfwd/dnsfwd.toml",
      "/etc/one/dnsfwd.toml",
    ]],
  ];
  for (const [environment, uid, places] of cases) {
    assertEquals(defaultPlaces((name) => environment[name], uid), places);
  }
});

Deno.test("findFile() finds the first that is there, whatever it is", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [a, b, c] = ["a", "b", "c"].map((name) => `${folder}/${name}`);
    assertEquals(findFile([a, b, c]), undefined);
    Deno.writeTextFileSync(c, "");
    assertEquals(findFile([a, b, c]), c);
    Deno.mkdirSync(b);
    assertEquals(findFile([a, `${c}/below-a-file`, b, c]), b);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readConfigFile() says why a file is no good", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const message = (name: string) =>
      assertThrows(() => readConfigFile(`${folder}/${name}`, "--config"), ConfigError).message
        .replace(`--config "${folder}/${name}": `, "");
    const expected = "expected a configuration file (TOML), or none";
    assertEquals(message("missing"), `cannot be read: no such file; ${expected}`);
    Deno.mkdirSync(`${folder}/directory`);
    assertEquals(message("directory"), "expected a file, not something else");
    Deno.writeFileSync(`${folder}/octets`, new Uint8Array([0xff, 0xfe]));
    assertEquals(message("octets"), "the file is not text in UTF-8");
    Deno.writeTextFileSync(`${folder}/large`, "#".repeat((1 << 20) + 1));
    assertEquals(message("large"), "the file is larger than 1048576 octets");
    Deno.writeTextFileSync(`${folder}/good`, "\uFEFFpolicy = 'race'\n");
    assertEquals(readConfigFile(`${folder}/good`, "--config"), "policy = 'race'\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
