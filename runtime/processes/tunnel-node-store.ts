import { join } from "node:path";
import { StateFile } from "../stores/state-file.ts";
import type { StateValue } from "../stores/state-file.ts";

/** What a node keeps: its newest password and the main server's identity. */
export class TunnelNodeStore {
  readonly #file: StateFile;
  #password: string | undefined;
  #main: Uint8Array | undefined;

  /** @throws {OperatorError} if the file is damaged. */
  constructor(folder: string) {
    this.#file = new StateFile(join(folder, "tunnel-node.json"));
    const { main, password } = (this.#file.load() ?? {}) as {
      readonly main?: StateValue;
      readonly password?: StateValue;
    };
    this.#main = main instanceof Uint8Array ? main : undefined;
    this.#password = typeof password === "string" ? password : undefined;
  }

  get password(): string | undefined {
    return this.#password;
  }

  get main(): Uint8Array | undefined {
    return this.#main;
  }

  /** On disk when it returns. @throws {OperatorError} if it cannot be written. */
  savePassword(password: string): void {
    this.#password = password;
    this.#save();
  }

  /** As `savePassword`. */
  saveMain(fingerprint: Uint8Array): void {
    this.#main = fingerprint;
    this.#save();
  }

  #save(): void {
    this.#file.save({ password: this.#password, main: this.#main });
  }
}
