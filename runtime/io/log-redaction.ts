const CENSORED = "[redacted]";
const DEPTH_MAX = 8;
const ITEMS_MAX = 100;

/** Parts of names whose values are never written: compared without case, dashes and underscores. */
const SECRET_PARTS = [
  "password",
  "passphrase",
  "secret",
  "privatekey",
  "statickey",
  "sessionkey",
  "ticket",
  "cookie",
  "token",
  "authorization",
  "claim",
  "grant",
  "credential",
];

/** Names that are secret as a whole, but harmless as a part (`keyId`, `primaryKey`). */
const SECRET_NAMES = new Set(["key", "keys", "mackey", "code", "session", "sid"]);

/**
 * What may be logged of an object: secrets by name are replaced at any depth, bytes become their count, query
 * parameters of a `url` are treated as names too. Errors stay as they are for the log's own serializer. The
 * object itself is not changed.
 */
export function redactMembers(value: object, depth = 0): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (isSecretName(name)) shown[name] = CENSORED;
    else if (typeof member === "string" && /url$/i.test(name)) shown[name] = redactUrl(member);
    else shown[name] = redact(member, depth + 1);
  }
  return shown;
}

function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if (ArrayBuffer.isView(value)) return `[${String(value.byteLength)} bytes]`;
  if (depth >= DEPTH_MAX) return "[nested]";
  if (Array.isArray(value)) {
    const shown = value.slice(0, ITEMS_MAX).map((item) => redact(item, depth + 1));
    return value.length > ITEMS_MAX ? [...shown, `[${String(value.length)} items]`] : shown;
  }
  return redactMembers(value, depth);
}

/** Whether values under this name are kept out of logs. */
function isSecretName(name: string): boolean {
  const plain = name.replace(/[-_\s]/g, "").toLowerCase();
  return SECRET_NAMES.has(plain) || SECRET_PARTS.some((part) => plain.includes(part));
}

/** A URL or path without the values of secret query parameters and without user information. */
function redactUrl(url: string): string {
  const start = url.indexOf("?");
  const path = (start < 0 ? url : url.slice(0, start)).replace(/\/\/[^/@]*@/, `//${CENSORED}@`);
  if (start < 0) return path;
  const query = url
    .slice(start + 1)
    .split("&")
    .map((pair) => {
      const name = pair.split("=", 1)[0] ?? "";
      return isSecretName(decodeName(name)) ? `${name}=${CENSORED}` : pair;
    });
  return `${path}?${query.join("&")}`;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
