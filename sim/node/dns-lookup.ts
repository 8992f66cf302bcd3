import { isIP } from "node:net";
import { invalidArgumentType, requireFunction } from "./argument-error.ts";
import type { NodeProcess } from "./node-process.ts";
import { systemError } from "./system-error.ts";

/** An address as lookups give it. */
export interface FoundAddress {
  readonly address: string;
  readonly family: number;
}

type Taker = (error: Error | null, address?: string | FoundAddress[], family?: number) => void;

/** What a lookup asks for. */
interface Wanted {
  readonly family: number;
  readonly all: boolean;
}

/** `dns.lookup` of one process: literal addresses, `localhost`, and names of hosts. It knows one address of a name. */
export class DnsLookup {
  readonly #process: NodeProcess;

  constructor(process: NodeProcess) {
    this.#process = process;
  }

  /** @throws {TypeError} if the name is no string or the callback no function. */
  readonly lookup = (name: unknown, options: unknown, callback?: unknown): void => {
    const taker = typeof options === "function" ? options : callback;
    requireFunction(taker, "callback");
    const wanted = wantedOf(typeof options === "function" ? undefined : options);
    const tell = taker as Taker;
    this.#look(name, wanted, (found) => {
      if (found instanceof Error) tell(found);
      else if (wanted.all) tell(null, [found]);
      else tell(null, found.address, found.family);
    });
  };

  /** `dns.promises.lookup`. */
  readonly promised = (name: unknown, options?: unknown): Promise<FoundAddress | FoundAddress[]> =>
    new Promise((resolve, reject) => {
      const wanted = wantedOf(options);
      this.#look(name, wanted, (found) => {
        if (found instanceof Error) reject(found);
        else resolve(wanted.all ? [found] : found);
      });
    });

  #look(name: unknown, wanted: Wanted, taker: (found: FoundAddress | Error) => void): void {
    if (typeof name !== "string" && name !== null && name !== undefined) {
      throw invalidArgumentType("hostname", "of type string", name);
    }
    const text = name ?? "";
    const literal = isIP(text);
    if (literal !== 0 || text === "") {
      const local = wanted.family === 6 ? "::1" : "127.0.0.1";
      const address = text === "" ? local : text;
      process.nextTick(taker, { address, family: isIP(address) });
      return;
    }
    this.#process.after(0, "dns", () => {
      const address = this.#addressOf(text, wanted);
      const family = isIP(address ?? "");
      if (address !== undefined && (wanted.family === 0 || wanted.family === family)) {
        taker({ address, family });
      } else {
        taker(systemError("ENOTFOUND", { syscall: "getaddrinfo", hostname: text }));
      }
    });
  }

  #addressOf(name: string, { family }: Wanted): string | undefined {
    const plain = name.toLowerCase().replace(/\.$/u, "");
    if (plain === "localhost" || plain.endsWith(".localhost")) {
      return family === 6 ? "::1" : "127.0.0.1";
    }
    return this.#process.resolveName(plain);
  }
}

function wantedOf(options: unknown): Wanted {
  if (typeof options === "number") return { family: options, all: false };
  const { family = 0, all = false } = (options ?? {}) as { family?: unknown; all?: unknown };
  const named = family === "IPv6" ? 6 : family === "IPv4" ? 4 : Number(family);
  return { family: named, all: all === true };
}
