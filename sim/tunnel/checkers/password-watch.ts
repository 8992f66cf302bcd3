import { encodeHex } from "../../../runtime/core/index.ts";
import type { MainServerEvent, NodeRow } from "../../../runtime/roles/tunnel/main/main-events.ts";
import type { PasswordRow } from "../../../runtime/roles/tunnel/main/password-chain.ts";
import type { CaseRun } from "../../campaign/scenario.ts";
import { rowsOn } from "../programs/main-program.ts";
import { PASSWORDS_ADVANCE_ONCE } from "./tunnel-checkers.ts";

/**
 * Watches what a main server writes of passwords: each row is the one on its disk or the next of its chain. A row that
 * goes elsewhere is a password that counted although a newer one is on disk.
 */
export function watchPasswords({ world, violate }: Pick<CaseRun, "world" | "violate">): void {
  const main = world.process("main");
  const onDisk = new Map<string, PasswordRow>();
  const look = (): void => {
    onDisk.clear();
    for (const row of rowsOn(main.disk)) note(row);
  };
  const note = ({ fingerprint, passwords }: NodeRow): void => {
    onDisk.set(encodeHex(fingerprint), passwords);
  };
  // A machine that failed may have lost what it wrote last: what is there counts.
  world.onRecord(({ host, kind, detail }) => {
    if (host === "main" && kind === "host" && detail === "started") look();
  });
  main.onEvent((event) => {
    const saved = event as MainServerEvent;
    // A node that was forgotten begins a new chain.
    if (saved.type === "forget") onDisk.delete(encodeHex(saved.fingerprint));
    if (saved.type !== "save") return;
    const { fingerprint, passwords } = saved.row;
    const before = onDisk.get(encodeHex(fingerprint));
    if (before !== undefined && !follows(before, passwords)) {
      const node = encodeHex(fingerprint).slice(0, 8);
      violate(PASSWORDS_ADVANCE_ONCE.name, `the chain of node ${node} went elsewhere`);
    }
    note(saved.row);
  });
}

function follows(before: PasswordRow, after: PasswordRow): boolean {
  const isSame =
    encodeHex(after.current) === encodeHex(before.current) &&
    encodeHex(after.previous) === encodeHex(before.previous);
  return isSame || encodeHex(after.previous) === encodeHex(before.current);
}
