import { encodeHex } from "../../../runtime/core/index.ts";
import type {
  MainServerCommand,
  MainServerEvent,
  NodeRow,
} from "../../../runtime/roles/tunnel/main/main-events.ts";
import { MainServer } from "../../../runtime/roles/tunnel/main/main-server.ts";
import { readJson, writeJson } from "../../control/programs/disk-json.ts";
import type { Program, ProgramDisk } from "../../world/world.ts";
import { afterSync, tunnelEnvironment } from "./tunnel-party.ts";
import type { TunnelPartyOptions } from "./tunnel-party.ts";

/** Lists the files of rows: a disk has no folders. */
const INDEX_FILE = "rows";
const SECRET_FILE = "secret";

/** A main server that keeps its nodes on its disk, one file each. */
export function mainProgram(
  options: TunnelPartyOptions,
): Program<MainServerCommand, MainServerEvent> {
  let nowMs = (): number => 0;
  return {
    createRole: (start) => {
      nowMs = start.nowMs;
      const { crypto, disk } = start;
      const kept = readJson(disk, SECRET_FILE) as Uint8Array | undefined;
      const secret = kept ?? crypto.randomBytes(32);
      if (kept === undefined) {
        writeJson(disk, SECRET_FILE, secret);
        disk.sync();
      }
      return new MainServer({ ...tunnelEnvironment(options, start), secret, rows: rowsOn(disk) });
    },
    onEvent: (event, process) => {
      const { disk } = process;
      const files = filesOn(disk);
      if (event.type === "forget") {
        const gone = fileOf(event.fingerprint);
        writeJson(
          disk,
          INDEX_FILE,
          files.filter((file) => file !== gone),
        );
        disk.remove(gone);
        disk.sync();
      }
      if (event.type !== "save") return;
      const file = fileOf(event.row.fingerprint);
      if (!files.includes(file)) writeJson(disk, INDEX_FILE, [...files, file]);
      writeJson(disk, file, event.row);
      afterSync(options, { process, nowMs: nowMs() }, () => {
        process.command({ type: "saved", save: event.save, ok: true });
      });
    },
  };
}

/** What a main server has on its disk of its nodes. */
export function rowsOn(disk: ProgramDisk): readonly NodeRow[] {
  return filesOn(disk).flatMap((file) => (readJson(disk, file) as NodeRow | undefined) ?? []);
}

function fileOf(fingerprint: Uint8Array): string {
  return `row ${encodeHex(fingerprint)}`;
}

function filesOn(disk: ProgramDisk): readonly string[] {
  return (readJson(disk, INDEX_FILE) as readonly string[] | undefined) ?? [];
}
