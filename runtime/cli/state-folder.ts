import { homedir } from "node:os";
import { join } from "node:path";

/** Folder where a part of the network keeps its state by default: that of the platform's own habit. */
export function stateFolder(part: string, env: NodeJS.ProcessEnv = process.env): string {
  const base =
    process.platform === "win32"
      ? (env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"))
      : (env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"));
  return join(base, "tagwire", part);
}

/** A path with the user's own folder as `~`, for people. */
export function shortPath(path: string): string {
  const home = homedir();
  return path.startsWith(home) ? `~${path.slice(home.length)}` : path;
}
