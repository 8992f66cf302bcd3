import type { Endpoint } from "../../runtime/core/index.ts";
import type { EventHandler } from "../engine/index.ts";
import type { TcpFlags } from "../nat/index.ts";
import { SEGMENT_FLAGS, SegmentWriter } from "./segment-writer.ts";
import type { Packet } from "./packet.ts";
import type { TcpEnd, TcpHost, TcpOptions, TcpOwner, TcpState } from "./tcp.ts";
import { TcpKeepAlive } from "./tcp-keep-alive.ts";
import { TcpRetransmission } from "./tcp-retransmission.ts";
import { TcpTrace } from "./tcp-trace.ts";
import { TcpReceiver } from "./tcp-receiver.ts";
import { REPEATS_MAX, TcpSender } from "./tcp-sender.ts";
import type { Flight, FlightTaker } from "./tcp-sender.ts";

/** Argument of a connection's events. */
type Wake = "flush" | "forget";

/** Linux: TCP_TIMEWAIT_LEN, and tcp_fin_timeout of connections that nobody owns. */
const TIME_WAIT_US = 60_000_000;
/** What is written in one instant is often one segment, and often not. */
const FLUSH_AT_ONCE_RATIO = 0.5;

/**
 * One end of a TCP connection (RFC 9293), of real segments that pass links and NAT boxes. Left out, on purpose: numbers that
 * wrap, delayed and selective acknowledgement, Nagle, urgent data, path MTU discovery (links clamp), FINs that wait for window.
 */
export class TcpConnection implements EventHandler<Wake>, FlightTaker {
  readonly label: string;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly keepAlive: TcpKeepAlive;
  /** Told once when it is closed for this host, whoever owns it. */
  onGone: (() => void) | undefined;
  readonly #host: TcpHost;
  readonly #sender: TcpSender;
  readonly #receiver: TcpReceiver;
  readonly #retransmission: TcpRetransmission;
  readonly #trace: TcpTrace;
  readonly #writer: SegmentWriter;
  #owner: TcpOwner | undefined;
  #state: TcpState;
  #isPaused = false;
  #hasToldEnd = false;
  #owesAck = false;
  /** Whether the peer ended before this side did. */
  #isPassive = false;

  /** @param owner undefined for a connection that a peer asks for, until `own`. */
  constructor(
    host: TcpHost,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    { keepAliveMs = 15_000, receiveBufferBytes = 256 * 1024 }: TcpOptions,
  ) {
    this.#host = host;
    this.local = ends.local;
    this.remote = ends.remote;
    this.label = `${host.name} tcp`;
    this.keepAlive = new TcpKeepAlive(host, keepAliveMs * 1000, {
      isIdle: () => this.#state === "open" && !this.#sender.isAwaiting,
      // What has passed in both directions is watched no more, whenever it is read: the peer may be gone.
      isOver: () => this.isClosed || (this.#receiver.isFinished && this.#sender.isFinAcknowledged),
      probe: () => {
        this.#probe();
      },
      giveUp: () => {
        this.#emit(SEGMENT_FLAGS.rstAck, this.#sender.next);
        this.#close("timeout");
      },
    });
    this.#trace = new TcpTrace(host, ends.local, ends.remote);
    this.#retransmission = new TcpRetransmission(
      host,
      () => this.#sender.dueUs,
      () => {
        this.#retransmit();
      },
    );
    const initialSequence = host.random.below(2 ** 32);
    this.#sender = new TcpSender({ taker: this, random: host.random, initialSequence });
    this.#receiver = new TcpReceiver(receiveBufferBytes);
    this.#writer = new SegmentWriter(host, ends, this.#receiver);
    this.#state = "syn-sent";
  }

  /** Whether it passes bytes. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether nothing more can come or go. */
  get isClosed(): boolean {
    return this.#state === "closed" || this.#state === "time-wait";
  }

  /** Whether the peer has ended its direction and all of it was read. */
  get hasEnded(): boolean {
    return this.#hasToldEnd;
  }

  /** Bytes that were written and that the system has no room for yet. */
  get pendingBytes(): number {
    return this.#sender.pendingBytes;
  }

  /** The last number that the peer acknowledged: it grows while the peer takes what was written. */
  get progress(): number {
    return this.#sender.unacknowledged;
  }

  /** Gives the connection to an owner, from now on. */
  own(owner: TcpOwner): void {
    this.#owner = owner;
  }

  /** Asks the peer to connect. */
  dial(): void {
    this.#sender.open(this.#nowUs);
    this.#retransmission.arm();
  }

  /** Answers the SYN of a peer. */
  answer(packet: Packet): void {
    this.#state = "syn-received";
    this.#takeSyn(packet);
    this.#sender.open(this.#nowUs);
    this.#retransmission.arm();
  }

  /** Queues a copy of bytes; nothing happens after the end. */
  write(bytes: Uint8Array): void {
    if (this.isClosed) return;
    this.#sender.write(bytes.slice());
    if (this.#state !== "open") return;
    if (this.#host.random.chance(FLUSH_AT_ONCE_RATIO)) this.#pump();
    else this.#host.simulation.schedule(0, this, "flush");
  }

  /** Ends this direction after what was written. */
  end(): void {
    if (this.isClosed) return;
    this.#sender.end();
    if (this.#state === "open") this.#pump();
  }

  /** Reads no more until `resume`: the window fills. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (this.isClosed) return;
    const { isFinished, unreadBytes } = this.#receiver;
    this.#deliver();
    // Tells of the window that opened, which nobody needs after the peer's end; one that did not would look like a loss.
    if (!isFinished && this.#receiver.unreadBytes < unreadBytes) this.#owesAck = true;
    this.#settle();
  }

  /** Drops the connection; the peer gets a reset, the owner hears nothing. */
  abort(): void {
    if (this.#state === "closed") return;
    if (this.#state !== "syn-sent" && this.#state !== "time-wait") {
      this.#emit(SEGMENT_FLAGS.rstAck, this.#sender.next);
    }
    this.vanish("reset");
  }

  /** As the system closes what a process leaves behind: unread bytes make it a reset, and so does what still comes. */
  release(): void {
    this.#owner = undefined;
    // What waits for late segments is the system's, and goes on.
    if (this.#state === "time-wait") return;
    if (this.#state !== "open" || this.#receiver.unreadBytes > 0) {
      this.abort();
      return;
    }
    this.end();
    this.#host.simulation.schedule(TIME_WAIT_US, this, "forget");
  }

  /** Is gone without a word, as in a power cut. Its owner hears nothing. */
  vanish(end: TcpEnd = "reset"): void {
    this.#owner = undefined;
    this.#close(end);
  }

  /** A segment of this connection came. */
  take(packet: Packet): void {
    const { segment, flags = SEGMENT_FLAGS.ack } = packet;
    if (segment === undefined || this.#state === "closed") return;
    this.keepAlive.heard();
    if (this.#state === "time-wait") {
      // Only a FIN that comes again is answered: two that wait would answer each other's answers for ever.
      if (flags.fin === true) this.#emit(SEGMENT_FLAGS.ack, this.#sender.next);
    } else if (flags.rst === true) {
      this.#takeReset(segment.sequence, segment.acknowledged, flags);
    } else if (this.#state === "syn-sent") {
      this.#takeWhileDialing(packet);
    } else {
      this.#takeSynchronized(packet);
    }
  }

  /** An ICMP error about this connection came: it matters while it is being opened (RFC 5461, section 4). */
  takeUnreachable(): void {
    if (this.#state === "syn-sent") this.#close("unreachable");
  }

  handle(wake: Wake): void {
    if (wake === "flush" && !this.isClosed) this.#pump();
    if (wake === "forget" && this.#state !== "closed") this.#close("timeout");
  }

  emit({ sequence, bytes, isSyn, isFin }: Flight): void {
    const isAnswer = this.#state !== "syn-sent";
    if (isSyn) this.#emit(isAnswer ? SEGMENT_FLAGS.synAck : SEGMENT_FLAGS.syn, sequence, bytes);
    else this.#emit(isFin ? SEGMENT_FLAGS.finAck : SEGMENT_FLAGS.ack, sequence, bytes);
  }

  get #nowUs(): number {
    return this.#host.simulation.nowUs;
  }

  #takeReset(sequence: number, acknowledged: number, flags: TcpFlags): void {
    if (this.#state === "syn-sent") {
      const isOurs = flags.ack === true && acknowledged === this.#sender.next;
      if (isOurs) this.#close("refused");
      return;
    }
    if (sequence === this.#receiver.expected) this.#close("reset");
    // A reset at another place may be old or forged; the true one follows this (RFC 5961, section 3).
    else if (this.#receiver.isInWindow(sequence)) this.#emit(SEGMENT_FLAGS.ack, this.#sender.next);
  }

  #takeWhileDialing(packet: Packet): void {
    const { segment, flags = SEGMENT_FLAGS.ack } = packet;
    if (segment === undefined) return;
    if (flags.ack === true && segment.acknowledged !== this.#sender.next) {
      // The peer answers something older: it is told, so that it forgets that (RFC 9293, figure 9).
      this.#emit(SEGMENT_FLAGS.rst, segment.acknowledged);
      return;
    }
    if (flags.syn !== true) return;
    this.#takeSyn(packet);
    if (flags.ack !== true) {
      // Both dial each other at once.
      this.#state = "syn-received";
      this.#emit(SEGMENT_FLAGS.synAck, this.#sender.unacknowledged);
      return;
    }
    this.#acknowledge(packet);
    this.#owesAck = true;
    this.#open();
  }

  #takeSynchronized(packet: Packet): void {
    const { segment, flags = SEGMENT_FLAGS.ack, payload } = packet;
    if (segment === undefined) return;
    const { sequence } = segment;
    if (this.#state === "syn-received") {
      if (flags.syn === true && flags.ack !== true) {
        this.#emit(SEGMENT_FLAGS.synAck, this.#sender.unacknowledged);
        return;
      }
      if (flags.ack !== true || segment.acknowledged !== this.#sender.next) return;
      this.#acknowledge(packet);
      this.#open();
      if (!this.isOpen) return;
    }
    if (flags.syn === true) {
      this.#owesAck = true;
      this.#settle();
      return;
    }
    const isBare = payload.length === 0 && flags.fin !== true;
    if (!isBare && this.#isOrphanHit(payload)) return;
    if (!isBare || !this.#receiver.isInWindow(sequence)) this.#owesAck = true;
    if (flags.ack === true) this.#acknowledge(packet);
    if (!isBare) this.#receiver.accept(sequence, payload, flags.fin === true);
    if (this.#receiver.isFinished && !this.#sender.isFinSent) this.#isPassive = true;
    this.#deliver();
    this.#settle();
  }

  /** Bytes for a connection that nobody owns any more: the peer learns that they are lost. */
  #isOrphanHit(payload: Uint8Array): boolean {
    if (this.#owner !== undefined || payload.length === 0) return false;
    this.abort();
    return true;
  }

  #takeSyn({ segment }: Packet): void {
    if (segment === undefined) return;
    this.#receiver.expected = segment.sequence + 1;
    this.#sender.windowBytes = segment.windowBytes;
    const ownBytes = this.#host.segmentBytesMax(this.local.address);
    this.#sender.segmentBytesMax = Math.min(ownBytes, segment.segmentBytesMax);
  }

  #acknowledge({ segment, payload, flags }: Packet): void {
    if (segment === undefined) return;
    const before = this.#sender.unacknowledged;
    const isBare = payload.length === 0 && flags?.fin !== true;
    this.#sender.acknowledge(segment.acknowledged, segment.windowBytes, {
      nowUs: this.#nowUs,
      isBare,
    });
    if (this.#sender.unacknowledged > before && this.#state === "open") this.#owner?.onProgress?.();
  }

  #open(): void {
    this.#state = "open";
    this.#trace.opened();
    this.keepAlive.start();
    this.#owner?.onOpened();
    this.#settle();
  }

  /** Tells the owner of what came. */
  #deliver(): void {
    while (!this.#isPaused && this.#state === "open") {
      const bytes = this.#receiver.read();
      if (bytes === undefined) break;
      this.#trace.data(bytes);
      this.#owner?.onData(bytes);
    }
    if (this.#isPaused || this.#state !== "open" || this.#hasToldEnd) return;
    if (!this.#receiver.isFinished) return;
    this.#hasToldEnd = true;
    this.#trace.ended();
    this.#owner?.onEnded();
  }

  /** Sends what may be sent, and the acknowledgement if nothing carried it. */
  #settle(): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#pump();
    if (this.#owesAck) this.#emit(SEGMENT_FLAGS.ack, this.#sender.next);
    this.#retransmission.arm();
    const isOver = this.#sender.isFinAcknowledged && this.#receiver.isFinished;
    const isRead = this.#hasToldEnd || this.#owner === undefined;
    if (this.#state === "open" && isOver && isRead) this.#finish();
  }

  #pump(): void {
    this.#sender.pump(this.#nowUs);
    this.#retransmission.arm();
  }

  #finish(): void {
    if (this.#isPassive) {
      this.#close("finished");
      return;
    }
    this.#state = "time-wait";
    this.#tellGone();
    this.#trace.closed("finished");
    this.#host.simulation.schedule(TIME_WAIT_US, this, "forget");
    this.#owner?.onClosed("finished");
    this.#owner = undefined;
  }

  #close(end: TcpEnd): void {
    const wasTold = this.#state === "time-wait" || this.#state === "closed";
    this.#state = "closed";
    this.#retransmission.cancel();
    this.#tellGone();
    this.#host.remove(this);
    if (wasTold) return;
    this.#trace.closed(end);
    this.#owner?.onClosed(end);
    this.#owner = undefined;
  }

  #tellGone(): void {
    this.onGone?.();
    this.onGone = undefined;
  }

  #retransmit(): void {
    const isAwaiting = this.#sender.isAwaiting;
    if (!this.#sender.timeOut(this.#nowUs, REPEATS_MAX[this.#state])) {
      this.#close("timeout");
      return;
    }
    if (!isAwaiting) this.#probe();
    this.#retransmission.arm();
  }

  /** A segment at a number that the peer has had, so that it answers. */
  #probe(): void {
    this.#emit(SEGMENT_FLAGS.ack, this.#sender.next - 1);
  }

  #emit(flags: TcpFlags, sequence: number, payload?: Uint8Array): void {
    this.#owesAck = false;
    this.#writer.write(flags, sequence, payload);
  }
}
