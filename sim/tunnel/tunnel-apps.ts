import type { Endpoint } from "../../runtime/core/index.ts";
import type { TcpConnection } from "../network/tcp-connection.ts";
import type { TcpEnd, TcpOwner } from "../network/tcp.ts";
import type { SimulatedWorld } from "../world/simulated-world.ts";
import { byteOf } from "./checkers/plaintext.ts";

/**
 * How two programs use a tunnel. `echo`: the far one gives back what it gets, and ends when it has all. `question`: the
 * near one says all and ends; only then the far one answers. `greeting`: the far one says all and ends; only then the
 * near one answers, and ends. The last two need ends of one direction to pass while the other goes on.
 */
export type RunMode = (typeof RUN_MODES)[number];

export const RUN_MODES: readonly ["echo", "question", "greeting"] = [
  "echo",
  "question",
  "greeting",
];

/** One use of a tunnel. */
export interface RunPlan {
  /** Names it; from 1. */
  readonly run: number;
  readonly mode: RunMode;
  /** Bytes in each direction, >= 1. */
  readonly bytes: number;
}

/** How a use of a tunnel stands. */
export interface RunState extends RunPlan {
  /** Whether a side has come to its end; the far one has from the beginning until a connection comes. */
  hasNearEnded: boolean;
  hasFarEnded: boolean;
  /** Both got every byte and an end. */
  isNearWhole: boolean;
  isFarWhole: boolean;
}

/** One side of a run. */
export type RunSide = "near" | "far";

/** Who judges what programs see. */
export interface AppJudge {
  /** Bytes or ends that no tunnel may give. */
  wrong(message: string): void;
  /** Whether an end at this side says that all has come. It does not if the front there failed: its system ends what it had. */
  trustsEnds(side: RunSide): boolean;
}

const PORT = 80;
/** Nobody listens there. */
const CLOSED_PORT = 82;
const HEADER_BYTES = 12;
const PIECE_BYTES = 20_000;
const EMPTY: Uint8Array = new Uint8Array(0);

/** The programs at both ends of ada's tunnels to bob. They end directions one by one, as roles cannot. */
export class TunnelApps {
  readonly runs: Map<number, RunState> = new Map<number, RunState>();
  readonly #world: SimulatedWorld;
  readonly #judge: AppJudge;
  readonly #come = new Set<number>();

  constructor(world: SimulatedWorld, judge: AppJudge) {
    this.#world = world;
    this.#judge = judge;
    world.network.node("app bob").listenTcp(PORT, {
      onConnection: (connection) => {
        this.#serve(connection);
        return true;
      },
    });
  }

  /** Runs that have not ended at both sides. */
  get running(): readonly number[] {
    return [...this.runs.values()]
      .filter(({ hasNearEnded, hasFarEnded }) => !hasNearEnded || !hasFarEnded)
      .map(({ run }) => run);
  }

  /** Where the far program is reached. */
  get offered(): Endpoint {
    return { address: this.#world.network.node("app bob").address, port: PORT };
  }

  /** Where nobody answers but with a refusal. */
  get refused(): Endpoint {
    return { ...this.offered, port: CLOSED_PORT };
  }

  /** Connects to a port of ada's front, as any program does. */
  begin(plan: RunPlan, to: Endpoint): void {
    const state: RunState = {
      ...plan,
      hasNearEnded: false,
      hasFarEnded: true,
      isNearWhole: false,
      isFarWhole: false,
    };
    this.runs.set(plan.run, state);
    const connection = this.#world.network.node("app ada").createTcp(to);
    connection.own(
      new Side(connection, this.#judge, {
        state,
        side: "near",
        over: (isWhole) => {
          state.hasNearEnded = true;
          state.isNearWhole = isWhole;
        },
      }),
    );
    connection.dial();
  }

  #serve(connection: TcpConnection): void {
    let header = EMPTY;
    const owner: TcpOwner = {
      onOpened: () => undefined,
      onData: (bytes) => {
        const missing = HEADER_BYTES - header.length;
        header = Uint8Array.from([...header, ...bytes.subarray(0, missing)]);
        if (header.length === HEADER_BYTES) this.#take(connection, header, bytes.subarray(missing));
      },
      // Nobody used the tunnel that led here.
      onEnded: () => {
        connection.end();
      },
      onClosed: () => undefined,
    };
    connection.own(owner);
  }

  #take(connection: TcpConnection, header: Uint8Array, rest: Uint8Array): void {
    const state = this.runs.get(new DataView(header.buffer).getUint32(0));
    if (state === undefined || headerOf(state).some((byte, at) => byte !== header[at])) {
      this.#judge.wrong("a run begins with other bytes than it was begun with");
      connection.abort();
      return;
    }
    if (this.#come.has(state.run)) this.#judge.wrong(`run ${String(state.run)} came twice`);
    this.#come.add(state.run);
    state.hasFarEnded = false;
    const side = new Side(connection, this.#judge, {
      state,
      side: "far",
      over: (isWhole) => {
        state.hasFarEnded = true;
        state.isFarWhole = isWhole;
      },
    });
    connection.own(side);
    side.onOpened();
    if (rest.length > 0) side.onData(rest);
  }
}

interface SideOptions {
  readonly state: RunPlan;
  readonly side: RunSide;
  readonly over: (isWhole: boolean) => void;
}

/** One side of a run: what it says when, and what it must hear. */
class Side implements TcpOwner {
  readonly #connection: TcpConnection;
  readonly #judge: AppJudge;
  readonly #options: SideOptions;
  #received = 0;
  #hasEnd = false;
  #isOver = false;

  constructor(connection: TcpConnection, judge: AppJudge, options: SideOptions) {
    this.#connection = connection;
    this.#judge = judge;
    this.#options = options;
  }

  onOpened(): void {
    const { state } = this.#options;
    if (this.#isNear) this.#connection.write(headerOf(state));
    if (this.#isNear ? state.mode !== "greeting" : state.mode === "greeting") this.#sayAll();
  }

  onData(bytes: Uint8Array): void {
    const { run, mode, bytes: all } = this.#options.state;
    const isRight = bytes.every((byte, at) => byte === byteOf(run, this.#received + at));
    this.#received += bytes.length;
    if (!isRight || this.#received > all || this.#hasEnd) this.#wrong("hears other bytes");
    if (this.#isNear || mode !== "echo") return;
    this.#connection.write(bytes);
    if (this.#received === all) this.#connection.end();
  }

  onEnded(): void {
    const { side, state } = this.#options;
    this.#hasEnd = true;
    const isWhole = this.#received === state.bytes;
    if (!isWhole && this.#judge.trustsEnds(side)) this.#wrong("ends as if complete");
    const isTurn = this.#isNear ? state.mode === "greeting" : state.mode === "question";
    if (isTurn && isWhole) this.#sayAll();
    else this.#connection.end();
  }

  onClosed(end: TcpEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.over(end === "finished" && this.#received === this.#options.state.bytes);
  }

  get #isNear(): boolean {
    return this.#options.side === "near";
  }

  #wrong(what: string): void {
    const { side, state } = this.#options;
    this.#judge.wrong(`run ${String(state.run)} ${what} at its ${side} side`);
  }

  #sayAll(): void {
    const { state } = this.#options;
    for (let from = 0; from < state.bytes; from += PIECE_BYTES) {
      const length = Math.min(PIECE_BYTES, state.bytes - from);
      const piece = Uint8Array.from({ length }, (_, at) => byteOf(state.run, from + at));
      this.#connection.write(piece);
    }
    // Of an echo the far side ends, when it has everything.
    if (!this.#isNear || state.mode !== "echo") this.#connection.end();
  }
}

function headerOf({ run, bytes, mode }: RunPlan): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, run);
  view.setUint32(4, bytes);
  view.setUint32(8, RUN_MODES.indexOf(mode));
  return header;
}
