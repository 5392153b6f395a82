/** The page of the program itself, as somebody sees it in Chromium (`--metrics`). */

import { assert, assertEquals } from "@std/assert";
import { Browser } from "../helpers/browser.ts";
import { assertAnswered } from "../helpers/expect.ts";
import { buildQuery } from "../helpers/query.ts";
import { peerTest } from "../helpers/real_peer.ts";
import { type Scenario, startScenario } from "../helpers/scenario.ts";
import { waitUntil } from "../helpers/waiting.ts";

function startAnswering(): Promise<Scenario> {
  const args = ["--metrics", "127.0.0.1:0"];
  return startScenario({ args, script: (query) => query.answer() });
}

/** Where the log says that it tells of itself; that comes after it listens. */
async function pageOf({ program }: Scenario): Promise<string> {
  const found = () => /Metrics at (http:\S+\/)metrics\n/.exec(program.stderr)?.[1];
  await waitUntil(() => found() !== undefined, "address of the page");
  return found() ?? "";
}

async function ask(scenario: Scenario, count: number): Promise<void> {
  for (let each = 0; each < count; each++) {
    const query = buildQuery(`n${each}.example`);
    assertAnswered(query, await scenario.udp().ask(query));
  }
}

peerTest(
  ["chromium"],
  "the page of dnsfwd --metrics shows queries as they come, and its end",
  async () => {
    await using scenario = await startAnswering();
    await using browser = await Browser.start();
    const tab = await browser.open();
    await tab.visit(await pageOf(scenario));
    await tab.hurry();
    assert((await tab.text("body")).includes("No reply yet."));
    await ask(scenario, 30);
    await tab.waitFor(`document.querySelector(".shares tbody tr td")?.innerText === "30"`);
    assert((await tab.text(".shares tbody tr th")).startsWith("NOERROR"));
    assert((await tab.text(".health")).startsWith("Working"));
    assert((await tab.text(".finding")).startsWith("Working: "));
    assertEquals(tab.complaints, []);
    assertEquals(new Set(tab.requests.filter((url) => !url.startsWith("data:"))).size, 2);
    await scenario.program.stop();
    await tab.waitFor(`!document.querySelector("#notice").hidden`);
    assert((await tab.text("#notice")).startsWith("dnsfwd does not answer any more."));
  },
);
