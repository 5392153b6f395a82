/** The last known time: written rarely, believed with care. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { keepsTime, KnownTime } from "../../lib/app/known_time.ts";
import { StateDirectory } from "../../lib/app/state_directory.ts";
import { parseUpstream } from "../../lib/app/settings/upstream_uri.ts";
import { ClockFloor } from "../../lib/base/clock_floor.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const BUILT = Date.UTC(2026, 10, 23);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FILE = "last-known-time";

/** A start of the program on a machine whose clock says `now`, with a file of the start before. */
async function withStart(
  now: number,
  file: string | undefined,
  run: (stage: ReturnType<typeof stageIn>) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "dnsfwd-state-" });
  try {
    if (file !== undefined) await Deno.writeTextFile(`${directory}/${FILE}`, file);
    await run(stageIn(directory, now));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

function stageIn(directory: string, now: number) {
  const clock = new FakeClock();
  const warnings: string[] = [];
  const ignore = () => {};
  const warning = (text: string) => void warnings.push(text);
  const log = { debug: ignore, info: ignore, warning, error: ignore };
  const offset = { wall: now - clock.now() };
  const floor = new ClockFloor({ built: BUILT, wall: () => clock.now() + offset.wall });
  const state = new StateDirectory(directory, log);
  const known = new KnownTime(state, floor, clock);
  /** What the file says; looks once more first. */
  const kept = async () => {
    known.look();
    await state.settled();
    return state.read(FILE);
  };
  const atExit = async () => {
    known.stop();
    await state.settled();
    return state.read(FILE);
  };
  const set = (time: number) => {
    offset.wall = time - clock.now();
    floor.onClockSet();
  };
  return { atExit, clock, directory, floor, kept, set, warnings };
}

function text(time: number): string {
  return `${new Date(time).toISOString()}\n`;
}

Deno.test("KnownTime is written when a certificate has been verified, not before", async () => {
  await withStart(BUILT + DAY, undefined, async ({ atExit, floor, kept }) => {
    assertEquals(await kept(), undefined);
    assertEquals(await atExit(), undefined);
    floor.onProof();
    assertEquals(await kept(), text(BUILT + DAY));
  });
});

Deno.test("KnownTime is not written before the build date, whatever was verified", async () => {
  await withStart(BUILT - DAY, undefined, async ({ atExit, clock, floor, kept }) => {
    floor.onProof();
    assertEquals(await kept(), undefined);
    clock.advance(HOUR);
    assertEquals(await atExit(), undefined);
  });
});

Deno.test("KnownTime is written once a day at most, and at the end", async () => {
  await withStart(BUILT + DAY, undefined, async ({ atExit, clock, floor, kept }) => {
    floor.onProof();
    const written: (string | undefined)[] = [];
    for (let hour = 0; hour < 49; hour++) {
      const found = await kept();
      if (found !== written.at(-1)) written.push(found);
      clock.advance(HOUR);
    }
    assertEquals(written, [BUILT + DAY, BUILT + 2 * DAY, BUILT + 3 * DAY].map(text));
    assertEquals(await atExit(), text(BUILT + 3 * DAY + HOUR));
  });
});

Deno.test("KnownTime is left alone at the start and the end of a run that is no news", async () => {
  const before = text(BUILT + DAY);
  await withStart(BUILT + DAY + HOUR / 2, before, async ({ atExit, clock, floor, kept }) => {
    floor.onProof();
    assertEquals(await kept(), before);
    clock.advance(HOUR / 4);
    assertEquals(await atExit(), before);
  });
});

Deno.test("KnownTime makes a clock wrong that is before it", async () => {
  await withStart(BUILT + DAY, text(BUILT + 40 * DAY), async ({ floor, set }) => {
    assert(floor.isWrong);
    assertStringIncludes(floor.complaint, "last known to be right (2027-01-02)");
    set(BUILT + 40 * DAY);
    assert(!floor.isWrong);
    await Promise.resolve();
  });
});

Deno.test("KnownTime does not move back for a clock that is wrong, nor for one that was for a moment", async () => {
  const before = text(BUILT + 40 * DAY);
  await withStart(BUILT + DAY, before, async ({ clock, floor, kept, set }) => {
    assertEquals(await kept(), before);
    // The certificate of a private authority may be valid for many years.
    floor.onProof();
    assertEquals(await kept(), before);
    clock.advance(HOUR);
    set(BUILT + 41 * DAY);
    floor.onProof();
    assertEquals(await kept(), text(BUILT + 41 * DAY));
  });
});

Deno.test("KnownTime that lies in the future by mistake is corrected, by a clock that was proven, after a day or at the end", async () => {
  for (const how of ["after a day", "at the end"] as const) {
    await withStart(
      BUILT + DAY,
      text(BUILT + 9000 * DAY),
      async ({ atExit, clock, floor, kept }) => {
        assert(floor.isWrong);
        floor.onProof();
        assert(!floor.isWrong, "at once");
        clock.advance(DAY);
        assertEquals(await (how === "at the end" ? atExit : kept)(), text(BUILT + 2 * DAY));
        floor.onClockSet();
        assert(!floor.isWrong, "for good");
      },
    );
  }
});

Deno.test("KnownTime that is no time is put aside", async () => {
  for (const file of ["", "yesterday", "2026-13-45T99:99:99Z\n", "\0\0\0\0", "9".repeat(500)]) {
    await withStart(BUILT + DAY, file, async ({ directory, floor, kept, warnings }) => {
      assert(!floor.isWrong);
      assertEquals(warnings.length, 1);
      assertStringIncludes(warnings[0], "it holds no time such as");
      assertEquals(await Deno.readTextFile(`${directory}/${FILE}.bad`), file);
      floor.onProof();
      assertEquals(await kept(), text(BUILT + DAY));
    });
  }
});

Deno.test("keepsTime() holds where someone can prove a clock and the directory is wanted anyway", () => {
  const cases: [string, boolean, boolean][] = [
    ["tls://192.0.2.1#dns.example", true, true],
    ["tls://192.0.2.1#dns.example", false, false],
    ["tls://dns.example", false, true],
    ["tls://192.0.2.1#dns.example?before-time-sync=time.example", false, true],
    ["tls://192.0.2.1#dns.example?profile=opportunistic", true, false],
    ["tcp://127.0.0.1:5300", true, false],
  ];
  for (const [uri, isStateWanted, isKept] of cases) {
    const config = { isStateWanted, stateDirectory: "/state", upstreams: [parseUpstream(uri)] };
    assertEquals(keepsTime(config), isKept, uri);
    assertEquals(keepsTime({ ...config, stateDirectory: undefined }), false);
  }
});
