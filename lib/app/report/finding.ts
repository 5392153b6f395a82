/** Something that a report shows, as a sentence without its full stop, and how bad it is. */

/** Nobody notices; somebody may, or will soon; everybody does. */
export type Grade = "good" | "doubtful" | "bad";

export interface Finding {
  readonly grade: Grade;
  readonly text: string;
  /** The name of the upstream that is to blame. */
  readonly upstream?: string;
}
