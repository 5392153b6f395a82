/** Standard streams of which others have made something special. */

import { assertEquals } from "@std/assert";
import { StandardStream } from "../../lib/app/standard_stream.ts";
import { FakeClock } from "../helpers/fake_clock.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function stage(script: (octets: Uint8Array) => number) {
  const clock = new FakeClock();
  let text = "";
  const write = (octets: Uint8Array): Promise<number> => {
    try {
      const count = script(octets);
      text += new TextDecoder().decode(octets.subarray(0, count));
      return Promise.resolve(count);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  const stream = new StandardStream("stderr", clock, { stdout: { write }, stderr: { write } });
  return { clock, stream, text: () => text };
}

Deno.test("StandardStream tries again where another process has made the stream non-blocking", async () => {
  let isFull = true;
  const { clock, stream, text } = stage((octets) => {
    if (isFull) throw new Deno.errors.WouldBlock("full");
    return octets.length;
  });
  const appended = stream.append(encode("one\n"));
  while (clock.running === 0) await Promise.resolve();
  assertEquals(text(), "");
  isFull = false;
  clock.advance(20);
  assertEquals(await appended, 4);
  assertEquals([text(), stream.problem], ["one\n", ""]);
});

Deno.test("StandardStream says which lines have arrived, and ends the one that was cut", async () => {
  let left = 6;
  const { stream, text } = stage((octets) => {
    if (left === 0) throw new Deno.errors.BrokenPipe("gone");
    const count = Math.min(left, octets.length);
    left -= count;
    return count;
  });
  assertEquals(await stream.append(encode("one\ntwo\n")), 4);
  left = 100;
  assertEquals(await stream.append(encode("three\n")), 6);
  assertEquals(text(), "one\ntw\nthree\n");
});
