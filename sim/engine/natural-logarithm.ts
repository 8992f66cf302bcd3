const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF = 0.7071067811865476;
/** Odd powers of the series up to this one: what is left out is below 2^-56 of the result. */
const POWER_MAX = 21;

/**
 * The natural logarithm, from nothing but the four operations that IEEE 754 rounds in one way only.
 * `Math.log` may differ in its last bit from one engine to the next, and a trace hash with it.
 * Within 2 units in the last place of the true value.
 * @param value above 0 and finite.
 * @throws {RangeError} on anything else.
 */
export function naturalLogarithm(value: number): number {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(`the logarithm takes a finite number above 0, not ${String(value)}`);
  }
  // Scaling by 2 is exact but for subnormal numbers, which are scaled up first.
  let mantissa = value;
  let exponent = 0;
  while (mantissa >= 2 * SQRT_HALF) [mantissa, exponent] = [mantissa / 2, exponent + 1];
  while (mantissa < SQRT_HALF) [mantissa, exponent] = [mantissa * 2, exponent - 1];
  // ln m = 2 artanh s with s = (m - 1) / (m + 1), |s| < 0.172: the series gains 1.5 digits a term.
  const s = (mantissa - 1) / (mantissa + 1);
  const square = s * s;
  let sum = 0;
  for (let power = POWER_MAX; power >= 3; power -= 2) sum = (sum + 1 / power) * square;
  return exponent * LN2_HIGH + (exponent * LN2_LOW + 2 * s * sum + 2 * s);
}
