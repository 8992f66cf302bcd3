import type { Source } from "../model/model.ts";

/** `routerAttach` → `RouterAttach`: the first letter only. */
export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** `RouterAttach` → `routerAttach`: the first letter only. */
export function uncapitalized(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `RouterAttach`, `system.uptime`, `key_id` → `["Router", "Attach"]` …: the words of a name in any spelling. */
function words(name: string): readonly string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
}

/** `system.uptime` → `SystemUptime`. */
export function pascalCase(name: string): string {
  return words(name).map(capitalized).join("");
}

/** `system.uptime` → `systemUptime`. */
export function camelCase(name: string): string {
  return uncapitalized(pascalCase(name));
}

/** `ServerPlace` → `server-place`. */
export function kebabCase(name: string): string {
  return words(name).join("-").toLowerCase();
}

/** `ServerPlace` → `SERVER_PLACE`. */
export function constantCase(name: string): string {
  return words(name).join("_").toUpperCase();
}

/** `spec/control/messages/telemetry.json` → `control/messages/telemetry.ts`: where a document's code goes. */
export function generatedPath(source: Source): string {
  return source.file
    .split("/")
    .slice(1)
    .join("/")
    .replace(/\.json$/, ".ts");
}
