/** The workflows of GitHub: what can be held to without running them. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import { TARGETS } from "../../scripts/release/targets.ts";

const FOLDER = new URL("../../.github/workflows/", import.meta.url);
/** An action by its commit, with the version that this is. */
const PINNED = /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly uses?: string;
  readonly needs?: string;
  readonly container?: { readonly image: string };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: { readonly matrix: { readonly include: readonly { target: string }[] } };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly jobs: Readonly<Record<string, Job>>;
}

function read(name: string): { text: string; workflow: Workflow } {
  const text = Deno.readTextFileSync(new URL(name, FOLDER));
  return { text, workflow: parse(text) as Workflow };
}

const TEST = read("test.yml");
const RELEASE = read("release.yml");
const RUNS = Object.values(RELEASE.workflow.jobs).flatMap(({ steps = [] }) => steps)
  .map(({ run = "" }) => run).join("\n");

Deno.test("Workflows pin actions by commit, images by version, and runners", () => {
  for (const { text, workflow } of [TEST, RELEASE]) {
    const actions = [...text.matchAll(/uses: (?!\.\/)(.*)$/gm)].map(([, action]) => action);
    for (const action of actions) assertMatch(action, PINNED);
    for (const job of Object.values(workflow.jobs)) {
      if (job.container) assertMatch(job.container.image, /^node:\d+\.\d+\.\d+-bookworm$/);
    }
    assert(!text.includes("-latest"));
  }
});

Deno.test("Workflows have few rights, an end, and do not run into each other", () => {
  assertEquals(TEST.workflow.permissions, { contents: "read" });
  assertEquals(RELEASE.workflow.permissions, {});
  for (const { workflow } of [TEST, RELEASE]) {
    assertStringIncludes(workflow.concurrency.group, "${{ github.ref }}");
    for (const [name, job] of Object.entries(workflow.jobs)) {
      assert(job.uses !== undefined || (job["timeout-minutes"] ?? 0) > 0, name);
      const writes = Object.values(job.permissions ?? {}).includes("write");
      assertEquals(writes, name === "publish", name);
    }
  }
});

Deno.test("Workflows run the gate, with the Deno of .deno-version", () => {
  assertStringIncludes(TEST.text, "run: .ci/run");
  for (const { text } of [TEST, RELEASE]) {
    for (const [, version] of text.matchAll(/deno@([^" ]+ ?[^" ]*)"/g)) {
      assertEquals(version, "$(cat .deno-version)");
    }
  }
});

Deno.test("A release is tested, built, tried on each target, attested, and drafted", () => {
  const { jobs } = RELEASE.workflow;
  assertEquals(Object.keys(jobs), ["version", "test", "build", "try", "publish"]);
  const needs = Object.values(jobs).map((job) => job.needs);
  assertEquals(needs, [undefined, "version", "test", "build", "try"]);
  assertEquals(jobs.test.uses, "./.github/workflows/test.yml");
  assertEquals(jobs.try.strategy?.matrix.include.map(({ target }) => target), [...TARGETS]);
  assertStringIncludes(RUNS, 'task release --tag "$GITHUB_REF_NAME"');
  assertStringIncludes(RUNS, "--draft --verify-tag");
  assertStringIncludes(RELEASE.text, "actions/attest-build-provenance@");
});

Deno.test("Workflows put nothing from outside into a script", () => {
  for (const { workflow } of [TEST, RELEASE]) {
    for (const { steps = [] } of Object.values(workflow.jobs)) {
      for (const { run = "" } of steps) assert(!run.includes("${{"), run);
    }
  }
});
