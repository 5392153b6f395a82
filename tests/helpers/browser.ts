/**
 * A real browser, Chromium without a window, driven by its DevTools protocol. It has a profile of its own, and
 * knows no name: whatever is not an address of this machine cannot be reached, and is seen to be asked for.
 */

import { BrowserTab } from "./browser_tab.ts";
import { DevTools } from "./dev_tools.ts";
import { within } from "./waiting.ts";

const START_LIMIT = 20_000;
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--hide-scrollbars",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--remote-debugging-port=0",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export class Browser implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #tools: DevTools;
  readonly #log: Promise<void>;

  static async start(): Promise<Browser> {
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-browser-" });
    const process = new Deno.Command("chromium", {
      args: [...FLAGS, `--user-data-dir=${folder}`],
      env: { HOME: folder },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const address = Promise.withResolvers<string>();
    const log = followLog(process, address);
    try {
      const url = await within(address.promise, START_LIMIT, "address of the browser");
      return new Browser(process, folder, await DevTools.connect(url), log);
    } catch (error) {
      await end(process, folder, log);
      throw error;
    }
  }

  private constructor(
    process: Deno.ChildProcess,
    folder: string,
    tools: DevTools,
    log: Promise<void>,
  ) {
    this.#process = process;
    this.#folder = folder;
    this.#tools = tools;
    this.#log = log;
  }

  /** A tab with nothing in it. */
  open(): Promise<BrowserTab> {
    return BrowserTab.open(this.#tools);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tools.call("Browser.close");
    await this.#tools[Symbol.asyncDispose]();
    await end(this.#process, this.#folder, this.#log);
  }
}

/** Reads to its end what the browser says; its first words are where it can be driven. */
async function followLog(
  process: Deno.ChildProcess,
  address: PromiseWithResolvers<string>,
): Promise<void> {
  let text = "";
  for await (const part of process.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    const url = /DevTools listening on (\S+)\n/.exec(text)?.[1];
    if (url !== undefined) address.resolve(url);
  }
  address.reject(new Error(`The browser has ended:\n${text}`));
}

async function end(
  process: Deno.ChildProcess,
  folder: string,
  log: Promise<void>,
): Promise<void> {
  try {
    process.kill("SIGKILL");
  } catch { /* it has ended by itself */ }
  await process.status;
  await log;
  await Deno.remove(folder, { recursive: true });
}
