import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import type { Log } from "../io/log.ts";

const REBOOT = "/sbin/reboot";

/**
 * Restarts this machine by its own command, after so many seconds in which the answer reaches the client.
 * @throws {Error} if this user may not, or there is no such command.
 */
export async function reboot(inS: number, log: Log): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("only root may restart the machine");
  await access(REBOOT, constants.X_OK);
  log.warn({ inS }, "a client restarts this machine");
  const restart = (): void => {
    execFile(REBOOT, (error) => {
      if (error !== null) log.error({ err: error }, "the machine did not restart");
    });
  };
  // A router that its operator stops meanwhile restarts nothing any more.
  setTimeout(restart, inS * 1000).unref();
}
