import { EventEmitter } from "node:events";
import { isIP } from "node:net";
import { codedError, requireNumber, requireString } from "../argument-error.ts";
import { systemError } from "../system-error.ts";
import type { SystemErrorCode } from "../system-error.ts";
import type { SocketOptions } from "./socket-options.ts";
import type { UdpBinding } from "./udp-ports.ts";

/** What Linux gives a socket, net.core.rmem_default and wmem_default. */
const BUFFER_BYTES_DEFAULT = 212_992;

/** The settings of a UDP socket. Most change nothing in the simulated network and are only checked and kept as Linux does. */
export abstract class DgramSettings extends EventEmitter {
  protected isClosed = false;
  /** The hold on a port; undefined while the socket is not bound. */
  protected binding: UdpBinding | undefined;
  protected isBroadcasting = false;
  #receiveBytes: number;
  #sendBytes: number;

  constructor({ recvBufferSize, sendBufferSize }: SocketOptions) {
    super();
    this.#receiveBytes = bufferBytes(recvBufferSize);
    this.#sendBytes = bufferBytes(sendBufferSize);
  }

  setBroadcast(isBroadcasting: unknown): void {
    this.requireBound("setBroadcast");
    this.isBroadcasting = Boolean(isBroadcasting);
  }

  setTTL(ttl: unknown): number {
    return this.#readTtl(ttl, { least: 1, syscall: "setTTL" });
  }

  setMulticastTTL(ttl: unknown): number {
    return this.#readTtl(ttl, { least: 0, syscall: "setMulticastTTL" });
  }

  setMulticastLoopback(isLooping: unknown): unknown {
    this.requireBound("setMulticastLoopback");
    return isLooping;
  }

  setMulticastInterface(address: unknown): void {
    this.requireRunning();
    requireString(address, "interfaceAddress");
    this.requireBound("setMulticastInterface");
  }

  /** The simulated network carries no multicast: there is no group to join. */
  addMembership(group: unknown): void {
    this.#refuseGroup(group, { code: "ENODEV", syscall: "addMembership" });
  }

  dropMembership(group: unknown): void {
    this.#refuseGroup(group, { code: "EADDRNOTAVAIL", syscall: "dropMembership" });
  }

  getRecvBufferSize(): number {
    this.#requireBuffers("uv_recv_buffer_size");
    return this.#receiveBytes;
  }

  getSendBufferSize(): number {
    this.#requireBuffers("uv_send_buffer_size");
    return this.#sendBytes;
  }

  setRecvBufferSize(size: unknown): void {
    this.#receiveBytes = bufferBytes(checkedSize(size));
    this.#requireBuffers("uv_recv_buffer_size");
  }

  setSendBufferSize(size: unknown): void {
    this.#sendBytes = bufferBytes(checkedSize(size));
    this.#requireBuffers("uv_send_buffer_size");
  }

  getSendQueueSize(): number {
    return 0;
  }

  getSendQueueCount(): number {
    return 0;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  protected requireRunning(): void {
    if (this.isClosed) throw codedError(Error, "ERR_SOCKET_DGRAM_NOT_RUNNING", "Not running");
  }

  protected requireBound(syscall: string): void {
    this.requireRunning();
    if (this.binding === undefined) throw systemError("EBADF", { syscall });
  }

  #readTtl(ttl: unknown, { least, syscall }: { least: number; syscall: string }): number {
    requireNumber(ttl, "ttl");
    if (!(ttl >= least && ttl <= 255)) throw systemError("EINVAL", { syscall });
    this.requireBound(syscall);
    return ttl;
  }

  #refuseGroup(
    group: unknown,
    { code, syscall }: { readonly code: SystemErrorCode; readonly syscall: string },
  ): never {
    this.requireRunning();
    if (group === undefined || group === null || group === "") {
      const text = 'The "multicastAddress" argument must be specified';
      throw codedError(TypeError, "ERR_MISSING_ARGS", text);
    }
    const isAddress = typeof group === "string" && isIP(group) !== 0;
    throw systemError(isAddress ? code : "EINVAL", { syscall });
  }

  #requireBuffers(syscall: string): void {
    this.requireRunning();
    if (this.binding !== undefined) return;
    const text = `Could not get or set buffer size: ${syscall} returned EBADF (bad file descriptor)`;
    throw codedError(Error, "ERR_SOCKET_BUFFER_SIZE", text);
  }
}

/** Linux books twice what is asked for (socket(7), SO_RCVBUF). */
function bufferBytes(asked: number | undefined): number {
  return asked === undefined || asked === 0 ? BUFFER_BYTES_DEFAULT : asked * 2;
}

function checkedSize(size: unknown): number {
  if (Number(size) >>> 0 === size) return size;
  const text = "Buffer size must be a positive integer";
  throw codedError(TypeError, "ERR_SOCKET_BAD_BUFFER_SIZE", text);
}
