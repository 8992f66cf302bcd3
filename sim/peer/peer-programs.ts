import { decodeHex, encodeHex } from "../../runtime/core/index.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { PeerLimits } from "../../generated/peer/limits.ts";
import { PeerServer } from "../../runtime/roles/peer-server/peer-server.ts";
import type { PeerServerEvent } from "../../runtime/roles/peer-server/peer-server-events.ts";
import { SIX_DIGITS } from "../../runtime/roles/peer/code-scheme.ts";
import type { CodeScheme } from "../../runtime/roles/peer/code-scheme.ts";
import { Peer } from "../../runtime/roles/peer/peer.ts";
import type {
  OutgoingMessage,
  PeerCommand,
  PeerEvent,
} from "../../runtime/roles/peer/peer-events.ts";
import type { TakenNumbersState } from "../../runtime/roles/peer/taken-numbers.ts";
import { readJson, writeJson } from "../control/programs/disk-json.ts";
import type { Program, ProgramProcess, ProgramStart } from "../world/world.ts";
import { filePart } from "./simulated-file.ts";
import { SimulatedCertificates } from "./simulated-certificates.ts";

/** What a peer server of a simulation is made from. */
export interface PeerServerProgramOptions {
  readonly limits?: Partial<PeerLimits>;
}

/** What a peer of a simulation is made from. */
export interface PeerProgramOptions {
  /** Names its certificate. */
  readonly name: string;
  /** Hosts of the servers that it registers with. */
  readonly servers: readonly string[];
  readonly direct: boolean;
  /** What its user says of codes and files, one of these each time in turn: yes, no, or nothing at all. Default yes. */
  readonly moods?: readonly PeerMood[];
  /** How its disk bears files that it takes, one of these each time in turn. Default good. */
  readonly disks?: readonly PeerDisk[];
  /** Whether it reveals another nonce than it committed to, as whoever stands in the middle has to. Default false. */
  readonly forges?: boolean;
  readonly limits?: Partial<PeerLimits>;
}

/** What a user says. */
export type PeerMood = "yes" | "no" | "nothing";

/** How a disk bears a file. */
export type PeerDisk =
  /** It holds it, and compares its hash at once. */
  | "good"
  /** The hash takes its time. */
  | "slow"
  /** The hash is never done. */
  | "stuck"
  /** What it gives back is not what was written. */
  | "damaged"
  /** It takes no more soon after the file was accepted. */
  | "full"
  /** It fails while the hash is made. */
  | "failing";

/** What an application never takes begins so. */
export const POISON = "poison";

/** How long a user takes to say it, and how long disks take to fail or to be done, virtual ms. */
const THINK_MS = 700;
const FULL_MS = 40;
const SLOW_MS = 2_000;
const FAILING_MS = 500;

/** What a peer keeps: which messages it has, and the messages themselves, in one file, so that neither is without the other. */
interface KeptMessages {
  readonly taken: Readonly<Record<string, TakenNumbersState>>;
  readonly bodies: readonly string[];
  readonly pinned: readonly { readonly fingerprint: string; readonly name: string }[];
  readonly outgoing: readonly OutgoingMessage[];
}

/** What a peer keeps of a file that comes. */
interface KeptFile {
  readonly haveBytes: number;
  readonly isRight: boolean;
}

const FILE = "messages";
const NOTHING: KeptMessages = { taken: {}, bodies: [], pinned: [], outgoing: [] };

/** A peer server. It keeps nothing on its disk: peers register again. */
export function peerServerProgram(
  options: PeerServerProgramOptions,
): Program<never, PeerServerEvent> {
  return {
    createRole: ({ crypto, endpoint, observe, unixMs }) =>
      new PeerServer({
        crypto,
        unixMs,
        observe,
        certificates: new SimulatedCertificates(crypto),
        endpoints: [endpoint],
        limits: { ...PEER_LIMITS, ...options.limits },
      }),
  };
}

/** A peer whose application keeps every message on its disk before it is acknowledged. */
export function peerProgram(options: PeerProgramOptions): Program<PeerCommand, PeerEvent> {
  let addresses: readonly Endpoint[] = [];
  let asked = 0;
  let taken = 0;
  const disks = new Map<number, PeerDisk>();
  const nextMood = (): PeerMood => {
    const { moods = [] } = options;
    asked += 1;
    return moods[asked % moods.length] ?? "yes";
  };
  const nextDisk = (transfer: number): PeerDisk => {
    const { disks: all = [] } = options;
    taken += 1;
    const disk = all[taken % all.length] ?? "good";
    disks.set(transfer, disk);
    return disk;
  };
  return {
    createRole: (start) => {
      addresses = [start.endpoint];
      return createPeer(options, start);
    },
    onStart: (process) => {
      process.command({ type: "network", addresses });
    },
    onEvent: (event, process) => {
      if (event.type === "code" || event.type === "fileOffered") {
        const mood = nextMood();
        if (mood === "nothing") return;
        process.after(THINK_MS, () => {
          decide(event, process, mood === "yes");
          if (event.type === "code" || mood === "no") return;
          if (nextDisk(event.transfer) === "full") giveUpAfter(FULL_MS, event, process);
        });
        return;
      }
      if (event.type === "checkFile") {
        checkFile(event, process, disks.get(event.transfer) ?? "good");
        return;
      }
      takeEvent(event, process);
    },
  };
}

/** The bodies that a peer has on its disk, in the order in which they came. */
export function bodiesOn(disk: ProgramStart["disk"]): readonly string[] {
  return keptOn(disk).bodies;
}

function createPeer(options: PeerProgramOptions, start: ProgramStart): Peer {
  const { crypto, disk, endpointOf, observe, starts, unixMs } = start;
  const certificates = new SimulatedCertificates(crypto);
  const { outgoing, pinned, taken } = keptOn(disk);
  return new Peer({
    crypto,
    unixMs,
    observe,
    certificates,
    signer: certificates.signer(options.name),
    ...(options.forges === true ? { codeScheme: FORGED } : {}),
    servers: options.servers.map(endpointOf),
    starts,
    direct: options.direct,
    limits: { ...PEER_LIMITS, ...options.limits },
    pinned: pinned.map(({ fingerprint, name }) => ({ fingerprint: bytesOf(fingerprint), name })),
    taken: Object.entries(taken).map(([fingerprint, numbers]) => ({
      fingerprint: bytesOf(fingerprint),
      numbers,
    })),
    outgoing,
  });
}

function takeEvent(event: PeerEvent, process: ProgramProcess<PeerCommand>): void {
  const { disk } = process;
  const kept = keptOn(disk);
  switch (event.type) {
    case "message": {
      const { peer, number, numbers, body } = event;
      const text = String.fromCharCode(...body);
      if (text.startsWith(POISON)) {
        process.command({ type: "taken", peer, number, good: false });
        return;
      }
      const taken = { ...kept.taken, [encodeHex(peer)]: numbers };
      const bodies = [...kept.bodies, text];
      writeJson(disk, FILE, { ...kept, taken, bodies });
      disk.sync();
      process.command({ type: "taken", peer, number, good: true });
      return;
    }
    case "pin": {
      const { fingerprint, name } = event.pinned;
      const pinned = [...kept.pinned, { fingerprint: encodeHex(fingerprint), name }];
      writeJson(disk, FILE, { ...kept, pinned });
      disk.sync();
      return;
    }
    case "outgoing":
    case "delivered":
    case "failed":
      writeJson(disk, FILE, { ...kept, outgoing: outgoingAfter(kept.outgoing, event) });
      disk.sync();
      return;
    case "readFile":
    case "writeFile":
      takeFileEvent(event, process);
      return;
    default:
      return;
  }
}

/** What a peer has said and not heard of. */
function outgoingAfter(
  outgoing: readonly OutgoingMessage[],
  event: Extract<PeerEvent, { readonly type: "outgoing" | "delivered" | "failed" }>,
): readonly OutgoingMessage[] {
  if (event.type === "outgoing") return [...outgoing, event.message];
  return outgoing.filter(({ reference }) => reference !== event.reference);
}

/** The user has made up its mind. */
function decide(
  event: Extract<PeerEvent, { readonly type: "code" | "fileOffered" }>,
  process: ProgramProcess<PeerCommand>,
  isYes: boolean,
): void {
  const { peer } = event;
  if (event.type === "code") {
    process.command({ type: "judge", peer, same: isYes });
    return;
  }
  const { transfer } = event;
  const { haveBytes } = fileOn(process.disk, transfer);
  if (isYes) process.command({ type: "acceptFile", peer, transfer, haveBytes });
  else process.command({ type: "refuseFile", peer, transfer });
}

/** Files are made up of their transfer's number; what is kept of one is how much of it came, and that it was right. */
function takeFileEvent(
  event: Extract<PeerEvent, { readonly type: "readFile" | "writeFile" }>,
  process: ProgramProcess<PeerCommand>,
): void {
  const { disk } = process;
  const { transfer } = event;
  const kept = fileOn(disk, transfer);
  switch (event.type) {
    case "readFile": {
      const { lengthBytes, offsetBytes } = event;
      const bytes = filePart(transfer, offsetBytes, lengthBytes);
      process.command({ type: "fileBytes", transfer, offsetBytes, bytes });
      return;
    }
    case "writeFile": {
      const { bytes, offsetBytes } = event;
      const wanted = filePart(transfer, offsetBytes, bytes.length);
      const isRight = kept.isRight && wanted.every((byte, at) => byte === bytes[at]);
      writeJson(disk, nameOf(transfer), { haveBytes: offsetBytes + bytes.length, isRight });
      return;
    }
  }
}

/** Compares the hash of a file, as far as the disk lets it. */
function checkFile(
  { peer, transfer }: Extract<PeerEvent, { readonly type: "checkFile" }>,
  process: ProgramProcess<PeerCommand>,
  disk: PeerDisk,
): void {
  const say = (good: boolean): void => {
    process.command({ type: "fileChecked", peer, transfer, good });
  };
  const { isRight } = fileOn(process.disk, transfer);
  switch (disk) {
    case "good":
    case "full":
      say(isRight);
      return;
    case "slow":
      process.after(SLOW_MS, () => {
        say(isRight);
      });
      return;
    case "stuck":
      return;
    case "damaged":
      say(false);
      return;
    case "failing":
      giveUpAfter(FAILING_MS, { peer, transfer }, process);
      return;
  }
}

function giveUpAfter(
  delayMs: number,
  { peer, transfer }: { readonly peer: Uint8Array; readonly transfer: number },
  process: ProgramProcess<PeerCommand>,
): void {
  process.after(delayMs, () => {
    process.command({ type: "refuseFile", peer, transfer });
  });
}

/** Commits to nothing that it could reveal. */
const FORGED: CodeScheme = {
  ...SIX_DIGITS,
  commitment: (crypto) => crypto.randomBytes(32),
};

function nameOf(transfer: number): string {
  return `file ${String(transfer)}`;
}

function fileOn(disk: ProgramStart["disk"], transfer: number): KeptFile {
  const kept = readJson(disk, nameOf(transfer)) as KeptFile | undefined;
  return kept ?? { haveBytes: 0, isRight: true };
}

function keptOn(disk: ProgramStart["disk"]): KeptMessages {
  return (readJson(disk, FILE) as KeptMessages | undefined) ?? NOTHING;
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeHex(text);
  if (bytes === undefined) throw new RangeError("a fingerprint is kept as hexadecimal digits");
  return bytes;
}
