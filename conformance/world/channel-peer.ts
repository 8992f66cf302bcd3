import { CertificateVerifier } from "../../runtime/core/index.ts";
import type { Effect, Endpoint, Identity, Input, Role } from "../../runtime/core/index.ts";
import { SYSTEM_LIMITS } from "../../generated/system/limits.ts";
import type { ErrorCode, Hello, PartyRole } from "../../generated/system/types.ts";
import { Channel } from "../../runtime/roles/channel/channel.ts";
import type { ChannelOwner, ChannelSurroundings } from "../../runtime/roles/channel/channel.ts";
import { Kernel } from "../../runtime/roles/kernel/kernel.ts";
import { Scratch } from "../../runtime/roles/kernel/scratch.ts";
import { createSeededCrypto } from "./seeded-crypto.ts";

/** Whom a channel peer pretends to be, and what it says. */
export interface ChannelPeerOptions {
  readonly identity: Identity;
  /** What this peer answers as when it is dialled. */
  readonly role: PartyRole;
  /** The content of each record, sent as soon as a channel is open. */
  readonly records: readonly Uint8Array[];
}

/** A peer with a good identity that shakes hands as it should and then says whatever it is told to. */
export class ChannelPeer implements Role<never, never> {
  /** How channels ended. */
  readonly ends: ErrorCode[] = [];
  /** Tags of the frames that came. */
  readonly tags: number[] = [];
  readonly #options: ChannelPeerOptions;
  readonly #kernel = new Kernel<never>({ crypto: createSeededCrypto(77), unixMs: () => 0 });
  readonly #around: ChannelSurroundings;

  constructor(options: ChannelPeerOptions) {
    this.#options = options;
    this.#around = {
      kernel: this.#kernel,
      scratch: new Scratch(),
      identity: options.identity,
      verifier: new CertificateVerifier(this.#kernel.crypto),
      systemLimits: SYSTEM_LIMITS,
    };
  }

  /** Dials before the role is driven for the first time. */
  dial(to: Endpoint, hello: Hello): void {
    const channel: Channel = Channel.dial(
      this.#around,
      { owner: this.#owner(() => channel), responder: hello.to, hello },
      to,
    );
  }

  handle(input: Input<never>, nowMs: number): void {
    this.#kernel.nowMs = nowMs;
    if (this.#kernel.route(input) || input.type !== "streamAccepted") return;
    const channel: Channel = Channel.accept(
      this.#around,
      { owner: this.#owner(() => channel), responder: this.#options.role },
      input.stream,
    );
  }

  poll(): Effect<never> | undefined {
    return this.#kernel.poll();
  }

  #owner(channel: () => Channel): ChannelOwner {
    return {
      admitHello: () => true,
      admitPeer: () => true,
      channelOpen: () => {
        for (const record of this.#options.records) {
          channel().send((bytes, _view, offset) => {
            bytes.set(record, offset);
            return offset + record.length;
          });
        }
      },
      channelFrame: ({ tag }) => {
        this.tags.push(tag);
        return true;
      },
      channelRpc: () => undefined,
      channelClosed: (code) => {
        this.ends.push(code);
      },
    };
  }
}
