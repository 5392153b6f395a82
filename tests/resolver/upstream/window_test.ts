import { assertEquals } from "@std/assert";
import { Window } from "../../../lib/resolver/upstream/window.ts";

/** How many responses it takes until the window has another size. */
function answersUntilGrowth(window: Window): number {
  const { size } = window;
  for (let answers = 1; answers < 100_000; answers++) {
    window.onAnswer();
    if (window.size !== size) return answers;
  }
  return Infinity;
}

Deno.test("Window is as large as it may be, at first and as long as nothing is lost", () => {
  const window = new Window(256);
  assertEquals(window.size, 256);
  for (let count = 0; count < 1000; count++) window.onAnswer();
  assertEquals(window.size, 256);
});

Deno.test("Window.onLoss() leaves half of what the connection answered", () => {
  const cases = [[100, 50], [5, 2], [3, 1], [2, 1], [1, 1], [1000, 256]];
  for (const [answered, size] of cases) {
    const window = new Window(256);
    window.onLoss(answered);
    assertEquals(window.size, size, `${answered} answered`);
  }
});

Deno.test("Window.onLoss() leaves one query at a time after a connection that answered none (Q3)", () => {
  const window = new Window(256);
  window.onLoss(0);
  assertEquals(window.size, 1);
});

Deno.test("Window.onLoss() never makes it larger", () => {
  const window = new Window(256);
  window.onLoss(20);
  window.onLoss(200);
  assertEquals(window.size, 10);
});

Deno.test("Window.onAnswer() doubles quickly up to what is safe, slowly from there, up to the largest", () => {
  const window = new Window(256);
  for (const answered of [64, 64, 0]) window.onLoss(answered);
  const growth: number[][] = [];
  while (window.size < 256) growth.push([window.size, answersUntilGrowth(window)]);
  assertEquals(growth, [[1, 1], [2, 2], [4, 4], [8, 8], [16, 16], [32, 128], [64, 256], [
    128,
    512,
  ]]);
});

Deno.test("Window.onLoss() begins to count responses anew", () => {
  const window = new Window(256);
  for (let loss = 0; loss < 2; loss++) window.onLoss(8);
  for (let count = 0; count < 15; count++) window.onAnswer();
  window.onLoss(8);
  assertEquals(answersUntilGrowth(window), 16);
});

Deno.test("Window doubles quickly after one loss, once more was answered than before it: it was an accident (A2, A3)", () => {
  const window = new Window(256);
  for (let round = 0; round < 2; round++) {
    window.onLoss(5);
    const growth: number[][] = [];
    while (window.size < 256) growth.push([window.size, answersUntilGrowth(window)]);
    assertEquals(growth, [[2, 6], [4, 4], [8, 8], [16, 16], [32, 32], [64, 64], [128, 128]]);
  }
});

Deno.test("Window takes the second loss for a limit of the server, where no more was answered (Q3)", () => {
  const window = new Window(256);
  for (let loss = 0; loss < 2; loss++) {
    window.onLoss(5);
    for (let count = 0; count < 5; count++) window.onAnswer();
    assertEquals(window.size, 2);
  }
  for (let count = 0; count < 2; count++) window.onAnswer();
  assertEquals(window.size, 2);
});
