import { FrameReader, encodeBase64Url } from "../../../../core/index.ts";
import type { Effect, Input } from "../../../../core/index.ts";
import { decodeNodeLocal } from "../../../../../generated/tunnel/receive.ts";
import { encodeTunnel } from "../../../../../generated/tunnel/send.ts";
import type { TunnelSent } from "../../../../../generated/tunnel/send.ts";
import { TUNNEL_TRANSPORTS } from "../../../../../generated/tunnel/tags.ts";
import { Front } from "../front.ts";
import type { FrontOptions } from "../front.ts";
import type { FrontCommand, FrontEvent } from "../front-events.ts";

const ADDRESS = "127.0.0.1";

/** What a front is made of that comes from its machine. */
export type FrontMakings = Pick<FrontOptions, "crypto" | "identity" | "validators">;

/** A JSON-RPC message between a front and its node. */
export interface SpokenRpc {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A front whose node is the test: it says what it likes, and sees everything that the front does. */
export class FrontAtNode {
  readonly front: Front;
  /** What the front has reported. */
  readonly events: FrontEvent[] = [];
  /** What it has said to the node. */
  readonly spoken: SpokenRpc[] = [];
  /** All else that it asked of its host. */
  readonly effects: Effect<FrontEvent>[] = [];
  readonly #reader = new FrameReader({ maxBytes: TUNNEL_TRANSPORTS.local.maxBytes });
  #node = 0;
  #lastCall = 0;

  private constructor(made: FrontMakings) {
    this.front = new Front({
      ...made,
      unixMs: () => 0,
      node: { address: ADDRESS, port: 1 },
      token: new Uint8Array(32),
      address: ADDRESS,
    });
  }

  /** A front that has come to its node. @param name what the node says its user is called. */
  static attached(made: FrontMakings, name = "bob"): FrontAtNode {
    const at = new FrontAtNode(made);
    at.command({ type: "start" });
    const [dialled] = at.effects.filter((effect) => effect.type === "openStream");
    at.#node = dialled?.stream ?? 0;
    at.input({ type: "streamOpened", stream: at.#node, remote: dialled?.to ?? NOWHERE });
    at.say({ name: "LocalWelcome", message: { name } });
    return at;
  }

  command(command: FrontCommand): void {
    this.input({ type: "command", command });
  }

  input(input: Input<FrontCommand>): void {
    this.front.handle(input, 0);
    for (let effect = this.front.poll(); effect !== undefined; effect = this.front.poll()) {
      if (effect.type === "event") this.events.push(effect.event);
      else if (effect.type === "writeStream" && effect.stream === this.#node)
        this.#hear(effect.bytes);
      else this.effects.push(effect);
    }
  }

  /** The node says something. */
  say(sent: TunnelSent): void {
    const bytes = new Uint8Array(TUNNEL_TRANSPORTS.local.maxBytes);
    const end = encodeTunnel(sent, bytes, new DataView(bytes.buffer), 0);
    this.input({ type: "streamData", stream: this.#node, bytes: bytes.subarray(0, end) });
  }

  notify(method: string, params: object): void {
    this.#sayRpc({ jsonrpc: "2.0", method, params });
  }

  /** Gives the number of the call. */
  call(method: string, params: object): number {
    this.#lastCall += 1;
    this.#sayRpc({ jsonrpc: "2.0", id: this.#lastCall, method, params });
    return this.#lastCall;
  }

  /** Refuses a call of the front. */
  refuse(id: unknown, code: number): void {
    this.#sayRpc({ jsonrpc: "2.0", id, error: { code, message: "no" } });
  }

  /** What the front has answered to a call; undefined if nothing yet. */
  answerTo(call: number): SpokenRpc | undefined {
    return this.spoken.find(({ id, method }) => id === call && method === undefined);
  }

  /** Somebody asks for a tunnel. Gives the number of the call. */
  request(tunnel: number, user = "ada", plain = false): number {
    const asked = { request_user: user, tunnel_id: tunnelId(tunnel) };
    this.notify("PrepareTube", { ...asked, plain });
    return this.call("RequestConnection", asked);
  }

  #sayRpc(message: object): void {
    const json = new TextEncoder().encode(JSON.stringify(message));
    this.say({ name: "LocalRpc", message: { json } });
  }

  #hear(bytes: Uint8Array): void {
    this.#reader.push(bytes);
    while (this.#reader.next()) {
      const { bytes: frame, end, offset, tag, view } = this.#reader;
      const received = decodeNodeLocal(tag, frame, view, offset, end);
      if (received.name !== "LocalRpc") continue;
      this.spoken.push(JSON.parse(new TextDecoder().decode(received.message.json)) as SpokenRpc);
    }
  }
}

const NOWHERE = { address: ADDRESS, port: 0 };

/** The id of a tunnel. */
export function tunnelId(number: number): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, number);
  return encodeBase64Url(bytes);
}

/** The ticket of an attempt. */
export function ticketOf(attempt: number): string {
  return encodeBase64Url(new Uint8Array(32).fill(attempt));
}
