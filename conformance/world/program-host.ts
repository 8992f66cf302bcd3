import type { Endpoint } from "../../runtime/core/index.ts";
import { RoleHost } from "../../runtime/io/host.ts";
import { createSilentLog } from "../../runtime/io/log.ts";
import type {
  ProcessPlan,
  Program,
  ProgramFactory,
  ProgramProcess,
  ProgramStart,
} from "../../sim/world/world.ts";

/** What a program is run with on this machine's sockets. */
export interface ProgramHostOptions extends Omit<ProgramStart, "nowMs"> {
  readonly program: Program<unknown, unknown>;
  /** Ports to bind at the endpoint's address: UDP 0 for any free one. None if absent. */
  readonly udpPort?: number | undefined;
  readonly tcpPort?: number | undefined;
  /** Hears each event when the program has taken it. */
  readonly onEvent: (event: unknown) => void;
}

/** The program of a plan. @throws {RangeError} if there is none of its name. */
export function programOf(
  programs: Readonly<Record<string, ProgramFactory>>,
  { program, options }: ProcessPlan,
): Program<unknown, unknown> {
  const factory = programs[program];
  if (factory === undefined) throw new RangeError(`there is no program ${program}`);
  // Whoever made the plan knows the program's options, commands and events.
  return factory(options as never);
}

/** A process that is ended gets no time to send what it had to say; this is what the system needs to close. */
const DRAIN_MS = 20;

/** One start of a program over real sockets and in real time, until it is ended. */
export class ProgramHost {
  readonly #options: ProgramHostOptions;
  readonly #later = new Set<NodeJS.Timeout>();
  /** Commands from before the sockets were open. */
  readonly #early: unknown[] = [];
  #host: RoleHost<unknown, unknown> | undefined;
  #isEnded = false;

  private constructor(options: ProgramHostOptions) {
    this.#options = options;
  }

  /** @throws {OperatorError} if a port is taken. */
  static async start(options: ProgramHostOptions): Promise<ProgramHost> {
    const made = new ProgramHost(options);
    const { program, endpoint, udpPort, tcpPort } = options;
    const { address } = endpoint;
    const host = await RoleHost.start<unknown, unknown>({
      role: program.createRole({ ...options, nowMs: () => performance.now() }),
      log: createSilentLog(),
      onEvent: (event) => {
        made.#take(event);
      },
      limits: { drainMs: DRAIN_MS },
      ...(udpPort !== undefined && { udp: { address, port: udpPort } }),
      ...(tcpPort !== undefined && { tcp: { address, port: tcpPort } }),
    });
    made.#host = host;
    try {
      program.onStart?.(made.#around);
      for (const command of made.#early) host.command(command);
    } catch (error) {
      await made.crash();
      throw error;
    }
    return made;
  }

  /** Where its UDP socket is, or where it listens for TCP; with port 0 if it has neither. */
  get endpoint(): Endpoint {
    const { endpoint } = this.#options;
    const port = this.#host?.udpAddress?.port ?? this.#host?.tcpAddress?.port ?? 0;
    return { address: endpoint.address, port };
  }

  /** Nothing happens when it has ended. */
  command(command: unknown): void {
    if (this.#isEnded) return;
    if (this.#host === undefined) this.#early.push(command);
    else this.#host.command(command);
  }

  /** Ends it without a word to the role; the system closes its sockets. */
  async crash(): Promise<void> {
    this.#isEnded = true;
    for (const timer of this.#later) clearTimeout(timer);
    await this.#host?.close();
  }

  get #around(): ProgramProcess<unknown> {
    return {
      disk: this.#options.disk,
      command: (command) => {
        this.command(command);
      },
      after: (delayMs, work) => {
        const timer = setTimeout(() => {
          this.#later.delete(timer);
          if (!this.#isEnded) work();
        }, delayMs);
        this.#later.add(timer);
      },
    };
  }

  #take(event: unknown): void {
    if (this.#isEnded) return;
    const { program, onEvent } = this.#options;
    onEvent(event);
    program.onEvent?.(event, this.#around);
  }
}
