import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Endpoint } from "../core/index.ts";
import { StateFile } from "../stores/state-file.ts";

/** Where a running peer takes tasks of its user's other programs, and what they show. */
export interface PeerDoorAddress extends Endpoint {
  /** Another with each start, 32 bytes; whoever may read the folder has it. */
  readonly token: Uint8Array;
}

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
      const isWhole = typeof address === "string" && typeof port === "number";
      return isWhole && token instanceof Uint8Array && token.length === 32
        ? { address, port, token }
        : undefined;
    },
    remove: () => {
      rmSync(file.file, { force: true });
    },
  };
}
