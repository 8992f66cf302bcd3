import { TUNNEL_LIMITS } from "../../generated/tunnel/limits.ts";
import type { Crypto, Identity, RpcValidators } from "../core/index.ts";
import { RoleHost } from "../io/host.ts";
import type { Log } from "../io/log.ts";
import type { ProcessLoopback } from "../io/process-loopback.ts";
import type { FrontCommand, FrontEvent } from "../roles/tunnel/front/front-events.ts";
import { Front } from "../roles/tunnel/front/front.ts";
import { frontDoor } from "./front-door.ts";
import type { FrontRecord } from "./front-store.ts";
import { TunnelError } from "./tunnel-error.ts";

/** Local programs and the node are on this machine. */
export const TUNNEL_LOOPBACK = "127.0.0.1";

/** What a front keeps from one start of its node to the next. */
export interface TunnelFrontParts {
  readonly nodeFolder: string;
  readonly crypto: Crypto;
  readonly identity: Identity;
  readonly validators: RpcValidators;
  readonly log: Log;
  /** What the node's host has as well, if the node runs in this process. */
  readonly loopback?: ProcessLoopback | undefined;
}

/** A front at one start of its node: the next start has another port and another token. */
export class TunnelAttachment {
  readonly #host: RoleHost<FrontCommand, FrontEvent>;
  #name = "";

  private constructor(host: RoleHost<FrontCommand, FrontEvent>) {
    this.#host = host;
  }

  /**
   * Attaches to the node that left its address in the folder.
   * @param onEvent gets what follows, of which `detached` is the last.
   * @throws {TunnelError} if there is no node. @throws {OperatorError} if a file is damaged.
   */
  static async open(
    parts: TunnelFrontParts,
    onEvent: (event: FrontEvent) => void,
  ): Promise<TunnelAttachment> {
    const { log, loopback, nodeFolder } = parts;
    const attached = Promise.withResolvers<string>();
    let isAttached = false;
    const host = await RoleHost.start<FrontCommand, FrontEvent>({
      role: createRole(parts),
      log,
      loopback,
      limits: { relayIdleMs: TUNNEL_LIMITS.idleMs },
      onEvent: (event) => {
        if (isAttached) {
          onEvent(event);
        } else if (event.type === "attached") {
          isAttached = true;
          attached.resolve(event.name);
        } else if (event.type === "detached") {
          attached.reject(new TunnelError(`the node of ${nodeFolder}`, "noNode"));
        }
      },
    });
    const attachment = new TunnelAttachment(host);
    host.command({ type: "start" });
    try {
      attachment.#name = await attached.promise;
      return attachment;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** The node's user. */
  get name(): string {
    return this.#name;
  }

  /** What the front knows of users from now on; nobody is known before. */
  know({ consents, users }: FrontRecord): void {
    this.command({ type: "known", users, policies: consents });
  }

  command(command: FrontCommand): void {
    this.#host.command(command);
  }

  /** Cuts all tunnels. */
  async close(): Promise<void> {
    this.#host.command({ type: "stop" });
    await this.#host.close();
  }
}

function createRole({ crypto, identity, nodeFolder, validators }: TunnelFrontParts): Front {
  const { address, port, token } = frontDoor(nodeFolder).load();
  return new Front({
    crypto,
    unixMs: Date.now,
    identity,
    node: { address, port },
    token,
    address: TUNNEL_LOOPBACK,
    validators,
  });
}
