/**
 * Puts the program together: config in, running forwarder out.
 *
 *     UDP and TCP listeners -> resolution: coalescer, upstreams
 */

import { type Clock, systemClock } from "../base/clock.ts";
import { ClockFloor } from "../base/clock_floor.ts";
import { type Logger, logger } from "../base/log.ts";
import { Access } from "../listener/access.ts";
import type { StreamLimits } from "../listener/client_connection.ts";
import { ConnectionLimits } from "../listener/connection_limits.ts";
import { ListenerCounters } from "../listener/listener_counters.ts";
import { OwnAddresses } from "../listener/own_addresses.ts";
import { ResponseRate } from "../listener/response_rate.ts";
import { TcpListener } from "../listener/tcp_listener.ts";
import { UdpListener } from "../listener/udp_listener.ts";
import type { Address } from "../net/address.ts";
import type { DatagramSocket } from "../net/datagram_socket.ts";
import { bind, type BoundAddress } from "./bind.ts";
import { ClockWatch } from "./clock_watch.ts";
import { type Config, Limit } from "./settings/config.ts";
import { keepsTime, KnownTime } from "./known_time.ts";
import type { Limits } from "./settings/limits.ts";
import { Disturbances } from "./disturbances.ts";
import { expandWildcards, type InterfaceAddress } from "./settings/listen_address.ts";
import { StateDirectory } from "./state_directory.ts";
import { UdpIoChooser } from "./udp_io.ts";
import { summarize, type Summary } from "./summary.ts";
import { makeResolution, type Resolution } from "./resolution.ts";
import { checkUpstreams } from "./settings/upstream_checks.ts";
import { RELEASED } from "./version.ts";

export interface Forwarder {
  /** The addresses listened on, with their actual ports. */
  readonly addresses: readonly Address[];
  summary(): Summary;
  /** Renews the connections to upstreams because of `reason`; nothing in flight is lost. */
  renew(reason: string): void;
  /** Stops listening, answers what is in flight for at most `grace` milliseconds, then closes all. */
  stop(grace?: number): Promise<void>;
}

export interface ForwarderOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** The wall clock, in milliseconds since 1970. */
  readonly wall?: () => number;
}

const STOP_TICK = 10;

/** Starts to serve; throws `ConfigError` or `BindError`, and then nothing is left open. */
export function startForwarder(config: Config, options: ForwarderOptions = {}): Forwarder {
  const { clock = systemClock, log = logger(), wall = Date.now } = options;
  const started = clock.now();
  const addresses = expandWildcards(config.listen, interfaces());
  checkUpstreams(config, addresses);
  const state = new StateDirectory(config.stateDirectory, log);
  const floor = new ClockFloor({ built: RELEASED, wall });
  const known = keepsTime(config) ? new KnownTime(state, floor, clock) : undefined;
  const resolution = makeResolution({ config, clock, floor, state }, log);
  const bound = bindAll(addresses, config.isDefaultListen, log);
  const sockets = openSockets(bound, config, log);
  const counters = new ListenerCounters();
  const served = () => [...interfaces().map(({ cidr }) => cidr), ...config.allow];
  const access = new Access(served());
  const shared = { resolution, counters, access, clock, log };
  const listeners = listen(bound, sockets, shared, config);
  const renew = (reason: string) => {
    log.info(`${reason}: renewing the connections to upstreams`);
    access.serve(served());
    resolution.renew();
  };
  const watch = new ClockWatch(floor, log, () => resolution.renew());
  const disturbances = new Disturbances({
    clock,
    wall,
    addresses: () => interfaces().map(({ address }) => address),
    onClockSet: () => floor.onClockSet(),
    onDisturbance: renew,
    onLook: () => {
      watch.look();
      resolution.look();
      known?.look();
    },
  });
  disturbances.start();
  return {
    addresses: bound.map(({ tcp }) => ({ hostname: tcp.addr.hostname, port: tcp.addr.port })),
    summary: () => {
      const { questionCounters } = resolution;
      const uptime = clock.now() - started;
      return summarize(counters, resolution.upstreamCounters(), questionCounters, uptime);
    },
    renew,
    stop: async (grace = 0) => {
      disturbances.stop();
      known?.stop();
      for (const listener of listeners) listener.stopTaking();
      await drain(listeners, clock, grace);
      resolution.stop();
      await drain(listeners, clock, STOP_TICK);
      for (const listener of listeners) listener.close();
      await state.settled();
    },
  };
}

function interfaces(): InterfaceAddress[] {
  return Deno.networkInterfaces() as InterfaceAddress[];
}

function bindAll(addresses: readonly Address[], isDefault: boolean, log: Logger): BoundAddress[] {
  const bound: BoundAddress[] = [];
  for (const address of addresses) {
    try {
      bound.push(bind(address));
    } catch (error) {
      if (isDefault && bound.length > 0 && isMissing(error)) {
        log.warning(`Not listening on [${address.hostname}]: this machine has no such address`);
        continue;
      }
      closeAll(bound);
      throw error;
    }
  }
  return bound;
}

function openSockets(
  bound: readonly BoundAddress[],
  config: Config,
  log: Logger,
): DatagramSocket[] {
  const chooser = new UdpIoChooser(config.udpIo, log);
  try {
    // One more peer than clients wait: that of a reply which is sent at once.
    return bound.map(({ udp }) => chooser.open(udp, Limit.IN_FLIGHT + 1));
  } catch (error) {
    closeAll(bound);
    throw error;
  }
}

function closeAll(bound: readonly BoundAddress[]): void {
  for (const { tcp, udp } of bound) {
    tcp.close();
    udp.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = ((error as Error).cause as { code?: string } | undefined)?.code ?? "";
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}

interface Shared {
  readonly resolution: Resolution;
  readonly counters: ListenerCounters;
  readonly access: Access;
  readonly clock: Clock;
  readonly log: Logger;
}

function listen(
  bound: readonly BoundAddress[],
  sockets: readonly DatagramSocket[],
  { resolution, ...shared }: Shared,
  config: Config,
) {
  const { limits, truncate } = config;
  const places = new ConnectionLimits(limits.tcpConnections, limits.tcpConnectionsPerClient);
  const own = new OwnAddresses(sockets.map(({ address }) => address));
  const perSecond = limits.responsesPerSecond;
  const rate = perSecond > 0 ? new ResponseRate(perSecond, shared.log) : undefined;
  const stream = streamLimits(limits);
  const listeners = [
    ...sockets.map((socket, number) =>
      new UdpListener(socket, {
        ...shared,
        answering: resolution.answering(socket.address, number),
        capacity: Limit.IN_FLIGHT,
        truncate,
        rate,
        own,
      })
    ),
    ...bound.map(({ tcp }, number) =>
      new TcpListener(tcp, {
        ...shared,
        answering: resolution.answering(tcp.addr, number),
        limits: places,
        capacity: Limit.TCP_IN_FLIGHT,
        stream,
        keepalive: Math.max(stream.idle, Limit.TCP_KEEPALIVE),
      })
    ),
  ];
  for (const listener of listeners) listener.run();
  return listeners;
}

function streamLimits(limits: Limits): StreamLimits {
  return {
    idle: limits.tcpIdleSeconds * 1000,
    inFlight: limits.tcpInFlight,
    queries: limits.tcpQueries || Infinity,
    lifetime: limits.tcpLifetimeSeconds * 1000 || Infinity,
  };
}

/** Waits until no listener owes a reply, for at most `grace` milliseconds. */
async function drain(
  listeners: readonly { readonly waiting: number }[],
  clock: Clock,
  grace: number,
): Promise<void> {
  const end = clock.now() + grace;
  while (listeners.some((listener) => listener.waiting > 0) && clock.now() < end) {
    await new Promise<void>((resolve) => clock.after(STOP_TICK, resolve));
  }
}
