/** What a column can hold in every store. Booleans are 0 and 1. */
export type Value = string | number | Uint8Array | null;

/** What names a row within its table. */
export type Key = string | number;

/** Tables by name, each with the type of its rows: interfaces of `Value` members. */
export type Tables = object;

/** A row that changed, or, where `row` is undefined, is gone. */
export type Change<All extends Tables> = {
  readonly [Name in keyof All & string]: {
    readonly table: Name;
    readonly key: Key;
    readonly row: All[Name] | undefined;
  };
}[keyof All & string];

/** How a store saves. */
export interface SaveOptions {
  /**
   * True: what is saved survives a loss of power once the promise resolves. False: it survives the end of
   * the process, but the last moments before a loss of power may be missing as a whole, never in part.
   */
  readonly durable: boolean;
}

/** Keeps rows by key. Whoever uses it holds them in memory and tells it what changed. */
export interface TableStore<All extends Tables> {
  /** Every row of a table, in no particular order. @throws {OperatorError} if they cannot be read. */
  load<Name extends keyof All & string>(table: Name): Promise<readonly All[Name][]>;
  /**
   * Saves all of the changes or none. A later change of a row replaces an earlier one.
   * @throws {OperatorError} if they cannot be written: a full disk, a file that may not be written.
   */
  save(changes: readonly Change<All>[], options: SaveOptions): Promise<void>;
  /** Gives the files back. Nothing may be asked afterwards. */
  close(): Promise<void>;
}
