/** Mutants that the campaign does not catch, and why it cannot. */
export const SURVIVORS: Readonly<Record<string, string>> = {};
