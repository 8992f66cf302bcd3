import { parseMac } from "../core/index.ts";
import type { Inventory } from "../../generated/control/messages/visits.ts";
import { readDescription, readInterfaces } from "../io/machine-telemetry.ts";
import { SOFTWARE } from "./software.ts";

/** How often to look whether the machine's interfaces changed, milliseconds. */
const LOOK_MS = 60_000;

/** What the message Inventory holds at most. */
const INTERFACES_MAX = 32;
const NAME_CHARACTERS_MAX = 32;
const ADDRESSES_MAX = 16;

/** What this machine is, as the hub is told. */
export function readInventory(): Inventory {
  return {
    ...readDescription(),
    software: SOFTWARE,
    interfaces: readInterfaces()
      .slice(0, INTERFACES_MAX)
      .map(({ name, mac, addresses }) => ({
        name: name.slice(0, NAME_CHARACTERS_MAX),
        mac: parseMac(mac) ?? 0,
        addresses: addresses.slice(0, ADDRESSES_MAX),
      })),
  };
}

/**
 * Tells of each change: an interface that came or went, another address or name.
 * @returns what ends it.
 */
export function watchInventory(changed: (inventory: Inventory) => void): () => void {
  let last = JSON.stringify(readInventory());
  const look = setInterval(() => {
    const inventory = readInventory();
    const text = JSON.stringify(inventory);
    if (text === last) return;
    last = text;
    changed(inventory);
  }, LOOK_MS);
  return () => {
    clearInterval(look);
  };
}
