import type { Effect, Endpoint, Input, Role } from "../../runtime/core/index.ts";
import type { EventHandler } from "../engine/index.ts";
import type { NetworkNode, UdpOwner } from "../network/network-node.ts";
import type { HostFault, HostFaultTaker, SimNetwork } from "../network/sim-network.ts";
import { HostClock, HostTimers } from "./host-clock.ts";
import type { TimerOwner } from "./host-clock.ts";
import { SimDisk } from "./sim-disk.ts";
import { SimStreams } from "./sim-streams.ts";
import type { SimStreamLimits } from "./sim-streams.ts";

/** What a simulated host does unless it is told otherwise: as `HOST_LIMITS` of the real one. */
const LIMITS_DEFAULT: SimStreamLimits = {
  connectionsMax: 20_000,
  connectionsPerAddressMax: 1_000,
  dialTimeoutMs: 10_000,
  pendingBytesMax: 8 * 1024 * 1024,
  keepAliveMs: 15_000,
  lingerMs: 5_000,
  relayIdleMs: 300_000,
};

/** Inputs that may wait while one is handled; more is a loop between a role and its owner. */
const WAITING_INPUTS_MAX = 65_536;

/** What a host is made with. */
export interface SimHostOptions<Command, Event> {
  readonly network: SimNetwork;
  /** Its name in the topology. */
  readonly name: string;
  /** Makes the role, for each start anew, from what is on the disk. */
  readonly createRole: (host: SimHost<Command, Event>) => Role<Command, Event>;
  /** Takes what the role reports. It may call `command`, which then waits for its turn. */
  readonly onEvent: (event: Event, host: SimHost<Command, Event>) => void;
  /** Called after each start, when the role exists. */
  readonly onStart?: (host: SimHost<Command, Event>) => void;
  /** UDP port, 0 for any free one, another with each start. Default none. */
  readonly udpPort?: number;
  /** TCP port to listen on. Default none; streams can be dialed all the same. */
  readonly tcpPort?: number;
  readonly limits?: Partial<SimStreamLimits>;
}

/** What runs between a start and the next crash. */
interface Running<Command, Event> {
  readonly role: Role<Command, Event>;
  readonly streams: SimStreams;
  readonly timers: HostTimers;
  readonly udpPort: number | undefined;
}

/**
 * A host of a simulated network that drives one role as `runtime/io/host.ts` does: one input at a time, and after
 * each one all of its effects, in order, before the next. It can crash and start again; its disk and clocks stay.
 */
export class SimHost<Command, Event> implements HostFaultTaker, TimerOwner, UdpOwner {
  readonly name: string;
  readonly clock: HostClock;
  /** How often it was started. */
  starts = 0;
  readonly #options: SimHostOptions<Command, Event>;
  readonly #node: NetworkNode;
  readonly #waiting: Input<Command>[] = [];
  #disk: SimDisk | undefined;
  #running: Running<Command, Event> | undefined;
  #isBusy = false;

  /** Not started yet. @throws {RangeError} if the network has no such host. */
  constructor(options: SimHostOptions<Command, Event>) {
    this.name = options.name;
    this.#options = options;
    this.#node = options.network.node(options.name);
    this.clock = new HostClock(options.network.simulation);
    options.network.onHostFault(options.name, this);
  }

  /** Its files. */
  get disk(): SimDisk {
    this.#disk ??= new SimDisk();
    return this.#disk;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** The role that runs; undefined while the host is down. */
  get role(): Role<Command, Event> | undefined {
    return this.#running?.role;
  }

  /** Where its UDP socket is, as the host itself knows; undefined without one or while it is down. */
  get udpAddress(): Endpoint | undefined {
    const port = this.#running?.udpPort;
    return port === undefined ? undefined : { address: this.#node.address, port };
  }

  /** Where it listens for TCP; undefined if it does not. */
  get tcpAddress(): Endpoint | undefined {
    const { tcpPort } = this.#options;
    return tcpPort === undefined ? undefined : { address: this.#node.address, port: tcpPort };
  }

  /** Names of the timers that run. */
  get timers(): readonly string[] {
    return this.#running?.timers.names ?? [];
  }

  /** Streams that are open or being opened. */
  get streams(): number {
    return this.#running?.streams.open ?? 0;
  }

  /** Starts a new role. Nothing if one runs. */
  start(): void {
    if (this.#running !== undefined) return;
    const { network, createRole, udpPort, tcpPort, limits, onStart } = this.#options;
    this.starts += 1;
    this.#node.powerOn();
    this.#note("started");
    const streams = new SimStreams(
      this.#node,
      limits === undefined ? LIMITS_DEFAULT : { ...LIMITS_DEFAULT, ...limits },
      (input) => {
        if (this.#running?.streams === streams) this.#feed(input);
      },
    );
    const timers = new HostTimers(network.simulation, this.clock, this);
    const boundPort = udpPort === undefined ? undefined : this.#node.bindUdp(udpPort, this);
    if (tcpPort !== undefined) streams.listen(tcpPort);
    this.#running = { role: createRole(this), streams, timers, udpPort: boundPort };
    this.#guard();
    onStart?.(this);
  }

  /**
   * Ends without a word to the role. `process`: the system closes its sockets, its files stay. `machine`: silence;
   * of what was not synced only the first `writesKept` operations are on the disk, also if no process runs just then.
   */
  crash(what: "process" | "machine", writesKept = 0): void {
    const running = this.#running;
    if (running === undefined && what === "process") return;
    this.#note(`${what} crashed`);
    this.#running = undefined;
    this.#waiting.length = 0;
    running?.timers.cancelAll();
    running?.streams.drop();
    if (what === "process") {
      this.#node.endProcess();
    } else {
      this.#node.powerOff();
      this.#disk?.cut(writesKept);
    }
  }

  /** Crashes, if it runs, and starts again at once. */
  restart(what: "process" | "machine" = "process"): void {
    this.crash(what);
    this.start();
  }

  /** Gives the role a command; nothing happens while the host is down. */
  command(command: Command): void {
    this.#feed({ type: "command", command });
  }

  /** For its timers: one is due. */
  onTimer(timer: string): void {
    this.#feed({ type: "timer", timer });
  }

  /** For its socket: a datagram came. */
  onDatagram(from: Endpoint, bytes: Uint8Array): void {
    if (from.port !== 0) this.#feed({ type: "datagram", from, bytes: bytes.slice() });
  }

  /** What befalls this host by plan. */
  takeFault(fault: HostFault): void {
    switch (fault.kind) {
      case "crash": {
        const { isRunning, starts } = this;
        this.crash(fault.what, fault.writesKept);
        // Whoever ended a process that does not run is the one to start it again.
        if (!isRunning || fault.downForUs === undefined) return;
        this.#options.network.simulation.schedule(fault.downForUs, RESTART, { host: this, starts });
        return;
      }
      case "clockRate":
        this.clock.setRate(fault.rate);
        this.#running?.timers.reschedule();
        return;
      case "clockJump":
        this.clock.jump(fault.byMs);
        return;
    }
  }

  #note(what: string): void {
    this.#options.network.simulation.trace.record(this.name, "host", what);
  }

  #feed(input: Input<Command>): void {
    if (this.#running === undefined) return;
    if (this.#isBusy) {
      if (this.#waiting.length >= WAITING_INPUTS_MAX) throw new RangeError("too many inputs wait");
      this.#waiting.push(input);
      return;
    }
    this.#guard(input);
  }

  /** Hands the input, if there is one, and what comes up meanwhile to the role, each with its effects. */
  #guard(input?: Input<Command>): void {
    this.#isBusy = true;
    try {
      if (input === undefined) this.#drain();
      else this.#handle(input);
      if (this.#waiting.length === 0) return;
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#handle(next);
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #handle(input: Input<Command>): void {
    this.#running?.role.handle(input, this.clock.nowMs);
    this.#drain();
  }

  #drain(): void {
    for (let running = this.#running; running !== undefined; running = this.#running) {
      const effect = running.role.poll();
      if (effect === undefined) return;
      this.#perform(effect, running);
    }
  }

  #perform(effect: Effect<Event>, { streams, timers, udpPort }: Running<Command, Event>): void {
    switch (effect.type) {
      case "sendDatagram":
        // Port 0 cannot be sent to; the real host counts it and goes on.
        if (udpPort === undefined || effect.to.port === 0) return;
        this.#node.sendUdp(udpPort, effect.to, effect.bytes.slice());
        return;
      case "openStream":
        streams.dial(effect.stream, effect.to);
        return;
      case "writeStream":
        streams.write(effect.stream, effect.bytes);
        return;
      case "closeStream":
        streams.close(effect.stream, effect.abort);
        return;
      case "relayStreams":
        streams.relay(effect);
        return;
      case "listen":
        streams.listenFor(effect);
        return;
      case "unlisten":
        streams.unlisten(effect.listener);
        return;
      case "armTimer":
        timers.arm(effect.timer, effect.afterMs);
        return;
      case "cancelTimer":
        timers.cancel(effect.timer);
        return;
      case "event":
        this.#noteEvent(effect.event);
        this.#options.onEvent(effect.event, this);
        return;
    }
  }

  #noteEvent(event: Event): void {
    const isNamed = typeof event === "object" && event !== null && "type" in event;
    const name = isNamed && typeof event.type === "string" ? event.type : "event";
    this.#options.network.simulation.trace.record(this.name, "role-event", name);
  }
}

/** A host that is down, and how often it had been started. */
interface Down {
  readonly host: { readonly starts: number; start(): void };
  readonly starts: number;
}

/** Starts a host again, unless somebody has meanwhile: what ended it then says when it comes back. */
const RESTART: EventHandler<Down> = {
  label: "restart",
  handle: ({ host, starts }) => {
    if (host.starts === starts) host.start();
  },
};
