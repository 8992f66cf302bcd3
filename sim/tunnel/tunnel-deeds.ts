import type { FrontEvent } from "../../runtime/roles/tunnel/front/front-events.ts";
import type { Tube } from "../../generated/tunnel/rpc/tube-user.ts";
import { readJson, writeJson } from "../control/programs/disk-json.ts";
import type { Action, CaseRun } from "../campaign/scenario.ts";
import type { SimulatedProcess } from "../world/simulated-process.ts";
import { LogoutWatch } from "./checkers/logout-watch.ts";
import { decideFor, hasLearnt } from "./programs/front-program.ts";
import { PASSWORD_FILE } from "./programs/node-program.ts";
import type { TunnelParameters } from "./draw-tunnel-case.ts";
import type { TunnelApps } from "./tunnel-apps.ts";
import { LOCAL_PORT } from "./tunnel-stage.ts";
import { Stranger } from "./tunnel-stranger.ts";

const REQUEST = 1;
/** Below the first number of an opening that no program has used. */
const REOPENED = 1_000_000;
/** How long the system takes to start a process again, ms. */
const STARTING_MS = 200;

/** What users, operators and a stranger do in a case. */
export class TunnelDeeds {
  readonly #run: CaseRun;
  readonly #apps: TunnelApps;
  readonly #logouts: LogoutWatch;
  readonly #stranger: Stranger | undefined;
  /** Openings of ada's front: those of its program, from 1, and those that are this class's own. */
  #lastOpening = 0;
  #reopened = REOPENED;
  /** Tunnels as the fronts have seen them last. */
  #tubes: readonly Tube[] = [];

  constructor(run: CaseRun, apps: TunnelApps) {
    const { world } = run;
    this.#run = run;
    this.#apps = apps;
    this.#logouts = new LogoutWatch(run);
    this.#stranger = world.network.hasHost("stranger") ? new Stranger(run) : undefined;
    for (const host of ["front ada", "front bob"]) {
      world.process(host).onEvent((event) => {
        this.#heard(host, event as FrontEvent);
      });
    }
  }

  /** Does what an action says. */
  act({ name, host, with: more = {} }: Action): void {
    const forMs = Number(more["forMs"]);
    switch (name) {
      case "logout":
        this.#logouts.logOut(host);
        return;
      case "forget":
        this.#forget(host, forMs);
        return;
      case "crash":
        this.#end(this.#process(host), "process", forMs);
        return;
      case "fail":
        this.#end(this.#process(host), "machine", forMs);
        return;
      case "stop":
        this.#stop(this.#process(host), forMs);
        return;
      case "close":
        this.#closeFor(forMs);
        return;
      case "reopen":
        this.#reopen();
        return;
      case "list":
        this.#process(host).command({ type: "list", request: REQUEST });
        return;
      case "closeTube": {
        const tunnel = this.#tubes[0]?.tunnel_id;
        if (tunnel === undefined) this.#process(host).command({ type: "list", request: REQUEST });
        else this.#process(host).command({ type: "closeTube", request: REQUEST, tunnel });
        return;
      }
      case "refuse":
        this.#refuse(forMs);
        return;
      case "impersonate":
        this.#impersonate(host, forMs);
        return;
      case "knock":
        this.#stranger?.visitFronts();
        return;
      case "crowd":
        this.#stranger?.crowd();
        return;
      default:
        throw new RangeError(`no action is called ${name}`);
    }
  }

  /** The user of ada's front closes her port, also one that leads nowhere yet. */
  closePorts(): void {
    const close = (opening: number): void => {
      this.#process("front ada").command({ type: "closeOpening", opening });
    };
    for (let opening = 1; opening <= this.#lastOpening + 1; opening += 1) close(opening);
    for (let opening = REOPENED; opening <= this.#reopened; opening += 1) close(opening);
  }

  /** The user closes the port, and has it again after a while. */
  #closeFor(forMs: number): void {
    const { stage } = this.#run.case.parameters as unknown as TunnelParameters;
    const front = this.#process("front ada");
    this.closePorts();
    this.#later(forMs, "open again", () => {
      const at = { address: front.endpoint.address, port: LOCAL_PORT };
      const wish = { ...stage.wish, user: "bob" };
      this.#reopened += 1;
      front.command({ type: "open", opening: this.#reopened, wish, at });
    });
  }

  #heard(host: string, event: FrontEvent): void {
    if (event.type === "listed") this.#tubes = event.tubes ?? [];
    if (host !== "front ada") return;
    // The front opens once each time that it is attached, and after each failure.
    if (event.type === "attached" || event.type === "openFailed") this.#lastOpening += 1;
  }

  /** The front's process ends in order and comes back, with its port. */
  #reopen(): void {
    this.closePorts();
    this.#stop(this.#process("front ada"), STARTING_MS);
  }

  /** A process is told to stop, ends, and is started again. */
  #stop(process: SimulatedProcess, forMs: number): void {
    process.command({ type: "stop" });
    this.#later(STARTING_MS, `end ${process.host}`, () => {
      this.#end(process, "process", forMs);
    });
  }

  /** A process or its machine ends without a word, and is started again. */
  #end(process: SimulatedProcess, what: "process" | "machine", forMs: number): void {
    void process.crash(what);
    this.#later(forMs, `start ${process.host}`, () => {
      void process.start();
    });
  }

  /** A node loses its password, and finds it again. */
  #forget(host: string, forMs: number): void {
    const process = this.#process(host);
    const kept = readJson(process.disk, PASSWORD_FILE);
    if (typeof kept !== "string" || kept === WRONG) return;
    const restart = (password: string): void => {
      writeJson(process.disk, PASSWORD_FILE, password);
      process.disk.sync();
      void process.crash();
      void process.start();
    };
    restart(WRONG);
    this.#later(forMs, `remember ${host}`, () => {
      // A main server that kept nothing of it yet has had it begin anew.
      if (readJson(process.disk, PASSWORD_FILE) === WRONG) restart(kept);
    });
  }

  /** The program that bob offers is away. */
  #refuse(forMs: number): void {
    const { offered, refused } = this.#apps;
    const front = this.#process("front bob");
    const { plain } = (this.#run.case.parameters as unknown as TunnelParameters).stage.wish;
    front.command({ type: "accept", target: refused, plain });
    this.#later(forMs, "offer again", () => {
      front.command({ type: "accept", target: offered, plain });
    });
  }

  /** Somebody else has a user's node, and speaks under the name of that user. */
  #impersonate(host: string, forMs: number): void {
    const front = this.#process(host);
    const other = this.#process(host === "front ada" ? "front bob" : "front ada");
    // Whoever comes first is the one whom the other side keeps.
    if (!hasLearnt(other.disk)) return;
    const restart = (identity: string): void => {
      decideFor(front.disk, { identity });
      void front.crash();
      void front.start();
    };
    restart("front mallory");
    this.#later(forMs, `${host} is back`, () => {
      restart(host);
    });
  }

  /** Whatever it is, it is over when the faults are. */
  #later(forMs: number, label: string, run: () => void): void {
    const { world, case: given } = this.#run;
    world.schedule(Math.min(world.nowMs + forMs, given.healAtMs), label, run);
  }

  #process(host: string): SimulatedProcess {
    return this.#run.world.process(host);
  }
}

/** A password that no main server has given. */
const WRONG = "A".repeat(43);
