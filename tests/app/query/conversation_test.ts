import { assertEquals, assertRejects } from "@std/assert";
import { Conversation, SilenceError } from "../../../lib/app/query/conversation.ts";
import { concatenated, frame } from "../../helpers/message.ts";
import { buildQuery } from "../../helpers/query.ts";

/** Milliseconds for a message. */
const TIMEOUT = 200;

/** A server that sends `octets` again and again, a piece at each turn of the event loop. */
class Flood {
  isClosed = false;
  readonly #octets: Uint8Array;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.isClosed) return null;
    const count = Math.min(buffer.length, this.#octets.length);
    buffer.set(this.#octets.subarray(0, count));
    return count;
  }

  write(octets: Uint8Array): Promise<number> {
    return Promise.resolve(octets.length);
  }

  close(): void {
    this.isClosed = true;
  }
}

Deno.test("messages without a header are none, however many a server sends", async () => {
  for (const length of [0, 1, 11]) {
    const octets = concatenated(Array.from({ length: 50 }, () => frame(new Uint8Array(length))));
    const flood = new Flood(octets);
    const conversation = new Conversation(flood);
    const error = await assertRejects(
      () => conversation.next(performance.now() + TIMEOUT),
      SilenceError,
    );
    assertEquals(error.message, "no answer in time");
    conversation.close();
    await conversation.ended;
  }
});

const OTHERS = concatenated(
  Array.from({ length: 50 }, () => frame(buildQuery("other.example").with(2, 0x80))),
);

Deno.test("a message that comes after the time for an answer is none", async () => {
  const conversation = new Conversation(new Flood(OTHERS));
  const { time } = await conversation.next(performance.now() + TIMEOUT);
  const error = await assertRejects(() => conversation.next(time - 1), SilenceError);
  assertEquals(error.message, "no answer in time");
  conversation.close();
  await conversation.ended;
});

Deno.test("no more messages are kept than anybody asks for", async () => {
  const { how } = await new Conversation(new Flood(OTHERS)).ended;
  assertEquals(how, "the server sent more than was asked for");
});
