import { DIGEST_BYTES, QuickHash } from "./quick-hash.ts";

/** Safe primes below 2^15 and a generator of each one's whole group: products fit a small integer. */
const GROUPS = [
  { prime: 32_603, generator: 2 },
  { prime: 32_507, generator: 2 },
  { prime: 32_183, generator: 5 },
  { prime: 32_003, generator: 2 },
] as const;

const PURPOSE = { exponents: 0x657870, filler: 0x66696c, shared: 0x736861, stranger: 0x737472 };

const hash = new QuickHash();

/**
 * The public key of a private one in four small groups at once, 32 bytes as with X25519. Two parties that know
 * each other's public keys share a secret; whoever only sees those would have to take discrete logarithms of 15
 * bits, which is a matter of moments for a computer and nothing that a simulated attacker does.
 */
export function groupPublic(privateKey: Uint8Array): Uint8Array {
  const exponents = exponentsOf(privateKey);
  const residues = GROUPS.map(({ prime, generator }, index) =>
    power(generator, exponents[index] ?? 0, prime),
  );
  return encode(residues);
}

/** The secret shared with the holder of a public key; undefined if that is malformed: all zero, or not 32 bytes. */
export function groupShared(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined {
  if (publicKey.length !== DIGEST_BYTES || publicKey.every((byte) => byte === 0)) return undefined;
  const residues = GROUPS.map((_group, index) => readResidue(publicKey, index));
  // On the real curve any 32 bytes are a point, and one that nobody made gives a secret that nobody shares.
  if (!encode(residues).every((byte, at) => byte === publicKey[at])) {
    return hash.begin(PURPOSE.stranger).add(privateKey).add(publicKey).digest();
  }
  const exponents = exponentsOf(privateKey);
  hash.begin(PURPOSE.shared);
  const powers = GROUPS.map(({ prime }, index) =>
    power(residues[index] ?? 0, exponents[index] ?? 0, prime),
  );
  for (const residue of powers) hash.addWord(residue);
  return hash.digest();
}

/** From 1 to the order of each group less one. */
function exponentsOf(privateKey: Uint8Array): readonly number[] {
  const digest = hash.begin(PURPOSE.exponents).add(privateKey).digest();
  const view = new DataView(digest.buffer);
  return GROUPS.map(({ prime }, index) => 1 + (view.getUint32(index * 4) % (prime - 2)));
}

function power(base: number, exponent: number, prime: number): number {
  let result = 1;
  let square = base % prime;
  for (let left = exponent; left > 0; left >>= 1) {
    if ((left & 1) === 1) result = (result * square) % prime;
    square = (square * square) % prime;
  }
  return result;
}

/** Two bytes for each group; what follows is made of them. */
function encode(residues: readonly number[]): Uint8Array {
  hash.begin(PURPOSE.filler);
  for (const residue of residues) hash.addWord(residue);
  const bytes = hash.digest();
  for (const [index, residue] of residues.entries()) {
    bytes[index * 2] = residue >> 8;
    bytes[index * 2 + 1] = residue;
  }
  return bytes;
}

function readResidue(publicKey: Uint8Array, index: number): number {
  return ((publicKey[index * 2] as number) << 8) | (publicKey[index * 2 + 1] as number);
}
