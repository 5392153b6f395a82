/** What goes wrong between an instance and whoever wants something of it, in plain words. Exit code 1. */
export class InstanceError extends Error {
  override readonly name: string = "InstanceError";
}
