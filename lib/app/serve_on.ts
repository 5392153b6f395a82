/** The time between being told to end and the end, for those who send clients here to send them elsewhere. */

import { systemClock } from "../base/clock.ts";
import type { Logger } from "../base/log.ts";
import type { Forwarder } from "./forwarder.ts";
import type { HealthWatch } from "./health_watch.ts";
import type { ServiceManager } from "./service/service_manager.ts";

interface Parts {
  readonly forwarder: Pick<Forwarder, "announceEnd">;
  readonly watch: Pick<HealthWatch, "drain">;
  readonly manager: Pick<ServiceManager, "draining"> | undefined;
  /** Milliseconds that the end takes after that. */
  readonly grace: number;
  readonly log: Logger;
}

/** Resolves after `duration` milliseconds of serving everybody, marked as not ready, or once `urged`. */
export async function serveOn(
  duration: number,
  urged: Promise<void>,
  { forwarder, grace, log, manager, watch }: Parts,
): Promise<void> {
  if (duration === 0) return;
  log.info(`Draining: serving for another ${duration / 1000} s, marked as not ready`);
  watch.drain(duration);
  forwarder.announceEnd();
  manager?.draining(duration, grace);
  const over = Promise.withResolvers<void>();
  const timer = systemClock.after(duration, over.resolve);
  await Promise.race([over.promise, urged]);
  timer.cancel();
}
