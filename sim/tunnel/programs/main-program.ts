import { encodeHex } from "../../../runtime/core/index.ts";
import type {
  MainServerCommand,
  MainServerEvent,
  NodeRow,
} from "../../../runtime/roles/tunnel/main/main-events.ts";
import { MainServer } from "../../../runtime/roles/tunnel/main/main-server.ts";
import { readJson, writeJson } from "../../control/programs/disk-json.ts";
import type { Program } from "../../world/world.ts";
import { afterSync, tunnelEnvironment } from "./tunnel-party.ts";
import type { TunnelPartyOptions } from "./tunnel-party.ts";

/** Lists the files of rows: a disk has no folders. */
const INDEX_FILE = "rows";
const SECRET_FILE = "secret";

/** A main server that keeps its nodes on its disk, one file each. */
export function mainProgram(
  options: TunnelPartyOptions,
): Program<MainServerCommand, MainServerEvent> {
  return {
    createRole: (start) => {
      const { crypto, disk } = start;
      const kept = readJson(disk, SECRET_FILE) as Uint8Array | undefined;
      const secret = kept ?? crypto.randomBytes(32);
      if (kept === undefined) {
        writeJson(disk, SECRET_FILE, secret);
        disk.sync();
      }
      const files = (readJson(disk, INDEX_FILE) as readonly string[] | undefined) ?? [];
      const rows = files.flatMap((file) => (readJson(disk, file) as NodeRow | undefined) ?? []);
      return new MainServer({ ...tunnelEnvironment(options, start), secret, rows });
    },
    onEvent: (event, process) => {
      if (event.type !== "save") return;
      const { disk } = process;
      const file = `row ${encodeHex(event.row.fingerprint)}`;
      const files = (readJson(disk, INDEX_FILE) as readonly string[] | undefined) ?? [];
      if (!files.includes(file)) writeJson(disk, INDEX_FILE, [...files, file]);
      writeJson(disk, file, event.row);
      afterSync(options, process, () => {
        process.command({ type: "saved", save: event.save, ok: true });
      });
    },
  };
}
