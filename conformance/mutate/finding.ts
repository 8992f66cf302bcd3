/** What the campaign made of one mutant. */
export type Finding = {
  /** Cases that were run. */
  readonly runs: number;
  readonly elapsedMs: number;
} & (
  | { readonly caught: false }
  | {
      readonly caught: true;
      readonly scenario: string;
      readonly seed: number;
      readonly checker: string;
      readonly message: string;
    }
);
