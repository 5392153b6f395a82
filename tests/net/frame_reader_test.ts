import { assertEquals, assertGreater } from "@std/assert";
import { FrameReader } from "../../lib/net/frame_reader.ts";
import { concatenated, frame } from "../helpers/message.ts";
import { random } from "../dns/random_octets.ts";

/** Each message begins with its number, and has as many octets as the length says. */
function messagesOf(...lengths: number[]): Uint8Array<ArrayBuffer>[] {
  return lengths.map((length, number) =>
    Uint8Array.from({ length }, (_, at) => number * 31 + at * 7)
  );
}

/** What comes out if the stream arrives in chunks of these lengths; each is read as far as room is. */
function read(stream: Uint8Array, chunks: Iterable<number>, reader = new FrameReader(16)) {
  const messages: Uint8Array[] = [];
  let at = 0;
  for (const chunk of chunks) {
    for (let left = Math.min(chunk, stream.length - at); left > 0;) {
      const room = reader.room();
      assertGreater(room.length, 0);
      const count = Math.min(left, room.length);
      room.set(stream.subarray(at, at + count));
      reader.advance(count);
      at += count;
      left -= count;
      for (let message = reader.next(); message; message = reader.next()) {
        messages.push(message.slice());
      }
    }
  }
  return messages;
}

const MESSAGES = messagesOf(12, 0, 1, 40, 300, 12);
const STREAM = concatenated(MESSAGES.map(frame));

Deno.test("FrameReader yields the same messages wherever the stream is cut (RFC 7766, 8; TCP-04)", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    assertEquals(read(STREAM, [cut, STREAM.length - cut]), MESSAGES, `cut at ${cut}`);
  }
});

Deno.test("FrameReader yields the same messages if the stream comes octet by octet, or all at once (TCP-04)", () => {
  for (const chunk of [1, 2, 3, 7, 16, 17, STREAM.length]) {
    assertEquals(
      read(STREAM, new Array(STREAM.length).fill(chunk)),
      MESSAGES,
      `chunks of ${chunk}`,
    );
  }
});

Deno.test("FrameReader yields the same messages cut twice at random, whatever its first capacity", () => {
  const below = random(5);
  for (const capacity of [2, 3, 14, 64, 1024]) {
    for (let round = 0; round < 200; round++) {
      const chunks = Array.from({ length: STREAM.length }, () => 1 + below(60));
      assertEquals(
        read(STREAM, chunks, new FrameReader(capacity)),
        MESSAGES,
        `capacity ${capacity}`,
      );
    }
  }
});

Deno.test("FrameReader yields a message of 65,535 octets between others (RFC 1035, 4.2.2; TCP-14)", () => {
  const messages = messagesOf(20, 65_535, 20, 65_535, 65_535);
  const stream = concatenated(messages.map(frame));
  for (const chunk of [1000, 16_384, 65_537, stream.length]) {
    assertEquals(read(stream, new Array(Math.ceil(stream.length / 1000)).fill(chunk)), messages);
  }
});

Deno.test("FrameReader.next() is undefined until a message is whole", () => {
  const reader = new FrameReader(16);
  const octets = frame(Uint8Array.of(1, 2, 3));
  octets.forEach((octet, at) => {
    assertEquals(reader.next(), undefined, `${at} octets`);
    reader.room()[0] = octet;
    reader.advance(1);
  });
  assertEquals(reader.next(), Uint8Array.of(1, 2, 3));
  assertEquals(reader.next(), undefined);
});

Deno.test("FrameReader.isPartial says whether the stream ends in the middle of a message (DOT-11)", () => {
  const octets = concatenated([frame(Uint8Array.of(1, 2, 3)), frame(new Uint8Array())]);
  const partial = Array.from({ length: octets.length + 1 }, (_, length) => {
    const reader = new FrameReader(16);
    read(octets.subarray(0, length), [length], reader);
    return reader.isPartial;
  });
  assertEquals(partial, [false, true, true, true, true, false, true, false]);
});

Deno.test("FrameReader grows for what is announced, not for what is not (C15)", () => {
  const reader = new FrameReader(64);
  read(Uint8Array.of(0xff, 0xff, 1, 2, 3), [5], reader);
  assertEquals(reader.room().length, 65_537 - 5);
});
