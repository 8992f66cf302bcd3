import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../core/index.ts";
import { StateFile } from "../stores/state-file.ts";

/** Where a running peer takes tasks of its user's other programs, and what they show. */
export interface PeerDoorAddress extends Endpoint {
  /** Another with each start; whoever may read the folder has it. */
  readonly token: string;
}

/** What a program asks of a running peer, as its first line. Fingerprints and bytes are base64url. */
export type PeerDoorTask =
  | { readonly task: "hello" }
  | {
      readonly task: "send";
      readonly peer: string;
      readonly body: string;
      readonly withinMs?: number;
    }
  | { readonly task: "sendFile"; readonly peer: string; readonly path: string }
  | { readonly task: "compare"; readonly peer: string };

/** What a running peer says to it; after `done` or `fault` nothing follows. */
export type PeerDoorWord =
  | { readonly word: "progress"; readonly haveBytes: number; readonly sizeBytes: number }
  /** To be answered by a line `{"same": true}` or `{"same": false}`. */
  | {
      readonly word: "code";
      readonly peer: string;
      readonly name: string;
      readonly code: string;
    }
  | { readonly word: "done"; readonly direct: boolean; readonly result?: string }
  | {
      readonly word: "fault";
      readonly place: string;
      readonly problem: string;
      readonly remedy: string;
    };

/** Longest line between a running peer and a program of its user: a message in base64url is the longest, besides paths. */
export const DOOR_LINE_CHARACTERS_MAX = 16_384;

/** The file of a peer's folder in which its user's other programs find it. */
export function peerDoorFile(dataFolder: string): {
  save(door: PeerDoorAddress): void;
  /** Undefined if no peer has left its address there, or nobody can tell what is there. */
  load(): PeerDoorAddress | undefined;
  remove(): void;
} {
  const file = new StateFile(join(dataFolder, "door.json"));
  return {
    save: ({ address, port, token }) => {
      file.save({ address, port, token });
    },
    load: () => {
      const { address, port, token } = (file.load() ?? {}) as Partial<PeerDoorAddress>;
      const isWhole = address !== undefined && port !== undefined && token !== undefined;
      return isWhole ? { address, port, token } : undefined;
    },
    remove: () => {
      rmSync(file.file, { force: true });
    },
  };
}
