import { decodeHex, encodeHex } from "../../runtime/core/index.ts";
import type { Endpoint } from "../../runtime/core/index.ts";
import { PEER_LIMITS } from "../../generated/peer/limits.ts";
import type { PeerLimits } from "../../generated/peer/limits.ts";
import { PeerServer } from "../../runtime/roles/peer-server/peer-server.ts";
import type { PeerServerEvent } from "../../runtime/roles/peer-server/peer-server-events.ts";
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
  readonly limits?: Partial<PeerLimits>;
}

/** What a user says. */
export type PeerMood = "yes" | "no" | "nothing";

/** How long a user takes to say it, virtual ms. */
const THINK_MS = 700;

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
  const nextMood = (): PeerMood => {
    const { moods = [] } = options;
    asked += 1;
    return moods[asked % moods.length] ?? "yes";
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
        });
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
      const taken = { ...kept.taken, [encodeHex(peer)]: numbers };
      const bodies = [...kept.bodies, String.fromCharCode(...body)];
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
    case "checkFile":
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
  event: Extract<PeerEvent, { readonly type: "readFile" | "writeFile" | "checkFile" }>,
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
    case "checkFile":
      process.command({ type: "fileChecked", peer: event.peer, transfer, good: kept.isRight });
      return;
  }
}

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
