import { Duplex } from "node:stream";
import type { Endpoint } from "../../../runtime/core/index.ts";
import { familyName } from "../addresses.ts";
import type { ShownAddress } from "./net-host.ts";

/** What a `net.Socket` tells of itself, and settings that change nothing in the simulated network. */
export abstract class NetSocketFace extends Duplex {
  connecting = false;
  bytesRead = 0;
  /** Milliseconds of `setTimeout`. */
  timeout: number | undefined;
  /** The server that accepted it. */
  declare server: unknown;
  protected local: Endpoint | undefined;
  protected remote: Endpoint | undefined;

  get readyState(): string {
    if (this.connecting) return "opening";
    if (this.readable && this.writable) return "open";
    return this.readable ? "readOnly" : this.writable ? "writeOnly" : "closed";
  }

  get bufferSize(): number {
    return this.writableLength;
  }

  get remoteAddress(): string | undefined {
    return this.remote?.address;
  }

  get remoteFamily(): string | undefined {
    return this.remote === undefined ? undefined : familyName(this.remote.address);
  }

  get remotePort(): number | undefined {
    return this.remote?.port;
  }

  get localAddress(): string | undefined {
    return this.local?.address;
  }

  get localFamily(): string | undefined {
    return this.local === undefined ? undefined : familyName(this.local.address);
  }

  get localPort(): number | undefined {
    return this.local?.port;
  }

  address(): ShownAddress | Record<string, never> {
    if (this.local === undefined) return {};
    const { address, port } = this.local;
    return { address, family: familyName(address), port };
  }

  /** Changes nothing: the simulated network does not wait for more to send (Nagle). */
  setNoDelay(_isImmediate?: unknown): this {
    return this;
  }

  setTypeOfService(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
