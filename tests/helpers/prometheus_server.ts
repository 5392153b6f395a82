/** A Prometheus server that scrapes one address every second, and what it can be asked. */

import { findProgram, freePort } from "./real_peer.ts";

const START_LIMIT = 20_000;
const PAUSE = 100;

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  /** Of an instant: the time, and the number as text. */
  readonly value: readonly [number, string];
}

export class PrometheusServer implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;
  readonly #port: number;

  /** Returns at once; `settled()` waits for it. */
  static async start(target: string): Promise<PrometheusServer> {
    const folder = await Deno.makeTempDir({ prefix: "dnsfwd-prometheus-" });
    const config = {
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "dnsfwd", static_configs: [{ targets: [target] }] }],
    };
    // YAML is what it reads, of which JSON is a part.
    await Deno.writeTextFile(`${folder}/prometheus.yml`, JSON.stringify(config));
    return new PrometheusServer(folder, freePort());
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
    this.#process = new Deno.Command(findProgram("prometheus") ?? "", {
      args: [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  }

  /** The samples that an expression has now. */
  async query(expression: string): Promise<readonly Result[]> {
    const found = await this.#ask(`query?query=${encodeURIComponent(expression)}`);
    if (found === undefined) return [];
    const { status, data, error } = found;
    if (status !== "success") throw new Error(`${expression}: ${error}`);
    return data.result;
  }

  /** Resolves once `expression` has a sample. */
  async settled(expression: string): Promise<readonly Result[]> {
    const end = performance.now() + START_LIMIT;
    for (;;) {
      try {
        const results = await this.query(expression);
        if (results.length > 0) return results;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof TypeError)) throw error;
      }
      if (performance.now() > end) throw new Error(`No ${expression} within ${START_LIMIT} ms`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  /** What went wrong with the latest scrape; empty: nothing. */
  async scrapeError(): Promise<string> {
    const { data: { activeTargets: [{ lastError }] } } = await this.#ask("targets");
    return lastError;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#process.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  /** Undefined while it is starting. */
  async #ask(what: string) {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${what}`);
    if (response.status !== 503) return await response.json();
    await response.body?.cancel();
  }
}
