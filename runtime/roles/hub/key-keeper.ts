import { hubDiscardNext, hubHeard, hubKeepNext, hubMakeNext, hubStored } from "../../core/index.ts";
import type { Crypto, HubKeyring, KeySlot } from "../../core/index.ts";
import type { ControlLimits } from "../../../generated/control/limits.ts";
import { stepHubKeys } from "../../../generated/control/machines/hub-keys.ts";
import type {
  HubKeysEvent,
  HubKeysHandlers,
  HubKeysOutput,
} from "../../../generated/control/machines/hub-keys.ts";
import type { MachineSurroundings } from "../kernel/run-machine.ts";
import type { ReporterEntry } from "./entries.ts";

/** What a key keeper asks of its hub. */
export interface KeyKeeperOptions {
  readonly crypto: Crypto;
  readonly kernel: MachineSurroundings;
  readonly limits: ControlLimits;
  readonly unixMs: () => number;
  /** Saves the entry; the keeper's `saved` is called when it is on disk. */
  readonly save: (entry: ReporterEntry, keyId: number) => void;
  /** Sends EnrolGrant for the entry's enrolment. */
  readonly grant: (entry: ReporterEntry) => void;
  /** The first valid datagram came from a newcomer. */
  readonly enrolled: (entry: ReporterEntry) => void;
  /** The entry changed in a way that may be saved at leisure. */
  readonly touch: (entry: ReporterEntry) => void;
}

/**
 * Runs the machine `HubKeys` for all reporters of a hub. Each entry holds its state alone, so that a
 * million of them need no object more.
 */
export class KeyKeeper {
  readonly #options: KeyKeeperOptions;

  constructor(options: KeyKeeperOptions) {
    this.#options = options;
  }

  /** A key that enrolment agreed on is to be the next one. */
  enrol(entry: ReporterEntry, slot: KeySlot): void {
    entry.keyring = hubKeepNext(entry.keyring, slot);
    this.#dispatch(entry, { name: "enrol", hasCurrent: entry.keyring.current !== undefined });
  }

  /** The request of the latest enrolment came again. */
  enrolAgain(entry: ReporterEntry): void {
    this.#dispatch(entry, { name: "enrolAgain" });
  }

  /** The entry with this next key is on disk. */
  saved(entry: ReporterEntry, keyId: number): void {
    if (entry.keyring.next?.slot.keyId !== keyId) return;
    entry.keyring = hubStored(entry.keyring, keyId);
    this.#dispatch(entry, { name: "saved" });
  }

  /** A valid datagram came under this key. Starts a rotation if the key has become old. */
  heard(entry: ReporterEntry, keyId: number): void {
    if (entry.keyring.next?.slot.keyId === keyId) this.#dispatch(entry, { name: "heardNext" });
    const ageMs = this.#options.unixMs() - entry.keyMadeUnixMs;
    // How old a key from the future is, nobody knows: the clock was set back since.
    const isOld = ageMs < 0 || ageMs >= this.#options.limits.keyRotationMs;
    if (isOld) this.#dispatch(entry, { name: "due" });
  }

  #dispatch(entry: ReporterEntry, event: HubKeysEvent): void {
    const { kernel, limits } = this.#options;
    const from = entry.keys.name;
    const stepped = stepHubKeys(entry.keys, event, BODIES, limits);
    if (stepped.outcome !== "moved") return;
    entry.keys = stepped.state;
    kernel.observe?.({
      kind: "transition",
      scope: scopeOf(entry),
      machine: "HubKeys",
      from,
      on: event.name,
      to: stepped.state.name,
    });
    for (const timer of stepped.cancel) kernel.cancel(timerName(entry, timer));
    for (const { timer, afterMs } of stepped.arm) {
      kernel.arm(timerName(entry, timer), afterMs, () => {
        this.#dispatch(entry, { name: "save" });
      });
    }
    for (const output of stepped.outputs) this.#perform(entry, output);
  }

  #perform(entry: ReporterEntry, output: HubKeysOutput): void {
    const { enrolled, grant, save, touch } = this.#options;
    switch (output.name) {
      case "makeNext":
        entry.keyring = hubMakeNext({ ...entry.keyring, next: undefined }, this.#freshSlot(entry));
        break;
      case "keepNext":
        break;
      case "grant":
        grant(entry);
        return;
      case "promote": {
        const isFirst = entry.keyring.current === undefined;
        entry.keyring = hubHeard(entry.keyring, entry.keyring.next?.slot.keyId ?? 0);
        entry.keyMadeUnixMs = this.#options.unixMs();
        touch(entry);
        if (isFirst) enrolled(entry);
        return;
      }
      case "discardNext":
        entry.keyring = hubDiscardNext(entry.keyring);
        return;
    }
    save(entry, entry.keyring.next?.slot.keyId ?? 0);
  }

  #freshSlot(entry: ReporterEntry): KeySlot {
    const { crypto } = this.#options;
    const generation = freshGeneration(entry.keyring);
    return { keyId: freshKeyId(crypto), generation, key: crypto.randomBytes(32) };
  }
}

/** Newer than any key that the other side may have. */
export function freshGeneration({ current, next }: HubKeyring): number {
  return Math.max(current?.generation ?? 0, next?.slot.generation ?? 0) + 1;
}

/** A random name for a key, never 0, which stands for none. */
export function freshKeyId(crypto: Crypto): number {
  const bytes = crypto.randomBytes(4);
  const id = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0);
  return id === 0 ? 1 : id;
}

const BODIES: HubKeysHandlers = {
  anyOnEnrol: (_state, { hasCurrent }) => ({
    state: { name: "savingGrant", hasCurrent },
    outputs: [{ kind: "do", name: "keepNext" }],
  }),
  savingGrantOnSave: ({ hasCurrent }) => ({
    state: { name: hasCurrent ? "settled" : "vacant" },
    outputs: [{ kind: "do", name: "discardNext" }],
  }),
};

function timerName(entry: ReporterEntry, timer: string): string {
  return `${scopeOf(entry)}/${timer}`;
}

function scopeOf({ kind, subject }: ReporterEntry): string {
  return `keys/${kind}/${String(subject)}`;
}
