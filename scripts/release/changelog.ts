/** CHANGELOG.md in the form of Keep a Changelog 1.1.0: a section per version, the newest first. */

export interface Section {
  /** Such as 1.2.3. */
  readonly version: string;
  /** `YYYY-MM-DD`. */
  readonly date: string;
  /** Without the heading. */
  readonly text: string;
}

const HEADING = /^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$/;

/** The sections of versions that have a date, in the order of the file. */
export function sections(changelog: string): Section[] {
  return changelog.split(/^(?=## )/m).flatMap((part) => {
    const [heading, ...lines] = part.split("\n");
    const [, version, date] = HEADING.exec(heading) ?? [];
    return version === undefined ? [] : [{ version, date, text: lines.join("\n").trim() }];
  });
}

/**
 * What is wrong with releasing `version` of that day (in milliseconds since 1970) as `tag`; undefined: nothing.
 * Without a tag the version alone is looked at.
 */
export function mistake(
  changelog: string,
  version: string,
  released: number,
  tag?: string,
): string | undefined {
  if (tag !== undefined && tag !== `v${version}`) {
    return `The tag is ${tag}, and the version v${version} (deno.json)`;
  }
  const [newest] = sections(changelog);
  const day = new Date(released).toISOString().slice(0, 10);
  if (newest?.version !== version) {
    return `The newest version in CHANGELOG.md is ${
      newest?.version ?? "none"
    }, not ${version} (deno.json)`;
  }
  if (newest.date !== day) {
    return `Version ${version} is of ${newest.date} in CHANGELOG.md, and of ${day} in ` +
      "lib/app/version.ts (RELEASED)";
  }
  return newest.text === "" ? `CHANGELOG.md says nothing of ${version}` : undefined;
}
