import assert from "node:assert/strict";
import { test } from "node:test";
import { CertificateVerifier } from "../../runtime/core/index.ts";
import type { Effect, Input, Role, StreamId } from "../../runtime/core/index.ts";
import { Channel } from "../../runtime/roles/channel/channel.ts";
import type { ChannelOwner } from "../../runtime/roles/channel/channel.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { Scratch } from "../../runtime/roles/kernel/scratch.ts";
import { RpcLink } from "../../runtime/roles/channel/rpc-link.ts";
import type { LinkHandlers } from "../../runtime/roles/channel/rpc-link.ts";
import { encodeRpc } from "../../generated/system/messages/channel.ts";
import { PartyRole } from "../../generated/system/types.ts";
import { MAIN_SERVER_METHODS, MainServerErrors } from "../../generated/tunnel/rpc/main-server.ts";
import type { MainServerMethods } from "../../generated/tunnel/rpc/main-server.ts";
import { TUBE_END_METHODS } from "../../generated/tunnel/rpc/tube-end.ts";
import type { TubeEndMethods } from "../../generated/tunnel/rpc/tube-end.ts";
import { SimulatedWorld } from "../world/simulated-world.ts";
import type { Program } from "../world/world.ts";
import { nodeProgram } from "./programs/node-program.ts";
import { tunnelEnvironment } from "./programs/tunnel-party.ts";
import type { TunnelPartyEnvironment } from "./programs/tunnel-party.ts";

type Served = Pick<MainServerMethods, "RegisterWithMainServer" | "AuthWithMainServer">;

/** A main server that gives a node its first password, and knows nothing of it when it comes with that. */
class ForgetfulMain implements Role<never, never> {
  readonly #party: TunnelPartyEnvironment;
  readonly #kernel: Kernel<never>;
  readonly #count: () => void;

  constructor(party: TunnelPartyEnvironment, count: () => void) {
    this.#party = party;
    this.#kernel = new Kernel<never>(party);
    this.#count = count;
  }

  handle(input: Input<never>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (!this.#kernel.route(input) && input.type === "streamAccepted") this.#accept(input.stream);
  }

  poll(): Effect<never> | undefined {
    return this.#kernel.poll();
  }

  #accept(stream: StreamId): void {
    const { crypto, identity, systemLimits, validators } = this.#party;
    const handlers: LinkHandlers<Served> = {
      RegisterWithMainServer: (_params, answer) => {
        this.#count();
        answer.answer({ is_success: true, message: "", password: "A".repeat(43) });
      },
      AuthWithMainServer: (_params, answer) => {
        answer.refuse(MainServerErrors.unknownNode, "who are you");
      },
    };
    const link = new RpcLink<Served, TubeEndMethods>({
      clock: this.#kernel,
      scope: `session/${String(stream)}`,
      ours: MAIN_SERVER_METHODS,
      theirs: TUBE_END_METHODS,
      handlers,
      validators,
      callsMax: systemLimits.rpcCallsMax,
      send: (json) => {
        channel.send((bytes, view, offset) => encodeRpc({ json }, bytes, view, offset));
      },
    });
    const owner: ChannelOwner = {
      admitHello: () => true,
      admitPeer: () => true,
      channelOpen: () => undefined,
      channelFrame: () => false,
      channelRpc: (json) => {
        link.handle(json);
      },
      channelClosed: () => {
        link.close();
      },
    };
    const around = { kernel: this.#kernel, scratch: new Scratch(), identity, systemLimits };
    const channel = Channel.accept(
      { ...around, verifier: new CertificateVerifier(crypto) },
      { owner, responder: PartyRole.mainServer },
      stream,
    );
  }
}

test("a main server that forgets a node as often as it registers has it come again after a rest, and not at once", async () => {
  let registered = 0;
  const main = (): Program<never, never> => ({
    createRole: (start) =>
      new ForgetfulMain(tunnelEnvironment({ identity: "main" }, start), () => {
        registered += 1;
      }),
  });
  const hosts = ["main", "ada"].map((name, at) => ({
    name,
    segment: "internet",
    address: `192.0.2.${String(at + 1)}`,
    link: { preset: "lan" as const },
  }));
  const topology = { segments: [{ name: "internet" }], hosts, nats: [] };
  const world = new SimulatedWorld({
    seed: 1,
    topology,
    programs: { main, node: nodeProgram },
  });
  await world.add({ host: "main", program: "main", options: {}, tcpPort: 7600 });
  const party = { identity: "ada", main: "main", user: "ada", operator: "ada" };
  const options = { ...party, relays: false, frontPort: 7610 };
  await world.add({ host: "ada", program: "node", options });
  await world.pass(60_000);
  assert.ok(registered > 1 && registered < 60, String(registered));
});
