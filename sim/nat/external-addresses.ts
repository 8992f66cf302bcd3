/** The external addresses of a NAT. */
export type ExternalAddresses = readonly [string, ...string[]];

/** The addresses, of which there is one at least. @throws {RangeError} if there is none. */
export function atLeastOne(addresses: readonly string[]): ExternalAddresses {
  const [first, ...others] = addresses;
  if (first === undefined) throw new RangeError("a NAT needs an external address");
  return [first, ...others];
}
