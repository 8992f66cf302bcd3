import type { Endpoint, MachineRunner, PeerIdentity, RpcValidators } from "../../../core/index.ts";
import { encodeRpc } from "../../../../generated/system/messages/channel.ts";
import { PartyRole } from "../../../../generated/system/types.ts";
import { defineNodeSession } from "../../../../generated/tunnel/machines/node-session.ts";
import type {
  NodeSessionEvent,
  NodeSessionHandlers,
  NodeSessionIn,
  NodeSessionOutput,
  NodeSessionState,
} from "../../../../generated/tunnel/machines/node-session.ts";
import type { TunnelLimits } from "../../../../generated/tunnel/limits.ts";
import {
  MAIN_SERVER_METHODS,
  MainServerErrors,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import type {
  DescribeNodeParams,
  MainServerMethods,
} from "../../../../generated/tunnel/rpc/main-server.ts";
import { TUBE_END_METHODS } from "../../../../generated/tunnel/rpc/tube-end.ts";
import type { TubeEndMethods } from "../../../../generated/tunnel/rpc/tube-end.ts";
import { TUBE_USER_METHODS } from "../../../../generated/tunnel/rpc/tube-user.ts";
import type { TubeUserMethods } from "../../../../generated/tunnel/rpc/tube-user.ts";
import { TUNNEL_NODE_METHODS } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import type { TunnelNodeMethods } from "../../../../generated/tunnel/rpc/tunnel-node.ts";
import { Channel } from "../../channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../../channel/channel.ts";
import { jitteredMs } from "../../kernel/backoff.ts";
import { runMachine } from "../../kernel/run-machine.ts";
import { RpcLink } from "../../channel/rpc-link.ts";
import type { LinkHandlers, LinkOutcome } from "../../channel/rpc-link.ts";

/** What the main server may call at a node. */
export type NodeServed = TunnelNodeMethods & TubeEndMethods;

/** What a node may call at the main server. */
export type MainCalls = MainServerMethods & TubeUserMethods;

/** What a session asks of its node. */
export interface NodeSessionOffice extends ChannelSurroundings {
  readonly limits: TunnelLimits;
  readonly validators: RpcValidators;
  readonly main: Endpoint;
  readonly description: DescribeNodeParams;
  readonly handlers: LinkHandlers<NodeServed>;
  /** Whether this is the main server. */
  isMain(peer: PeerIdentity): boolean;
  /** Has the password written; the session hears `saved`. */
  save(password: string): void;
  online(): void;
  /** A session that was active is over: its tunnels end. */
  offline(): void;
  refused(message: string): void;
  /** The goodbye was answered, or there is nobody left to answer it. */
  loggedOut(): void;
}

const NO_HINT = new Uint8Array(0);

/** A node's session with the main server, from one connection to the next. */
export class NodeSession implements ChannelOwner {
  readonly #office: NodeSessionOffice;
  readonly #runner: MachineRunner<NodeSessionState, NodeSessionEvent, NodeSessionOutput>;
  #channel: Channel | undefined;
  #link: RpcLink<NodeServed, MainCalls> | undefined;
  /** The newest password that is on disk. */
  #password: string | undefined;
  /** One that is on its way there. */
  #coming = "";
  #message = "";
  /** Whether it has registered on this connection: a main server that forgets it again would do so for ever. */
  #hasRegistered = false;
  #connections = 0;

  constructor(office: NodeSessionOffice, password: string | undefined) {
    this.#office = office;
    this.#password = password;
    this.#runner = runMachine({
      kernel: office.kernel,
      scope: "session",
      definition: defineNodeSession(this.#transitions(), office.limits),
      initial: { name: "resting" },
      perform: (output) => {
        this.#perform(output);
      },
    });
  }

  /** Calls to the main server; undefined while there is no session. */
  get link(): RpcLink<NodeServed, MainCalls> | undefined {
    return this.#runner.state.name === "active" ? this.#link : undefined;
  }

  start(): void {
    this.#runner.dispatch({ name: "start" });
  }

  saved(): void {
    if (this.#coming !== "") this.#password = this.#coming;
    this.#coming = "";
    this.#runner.dispatch({ name: "saved" });
  }

  logout(): void {
    this.#runner.dispatch({ name: "logout" });
  }

  stop(): void {
    this.#runner.dispatch({ name: "stop" });
  }

  admitPeer(peer: PeerIdentity): boolean {
    return this.#office.isMain(peer);
  }

  channelOpen(): void {
    this.#runner.dispatch({ name: "channelOpen" });
  }

  /** Nodes and main servers have nothing but calls for each other. */
  channelFrame(): boolean {
    return false;
  }

  channelRpc(json: Uint8Array): void {
    this.#link?.handle(json);
  }

  channelClosed(): void {
    this.#forget();
    this.#runner.dispatch({ name: "lost" });
  }

  #forget(): void {
    const link = this.#link;
    this.#channel = undefined;
    this.#link = undefined;
    link?.close();
  }

  #transitions(): NodeSessionHandlers {
    const pausing = ({ attempt }: { readonly attempt: number }): Pausing => ({
      state: { name: "pausing", attempt, waitMs: this.#waitMs(attempt) },
    });
    return {
      restingOnStart: () => ({
        state: { name: "dialing", attempt: 1 },
        outputs: [{ kind: "do", name: "dialMain" }],
      }),
      dialingOnChannelOpen: ({ attempt }) =>
        this.#password === undefined
          ? { state: { name: "registering", attempt }, outputs: [{ kind: "do", name: "register" }] }
          : {
              state: { name: "authenticating", attempt },
              outputs: [{ kind: "do", name: "authenticate" }],
            },
      registeringOnRegistered: ({ attempt }) => ({ state: { name: "savingFirst", attempt } }),
      savingFirstOnSaved: ({ attempt }) => ({ state: { name: "authenticating", attempt } }),
      authenticatingOnUnknown: ({ attempt }) => ({ state: { name: "registering", attempt } }),
      authenticatingOnAuthenticated: ({ attempt }) => ({ state: { name: "savingNext", attempt } }),
      askingOnRefused: pausing,
      askingOnAnswer: pausing,
      savingOnSave: pausing,
      dialingOnDial: pausing,
      beginningOnLost: pausing,
      activeOnLost: () => pausing({ attempt: 0 }),
      pausingOnRetry: ({ attempt }) => ({
        state: { name: "dialing", attempt: attempt + 1 },
        outputs: [{ kind: "do", name: "dialMain" }],
      }),
    };
  }

  #waitMs(attempt: number): number {
    const { kernel, limits } = this.#office;
    return jitteredMs(limits.retryMs, Math.max(0, attempt - 1), kernel.crypto);
  }

  #perform(output: NodeSessionOutput): void {
    switch (output.name) {
      case "dialMain":
        this.#dial();
        return;
      case "register":
        this.#register();
        return;
      case "authenticate":
        this.#authenticate();
        return;
      case "save":
        this.#office.save(this.#coming);
        return;
      case "announce":
        this.#announce();
        return;
      case "leave":
        this.#leave();
        return;
      case "hangUp": {
        const channel = this.#channel;
        this.#forget();
        channel?.close();
        return;
      }
      case "endTunnels":
        this.#office.offline();
        return;
      case "complain":
        this.#office.refused(this.#message);
        return;
    }
  }

  #dial(): void {
    const { handlers, kernel, main, systemLimits, validators } = this.#office;
    this.#connections += 1;
    this.#hasRegistered = false;
    const hello = { from: PartyRole.node, to: PartyRole.mainServer, ticketHint: NO_HINT };
    const options = { owner: this, responder: PartyRole.mainServer, hello, watched: true };
    const channel = Channel.dial(this.#office, options, main);
    this.#channel = channel;
    this.#link = new RpcLink<NodeServed, MainCalls>({
      clock: kernel,
      scope: `session/${String(this.#connections)}`,
      ours: { ...TUNNEL_NODE_METHODS, ...TUBE_END_METHODS },
      theirs: { ...MAIN_SERVER_METHODS, ...TUBE_USER_METHODS },
      handlers,
      validators,
      callsMax: systemLimits.rpcCallsMax,
      send: (json) => {
        channel.send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      },
    });
  }

  /** Takes an answer to the link that is in use; those of a connection before count no more. */
  #register(): void {
    const link = this.#link;
    this.#hasRegistered = true;
    link?.call("RegisterWithMainServer", {}, (outcome) => {
      if (link !== this.#link) return;
      if (outcome.ok && outcome.result.is_success && outcome.result.password !== null) {
        this.#coming = outcome.result.password;
        this.#runner.dispatch({ name: "registered" });
      } else {
        this.#refuse(outcome.ok ? outcome.result.message : outcome.error.message);
      }
    });
  }

  #authenticate(): void {
    const link = this.#link;
    const password = this.#password ?? "";
    link?.call("AuthWithMainServer", { password }, (outcome) => {
      if (link !== this.#link) return;
      if (outcome.ok && outcome.result.is_success && outcome.result.next_password !== null) {
        this.#coming = outcome.result.next_password;
        this.#runner.dispatch({ name: "authenticated" });
      } else if (isUnknown(outcome) && !this.#hasRegistered) {
        this.#runner.dispatch({ name: "unknown" });
      } else {
        this.#refuse(outcome.ok ? outcome.result.message : outcome.error.message);
      }
    });
  }

  #refuse(message: string): void {
    this.#message = message;
    this.#runner.dispatch({ name: "refused" });
  }

  #announce(): void {
    const link = this.#link;
    link?.call("DescribeNode", this.#office.description, (outcome) => {
      if (link !== this.#link) return;
      if (outcome.ok && outcome.result.is_success) this.#office.online();
      else this.#office.refused(outcome.ok ? outcome.result.message : outcome.error.message);
    });
  }

  #leave(): void {
    const link = this.#link;
    link?.call("LogoutFromMainServer", {}, () => {
      if (link === this.#link) this.#runner.dispatch({ name: "loggedOut" });
      this.#office.loggedOut();
    });
  }
}

function isUnknown(outcome: LinkOutcome<unknown>): boolean {
  return !outcome.ok && outcome.error.code === MainServerErrors.unknownNode;
}

interface Pausing {
  readonly state: NodeSessionIn<"pausing">;
}
