/** A tab of a browser: what it shows, what it says on its console, and whom it asks. */

import type { DevTools, Params, Result } from "./dev_tools.ts";
import { within } from "./waiting.ts";

const LOAD_LIMIT = 10_000;
const WAIT_LIMIT = 10_000;
/** Milliseconds. */
const ENDLESS = 1e9;
const DOMAINS = ["Page", "Runtime", "Network", "Log", "Audits"];

export class BrowserTab {
  /** Messages on the console, exceptions, and what the browser itself complains of. */
  readonly complaints: string[] = [];
  /** Addresses of all it asked for. */
  readonly requests: string[] = [];
  readonly #tools: DevTools;
  readonly #session: string;
  #loaded = Promise.withResolvers<void>();

  static async open(tools: DevTools): Promise<BrowserTab> {
    const { targetId } = await tools.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await tools.call("Target.attachToTarget", { targetId, flatten: true });
    const tab = new BrowserTab(tools, sessionId);
    for (const domain of DOMAINS) await tab.call(`${domain}.enable`);
    return tab;
  }

  private constructor(tools: DevTools, session: string) {
    this.#tools = tools;
    this.#session = session;
    const complain = (what: unknown) => this.complaints.push(JSON.stringify(what));
    this.#listen("Runtime.consoleAPICalled", ({ args }) => complain(args));
    this.#listen("Runtime.exceptionThrown", ({ exceptionDetails }) => complain(exceptionDetails));
    this.#listen("Log.entryAdded", ({ entry }) => complain(entry));
    this.#listen("Audits.issueAdded", ({ issue }) => complain(issue));
    this.#listen("Network.requestWillBeSent", ({ request }) => this.requests.push(request.url));
    this.#listen("Page.loadEventFired", () => this.#loaded.resolve());
  }

  call(method: string, params: Params = {}): Promise<Result> {
    return this.#tools.call(method, params, this.#session);
  }

  /** Resolves once all of it is loaded. */
  async visit(url: string): Promise<void> {
    this.#loaded = Promise.withResolvers();
    await this.call("Page.navigate", { url });
    await within(this.#loaded.promise, LOAD_LIMIT, `load event of ${url}`);
  }

  /** What an expression is in the page: plain data. */
  async evaluate(expression: string): Promise<Result> {
    const options = { expression, returnByValue: true, awaitPromise: true };
    const { exceptionDetails, result } = await this.call("Runtime.evaluate", options);
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Returns once an expression is true in the page; each look is a call, which is pause enough. */
  async waitFor(expression: string): Promise<void> {
    const end = performance.now() + WAIT_LIMIT;
    while (!await this.evaluate(expression)) {
      if (performance.now() > end) throw new Error(`Not within ${WAIT_LIMIT} ms: ${expression}`);
    }
  }

  /** The visible text of the first element that a selector finds. */
  text(selector: string): Promise<string> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  /** As a window or a phone of so many CSS pixels. */
  async resize(width: number, height: number, scale = 1): Promise<void> {
    const mobile = width < 600;
    const size = { width, height, deviceScaleFactor: scale, mobile };
    await this.call("Emulation.setDeviceMetricsOverride", size);
  }

  async prefer(colorScheme: "light" | "dark"): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: colorScheme }];
    await this.call("Emulation.setEmulatedMedia", { features });
  }

  async forbidScripts(): Promise<void> {
    await this.call("Emulation.setScriptExecutionDisabled", { value: true });
  }

  /** Has so many milliseconds pass in the page as fast as can be: no timer is waited for, but all that it asks. */
  async passTime(milliseconds: number): Promise<void> {
    const passed = Promise.withResolvers<void>();
    this.#listen("Emulation.virtualTimeBudgetExpired", () => passed.resolve());
    await this.#startTime(milliseconds);
    await within(passed.promise, WAIT_LIMIT, "end of the time to pass");
  }

  /** From now on time passes like that. */
  async hurry(): Promise<void> {
    this.#listen("Emulation.virtualTimeBudgetExpired", () => {});
    await this.#startTime(ENDLESS);
  }

  async #startTime(budget: number): Promise<void> {
    const policy = "pauseIfNetworkFetchesPending";
    await this.call("Emulation.setVirtualTimePolicy", { policy, budget });
  }

  /** A PNG of the whole page, however long. */
  async picture(): Promise<Uint8Array> {
    const options = { format: "png", captureBeyondViewport: true };
    const { cssContentSize: { height, width } } = await this.call("Page.getLayoutMetrics");
    const clip = { x: 0, y: 0, width, height, scale: 1 };
    const { data } = await this.call("Page.captureScreenshot", { ...options, clip });
    return Uint8Array.fromBase64(data);
  }

  #listen(method: string, listener: (params: Result) => void): void {
    this.#tools.listen(this.#session, method, listener);
  }
}
