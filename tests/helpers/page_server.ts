/** Serves a page as the program does, and counts who asks for what. */

import type { PageContent } from "../../lib/app/web/page/page.ts";
import { pageRoutes } from "../../lib/app/web/page/page_routes.ts";

const POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export class PageServer implements AsyncDisposable {
  content: PageContent;
  /** Of every answer. */
  status = 200;
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  readonly #routes = pageRoutes(() => this.content);
  #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(content: PageContent) {
    this.content = content;
    this.#server = this.#serve(0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Ends it; `start()` has it answer again, at the same address. */
  async stop(): Promise<void> {
    await this.#server.shutdown();
  }

  start(): void {
    this.#server = this.#serve(this.#server.addr.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #serve(port: number): Deno.HttpServer<Deno.NetAddr> {
    const options = { hostname: "127.0.0.1", port, onListen: () => {} };
    return Deno.serve(options, (request) => this.#answer(new URL(request.url).pathname));
  }

  #answer(path: string): Response {
    this.asked.push(path);
    const route = this.#routes[path];
    if (route === undefined) return new Response("Not Found", { status: 404 });
    const { policy, text, type } = route();
    const headers = {
      "content-type": type,
      "content-security-policy": policy === undefined ? POLICY : `${POLICY}; ${policy}`,
    };
    return new Response(text, { status: this.status, headers });
  }
}
