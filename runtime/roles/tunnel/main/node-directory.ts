import { encodeHex } from "../../../core/index.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import { MainServerErrors } from "../../../../generated/tunnel/rpc/main-server.ts";
import type {
  DescribeNodeParams,
  DescribeNodeResult,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { RpcAnswer } from "../../channel/rpc-link.ts";
import { ActiveNode } from "./active-node.ts";
import type { NodeDescription } from "./active-node.ts";
import type { MainServerEvent } from "./main-events.ts";
import type { MainSession } from "./main-session.ts";
import { nodeAddress } from "./node-address.ts";
import type { NodeRows } from "./node-rows.ts";

/** What the directory has to do with. */
export interface NodeDirectoryOptions {
  readonly kernel: Kernel<MainServerEvent>;
  readonly limits: TunnelLimits;
  readonly rows: NodeRows;
  /** A node that had described itself is gone. */
  readonly left: (node: ActiveNode) => void;
}

/** The nodes that are connected: those that have proved their password, and of them those that have said who they are. */
export class NodeDirectory {
  readonly #options: NodeDirectoryOptions;
  /** Sessions that have proved their password, by fingerprint, hex. */
  readonly #active = new Map<string, MainSession>();
  readonly #nodes = new Map<MainSession, ActiveNode>();
  readonly #byName = new Map<string, ActiveNode>();
  /** Sessions whose name is on its way to the disk. */
  readonly #naming = new Set<MainSession>();

  constructor(options: NodeDirectoryOptions) {
    this.#options = options;
  }

  /** Those that have said who they are. */
  get byName(): ReadonlyMap<string, ActiveNode> {
    return this.#byName;
  }

  named(name: string): ActiveNode | undefined {
    return this.#byName.get(name);
  }

  of(session: MainSession): ActiveNode | undefined {
    return this.#nodes.get(session);
  }

  /** Whether a node is connected. */
  isHere(fingerprint: Uint8Array): boolean {
    return this.#active.has(encodeHex(fingerprint));
  }

  /** A node has proved its password; an older session of it is over. */
  admitted(session: MainSession): void {
    const key = encodeHex(session.peer.fingerprint);
    const before = this.#active.get(key);
    this.#active.set(key, session);
    before?.supersede();
    this.#watch(session);
  }

  /** A session is over that was admitted, or was not yet. */
  left(session: MainSession): void {
    if (!session.hasPeer) return;
    const { kernel, left } = this.#options;
    const key = encodeHex(session.peer.fingerprint);
    if (this.#active.get(key) === session) {
      this.#active.delete(key);
      kernel.cancel(statusTimer(session));
    }
    this.#naming.delete(session);
    const node = this.#nodes.get(session);
    this.#nodes.delete(session);
    if (node === undefined) return;
    if (this.#byName.get(node.name) === node) this.#byName.delete(node.name);
    left(node);
    kernel.report({ type: "nodeLeft", name: node.name });
  }

  /** A node says who it is; what it says counts, and is answered, when its name is on disk. */
  describe(
    session: MainSession,
    given: DescribeNodeParams,
    answer: RpcAnswer<DescribeNodeResult>,
  ): void {
    const { rows } = this.#options;
    const { fingerprint } = session.peer;
    const where = nodeAddress(given.address, session.remote.address);
    if (where.kind === "refused") {
      answer.refuse(MainServerErrors.badAddress, where.problem);
      return;
    }
    const problem = this.#problemOf(session, given.name);
    if (problem !== undefined) {
      answer.answer({ is_success: false, message: problem });
      return;
    }
    const description = { ...given, address: where.address };
    if (rows.find(fingerprint)?.name === given.name) {
      this.#join(session, description, answer);
      return;
    }
    this.#naming.add(session);
    rows.saveName(fingerprint, given.name, (isOnDisk) => {
      // One that is over hears nothing, and its node comes again.
      if (!this.#naming.delete(session)) return;
      if (isOnDisk) {
        this.#join(session, description, answer);
        return;
      }
      answer.refuse(MainServerErrors.unavailable, "the name could not be written");
      session.unsaved();
    });
  }

  /** Why a node may not have a name; undefined if it may. */
  #problemOf(session: MainSession, name: string): string | undefined {
    if (this.#naming.has(session)) return "another name is being written";
    if (!this.#options.rows.mayHave(session.peer.fingerprint, name)) {
      return `the name ${name} belongs to somebody else`;
    }
    const known = this.#nodes.get(session);
    if (known !== undefined && known.name !== name) return "a name cannot change within a session";
    return undefined;
  }

  #join(
    session: MainSession,
    description: NodeDescription,
    answer: RpcAnswer<DescribeNodeResult>,
  ): void {
    const known = this.#nodes.get(session);
    if (known === undefined) {
      const node = new ActiveNode(session, description);
      this.#nodes.set(session, node);
      this.#byName.set(node.name, node);
      const { address, name } = node;
      this.#options.kernel.report({ type: "nodeJoined", name, address });
    } else {
      known.describe(description);
    }
    answer.answer({ is_success: true, message: "" });
  }

  /** Asks again and again how busy a node is, which measures the way to it. */
  #watch(session: MainSession): void {
    const { kernel, limits } = this.#options;
    const ask = (): void => {
      const sentMs = kernel.nowMs;
      session.link.call("NodeStatus", {}, (outcome) => {
        const node = this.#nodes.get(session);
        if (!outcome.ok || node === undefined) return;
        node.rttMs = kernel.nowMs - sentMs;
        node.loadPermille = outcome.result.load_permille;
      });
      kernel.arm(statusTimer(session), limits.statusMs, () => {
        if (session.isActive) ask();
      });
    };
    ask();
  }
}

function statusTimer({ peer }: MainSession): string {
  return `status/${encodeHex(peer.fingerprint)}`;
}
