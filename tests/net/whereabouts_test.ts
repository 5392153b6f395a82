import { assertEquals, assertRejects } from "@std/assert";
import { DialError } from "../../lib/net/dial_error.ts";
import { type SavedAddresses, Whereabouts } from "../../lib/net/whereabouts.ts";
import { FakeClock } from "../helpers/fake_clock.ts";
import { TYPE } from "../helpers/message.ts";
import { NameServer } from "../helpers/name_server.ts";
import { waitUntil } from "../helpers/waiting.ts";

const NAME = "dns.example";
const [ONE, TWO, THREE] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

/** The whereabouts of a name that one name server knows. */
class Stage implements Disposable {
  readonly clock = new FakeClock();
  readonly names: NameServer;
  readonly whereabouts: Whereabouts;
  readonly saves: (readonly string[])[] = [];
  readonly stale: string[] = [];

  constructor(addresses: string[], saved?: readonly string[]) {
    this.names = new NameServer({ addresses });
    const learned = Date.parse("2026-01-02");
    this.whereabouts = new Whereabouts(NAME, {
      timeout: 2000,
      bootstrap: [{ hostname: "127.0.0.1", port: this.names.port }],
      addresses: {
        load: () => saved && { addresses: saved, learned },
        save: (_, { addresses }: SavedAddresses) => void this.saves.push(addresses),
      },
      onStale: (_, reason) => void this.stale.push(reason),
      clock: this.clock,
    });
  }

  /** All that is found, in the order in which it is to be tried. */
  async find(): Promise<string[]> {
    const found: string[] = [];
    const enough = new AbortController();
    const add = (addresses: readonly string[]) => void found.push(...addresses);
    await this.whereabouts.find(add, enough.signal);
    enough.abort();
    return found;
  }

  /** The names asked for so far, as a number of questions. */
  get questions(): number {
    return this.names.names.length;
  }

  [Symbol.dispose](): void {
    this.names[Symbol.dispose]();
  }
}

Deno.test("Whereabouts asks for both families at once, and only once", async () => {
  using stage = new Stage([ONE, "2001:db8:0:0:0:0:0:1"]);
  assertEquals((await stage.find()).toSorted(), [ONE, "2001:db8::1"]);
  stage.whereabouts.onOpened(ONE);
  assertEquals(await stage.find(), [ONE, "2001:db8::1"], "the good one is first");
  assertEquals(stage.questions, 2);
});

Deno.test("Whereabouts puts an address that refused last, and asks again when all have", async () => {
  using stage = new Stage([ONE, TWO]);
  assertEquals(await stage.find(), [ONE, TWO]);
  stage.whereabouts.onRefused(ONE);
  assertEquals(await stage.find(), [TWO, ONE]);
  assertEquals(stage.questions, 2);
  stage.whereabouts.onRefused(TWO);
  assertEquals(await stage.find(), [ONE, TWO]);
  await waitUntil(() => stage.questions === 4, "two more questions");
});

Deno.test("Whereabouts tries what it knows at once after an outage, and asks beside", async () => {
  using stage = new Stage([ONE]);
  assertEquals(await stage.find(), [ONE]);
  stage.whereabouts.onUnreachable();
  stage.names.addresses = [TWO];
  const found: string[] = [];
  const enough = new AbortController();
  await stage.whereabouts.find((addresses) => void found.push(...addresses), enough.signal);
  assertEquals(found, [ONE]);
  await waitUntil(() => found.includes(TWO), "the answer");
  enough.abort();
  await waitUntil(() => stage.clock.running === 0, "the end of asking");
});

Deno.test("Whereabouts saves addresses once a server at one of them is let in, and only new ones", async () => {
  using stage = new Stage([ONE, TWO]);
  await stage.find();
  assertEquals(stage.saves, []);
  stage.whereabouts.onRefused(ONE);
  assertEquals(stage.saves, []);
  stage.whereabouts.onOpened(TWO);
  stage.whereabouts.onOpened(ONE);
  assertEquals(stage.saves, [[ONE, TWO]]);
});

Deno.test("Whereabouts does not save the addresses that are saved, in whatever order", async () => {
  using stage = new Stage([ONE, TWO], [TWO, ONE]);
  await stage.find();
  stage.whereabouts.onOpened(ONE);
  assertEquals([stage.saves, stage.stale], [[], []]);
});

Deno.test("Whereabouts uses saved addresses after half a second without an answer, and says so once", async () => {
  using stage = new Stage([], [ONE, TWO]);
  stage.names.answers = () => false;
  const found: string[] = [];
  const enough = new AbortController();
  const done = stage.whereabouts.find((more) => void found.push(...more), enough.signal);
  await stage.clock.pass(499);
  assertEquals([found, stage.stale], [[], []]);
  await stage.clock.pass(1);
  assertEquals([found, stage.stale], [[ONE, TWO], ["no answer yet"]]);
  await stage.clock.pass(1000);
  await done;
  enough.abort();
  assertEquals(stage.stale.length, 1);
  stage.whereabouts.onOpened(TWO);
  assertEquals(await stage.find(), [TWO, ONE], "known now, and tried at once");
  await stage.clock.pass(1500);
  assertEquals([stage.stale.length, stage.saves], [1, []]);
});

Deno.test("Whereabouts uses saved addresses at once where the name is denied", async () => {
  using stage = new Stage([], [ONE]);
  assertEquals(await stage.find(), [ONE]);
  assertEquals(stage.stale, [`name not found at ${stage.names.address}`]);
});

Deno.test("Whereabouts tries saved addresses too where those it was told are none of the server's", async () => {
  using stage = new Stage([THREE], [ONE]);
  assertEquals(await stage.find(), [THREE]);
  stage.whereabouts.onRefused(THREE);
  assertEquals(await stage.find(), [ONE, THREE]);
  await waitUntil(() => stage.clock.running === 0, "the end of asking");
});

Deno.test("Whereabouts fails where nobody knows the name, now or before", async () => {
  using stage = new Stage([]);
  await assertRejects(() => stage.find(), DialError, "name not found at 127.0.0.1");
});

Deno.test("Whereabouts tells IPv4 addresses 50 ms after their answer where none comes about IPv6 (RFC 8305, 3)", async () => {
  using stage = new Stage([ONE]);
  stage.names.answers = (type) => type === TYPE.A;
  const found: string[] = [];
  const enough = new AbortController();
  const done = stage.whereabouts.find((more) => void found.push(...more), enough.signal);
  // The limit of the question, patience, the next resolver, and the wait for IPv6.
  await waitUntil(() => stage.clock.running === 4, "the answer");
  assertEquals(found, []);
  await stage.clock.pass(50);
  assertEquals(found, [ONE]);
  await stage.clock.pass(1500);
  await done;
  enough.abort();
});

Deno.test("Whereabouts takes no more than 16 addresses of an answer, or of those saved", async () => {
  const many = Array.from({ length: 60 }, (_, at) => `192.0.2.${at + 1}`);
  using asked = new Stage(many);
  assertEquals((await asked.find()).length, 16);
  for (const address of many) asked.whereabouts.onRefused(address);
  assertEquals((await asked.find()).length, 16);
  await waitUntil(() => asked.clock.running === 0, "the end of asking");
  using saved = new Stage([], many);
  assertEquals(await saved.find(), many.slice(0, 16));
});
