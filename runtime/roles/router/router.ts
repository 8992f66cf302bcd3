import { CertificateVerifier } from "../../core/index.ts";
import type {
  Effect,
  Endpoint,
  Identity,
  Input,
  Role,
  RpcValidators,
  StreamId,
} from "../../core/index.ts";
import { CONTROL_LIMITS } from "../../../generated/control/limits.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import type { ConnectToHub } from "../../../generated/control/messages/telemetry.ts";
import type { Inventory } from "../../../generated/control/messages/visits.ts";
import { decodeRouterUdp } from "../../../generated/control/receive.ts";
import { ROUTER_METHODS } from "../../../generated/control/rpc/router.ts";
import { Reporter } from "../../../generated/control/types.ts";
import { SYSTEM_LIMITS } from "../../../generated/system/limits.ts";
import type { SystemLimits } from "../../../generated/system/limits.ts";
import type { ChannelSurroundings } from "../channel/channel.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { RoleEnvironment } from "../kernel/kernel.ts";
import { Scratch } from "../kernel/scratch.ts";
import { ReporterEndpoint } from "../reporter/reporter.ts";
import type { ReporterState } from "../reporter/reporter.ts";
import { RouterReport } from "./report.ts";
import type { RouterCommand, RouterEvent, RouterReadings } from "./router-events.ts";
import { RouterSession } from "./session.ts";

/** What a router is made with. */
export interface RouterOptions extends RoleEnvironment {
  readonly identity: Identity;
  /** Hardware address that names the router, 48 bits. */
  readonly mac: number;
  /** UDP and TCP address of the hub. */
  readonly hub: Endpoint;
  /** What the store holds; with `hub` set, no other hub is accepted. */
  readonly state: ReporterState;
  /** How often the router was started with its store, this start included; saved before it runs. 1 … 2^20. */
  readonly starts: number;
  /** How often to report, milliseconds. Default: `telemetryPeriodMs` of the spec. */
  readonly periodMs?: number;
  readonly inventory: Inventory;
  /** Claim code to present. */
  readonly claim?: string;
  /** The router's figures of this moment. */
  readonly readings: () => RouterReadings;
  readonly validators: RpcValidators<keyof typeof ROUTER_METHODS>;
  /** Default: those of the spec. */
  readonly limits?: ControlLimits;
  readonly systemLimits?: SystemLimits;
}

/** The device that is controlled: reports to the hub, follows invitations, answers its clients. */
export class Router implements Role<RouterCommand, RouterEvent> {
  readonly #options: RouterOptions;
  readonly #limits: ControlLimits;
  readonly #kernel: Kernel<RouterEvent>;
  readonly #around: ChannelSurroundings;
  readonly #reporter: ReporterEndpoint;
  readonly #report: RouterReport;
  /** Made with the first session, as is the next one: most routers of a simulated fleet never have any. */
  #sessions: Map<number, RouterSession> | undefined;
  /** Sessions by the ticket of their invitation, which is pushed more than once. */
  #invitations: Map<string, RouterSession> | undefined;
  #lastSession = 0;
  #stopping = false;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#limits = options.limits ?? CONTROL_LIMITS;
    this.#kernel = new Kernel(options);
    this.#around = {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity: options.identity,
      verifier: options.verifier ?? new CertificateVerifier(options.crypto),
      systemLimits: options.systemLimits ?? SYSTEM_LIMITS,
    };
    this.#reporter = this.#createReporter();
    this.#report = this.#createReport();
  }

  handle(input: Input<RouterCommand>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input)) return;
    if (input.type === "datagram") this.#reporter.receive(input.from, input.bytes);
    else if (input.type === "streamAccepted") this.#refuse(input.stream);
    else if (input.type === "command") this.#command(input.command);
  }

  poll(): Effect<RouterEvent> | undefined {
    return this.#kernel.poll();
  }

  /** What peers did wrong and what was refused, by code. */
  get counts(): ReadonlyMap<string, number> {
    return this.#kernel.counts;
  }

  /** Nobody connects to a router. */
  #refuse(stream: StreamId): void {
    this.#kernel.count("stranger");
    this.#kernel.refuseStream(stream);
  }

  #command(command: RouterCommand): void {
    switch (command.type) {
      case "start":
        this.#reporter.begin();
        if (this.#reporter.isEnrolled) this.#report.begin();
        return;
      case "saved":
        this.#reporter.saved();
        return;
      case "inventory":
        this.#report.setInventory(command.inventory);
        if (this.#reporter.isEnrolled) this.#report.begin();
        return;
      case "claim":
        this.#report.setCode(command.code);
        if (this.#reporter.isEnrolled) this.#report.begin();
        return;
      case "setPeriod":
        this.#reporter.reportNow(command.periodMs);
        return;
      case "callEnded":
        this.#sessions?.get(command.session)?.calls.complete(command.call, command.handled);
        return;
      case "stop":
        this.#stopping = true;
        this.#reporter.dispatch({ name: "stop" });
        this.#report.stop();
        for (const session of [...(this.#sessions?.values() ?? [])]) session.stop();
        return;
    }
  }

  /** An invitation that came before is followed already. */
  #invited({ ticket }: ConnectToHub): void {
    const name = ticket.join();
    if (this.#stopping || this.#invitations?.has(name) === true) return;
    if ((this.#sessions?.size ?? 0) >= this.#limits.sessionsMax) {
      this.#kernel.count("limit");
      return;
    }
    this.#lastSession += 1;
    const session = new RouterSession(
      {
        ...this.#around,
        limits: this.#limits,
        mac: this.#options.mac,
        hub: this.#options.hub,
        isHub: (peer) => this.#reporter.isHub(peer),
        keyById: (keyId) => this.#reporter.keys.keyById(keyId),
        calls: {
          methods: ROUTER_METHODS,
          validators: this.#options.validators,
          maxConcurrent: this.#around.systemLimits.rpcCallsMax,
          call: (call) => {
            this.#kernel.report({ type: "call", ...call });
          },
          fault: (method, problem) => {
            this.#kernel.report({ type: "fault", method, problem });
          },
        },
        sessionOpen: ({ id }, client) => {
          this.#kernel.report({ type: "sessionOpen", session: id, client });
        },
        sessionOver: ({ id, wasTold }) => {
          if (this.#sessions?.delete(id) !== true) return;
          if (wasTold) this.#forgetLater(name);
          else this.#invitations?.delete(name);
          this.#kernel.report({ type: "sessionOver", session: id });
        },
      },
      { id: this.#lastSession, ticket },
    );
    this.#sessions ??= new Map();
    this.#sessions.set(session.id, session);
    this.#invitations ??= new Map();
    this.#invitations.set(name, session);
    session.begin();
  }

  /** A copy of the invitation may still be on its way; the hub makes none after it gave up. */
  #forgetLater(name: string): void {
    this.#kernel.arm(`invitation/${name}`, this.#limits.wantedMs, () => {
      this.#invitations?.delete(name);
    });
  }

  #createReporter(): ReporterEndpoint {
    const { mac, hub, state, starts, readings } = this.#options;
    return new ReporterEndpoint({
      ...this.#around,
      limits: this.#limits,
      reporter: Reporter.router,
      subject: mac,
      hub,
      state,
      starts,
      periodMs: this.#options.periodMs ?? this.#limits.telemetryPeriodMs,
      report: (key, periodMs) => ({
        name: "Telemetry",
        message: { key, mac, periodMs, ...readings(), sessions: this.#serving() },
      }),
      decode: decodeRouterUdp,
      invited: (invitation) => {
        this.#invited(invitation);
      },
      tell: (event) => {
        this.#kernel.report(event);
        if (event.type === "enrolled") this.#report.begin();
      },
    });
  }

  #createReport(): RouterReport {
    const { hub, mac, inventory, claim } = this.#options;
    const office = {
      ...this.#around,
      limits: this.#limits,
      mac,
      hub,
      isHub: (peer: { readonly fingerprint: Uint8Array }): boolean => this.#reporter.isHub(peer),
      reported: (outcome: number): void => {
        this.#kernel.report({ type: "reported", claim: outcome });
      },
    };
    return new RouterReport(office, inventory, claim);
  }

  #serving(): number {
    let serving = 0;
    if (this.#sessions === undefined) return serving;
    for (const session of this.#sessions.values()) if (session.isServing) serving += 1;
    return serving;
  }
}
