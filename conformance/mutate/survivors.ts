/** Mutants that the campaign does not catch, and why it cannot: none is known. */
export const SURVIVORS: Readonly<Record<string, string>> = {};
