import { join } from "node:path";
import type { Endpoint } from "../core/index.ts";
import { StateFile } from "../stores/state-file.ts";
import { TunnelError } from "./tunnel-error.ts";

/** Where a node takes fronts, and what it asks them to show. */
export interface FrontDoor extends Endpoint {
  readonly token: Uint8Array;
}

/** The file of a node's folder in which its fronts find it; another token with each start. */
export function frontDoor(nodeFolder: string): {
  save(door: FrontDoor): void;
  /** @throws {TunnelError} if no node was started there. @throws {OperatorError} if the file is damaged. */
  load(): FrontDoor;
} {
  const file = new StateFile(join(nodeFolder, "front.json"));
  return {
    save: ({ address, port, token }) => {
      file.save({ address, port, token });
    },
    load: () => {
      const door = file.load() as Partial<FrontDoor> | undefined;
      const { address, port, token } = door ?? {};
      if (address !== undefined && port !== undefined && token instanceof Uint8Array) {
        return { address, port, token };
      }
      throw new TunnelError(`the node of ${nodeFolder}`, "noNode");
    },
  };
}
