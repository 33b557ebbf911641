/**
 * Elementary functions in plain + - × ÷ and square root, which the language defines to the last bit. The
 * engine's own `Math.log` and its like may differ between engines and versions, and one differing bit would
 * change a run. Errors are below 2 units in the last place unless a function says otherwise.
 */

const DOUBLE: Float64Array = new Float64Array(1);
const WORDS: Int32Array = new Int32Array(DOUBLE.buffer);
/** Where sign, exponent and the upper 20 bits of the fraction lie: 1 on little-endian machines. */
const UPPER: number = upperWordIndex();
/** 2^-1074 … 2^1023. */
const POWERS_OF_TWO: Float64Array = powersOfTwo();

/** ln 2 in two parts; the first has 32 significant bits, so that its product with an exponent is exact. */
const LN2_UPPER = 6.9314718036912381649e-1;
const LN2_LOWER = 1.90821492927058770002e-10;
const LOG2_E = 1.442695040888963387;
const SQRT_2 = 1.41421356237309514547;
const SQRT_2_PI = 2.50662827463100050242;
const LN_SQRT_2_PI = 0.91893853320467274178;

const SMALLEST_NORMAL = 2.2250738585072014e-308;
const TWO_TO_54 = 18014398509481984;

/** The natural logarithm: -Infinity at 0, NaN below. */
export function ln(x: number): number {
  if (!(x > 0) || x === Infinity) return x === 0 ? -Infinity : x > 0 ? x : NaN;
  if (x < SMALLEST_NORMAL) return ln(x * TWO_TO_54) - 54 * LN2_UPPER - 54 * LN2_LOWER;
  // x = m × 2^k with m in [√½, √2), so that f = m - 1 is small and exact.
  DOUBLE[0] = x;
  let k = ((WORDS[UPPER] as number) >> 20) - 1023;
  let m = x * powerOfTwo(-k);
  if (m > SQRT_2) {
    m *= 0.5;
    k++;
  }
  const f = m - 1;
  // ln(1 + f) = 2 artanh(s) with s = f / (2 + f), that is 2s + s·r with r = 2/3 s² + 2/5 s⁴ + …, and 2s = f - s·f.
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const odd = z * (2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19)))));
  const even = w * (2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21)))));
  const half = 0.5 * f * f;
  return k * LN2_UPPER - (half - (s * (half + odd + even) + k * LN2_LOWER) - f);
}

/** e to the power of x: Infinity above 709.78, 0 below -745.14. */
export function exp(x: number): number {
  if (x > 709.782712893384) return Infinity;
  if (x < -745.1332191019412) return 0;
  if (x !== x) return NaN;
  // x = k ln 2 + r with |r| ≤ ½ ln 2.
  const k = Math.floor(x * LOG2_E + 0.5);
  const upper = x - k * LN2_UPPER;
  const lower = k * LN2_LOWER;
  const r = upper - lower;
  const z = r * r;
  // e^r - 1 - r = r²/2! + r³/3! + …, even and odd powers apart so that they can be computed side by side.
  const even =
    1 / 2 + z * (1 / 24 + z * (1 / 720 + z * (1 / 40320 + z * (1 / 3628800 + z * (1 / 479001600)))));
  const odd =
    1 / 6 + z * (1 / 120 + z * (1 / 5040 + z * (1 / 362880 + z * (1 / 39916800 + z * (1 / 6227020800)))));
  const y = 1 + (upper + (z * (even + r * odd) - lower));
  if (k > 1023) return y * 2 * powerOfTwo(k - 1);
  if (k < -1022) return y * powerOfTwo(k + 54) * (1 / TWO_TO_54);
  return y * powerOfTwo(k);
}

/** `base` > 0 to the power of `exponent`. The relative error grows with |exponent × ln base|. */
export function power(base: number, exponent: number): number {
  return exp(exponent * ln(base));
}

/**
 * The standard normal distribution's quantile of `p` in (0, 1), by the rational approximations of Wichura,
 * "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16.
 * Relative error about 1e-15. -Infinity at 0, Infinity at 1.
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5;
  if (q >= -0.425 && q <= 0.425) return q * centralRatio(0.180625 - q * q);
  const tail = q < 0 ? p : 1 - p;
  if (!(tail > 0)) return tail === 0 ? (q < 0 ? -Infinity : Infinity) : NaN;
  const r = Math.sqrt(-ln(tail));
  const x = r <= 5 ? tailRatio(r - 1.6) : farTailRatio(r - 5);
  return q < 0 ? -x : x;
}

/** The probability that a standard normal variable exceeds `x`, with a relative error of about 1e-14. */
export function normalTail(x: number): number {
  if (x < 0) return 1 - normalTail(-x);
  const density = exp(-0.5 * x * x) / SQRT_2_PI;
  if (x < 2.5) {
    // ½ - φ(x) (x + x³/3 + x⁵/(3·5) + …)
    let term = x;
    let sum = x;
    for (let k = 3; term > sum * 1e-17; k += 2) sum += term *= (x * x) / k;
    return 0.5 - density * sum;
  }
  // φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))): Laplace's continued fraction, from the inside out.
  let fraction = x;
  for (let k = 120; k > 0; k--) fraction = x + k / fraction;
  return density / fraction;
}

/** The density of the standard normal distribution. */
export function normalDensity(x: number): number {
  return exp(-0.5 * x * x) / SQRT_2_PI;
}

/** The gamma function of x > 0, by Stirling's series. Relative error about 1e-14. */
export function gamma(x: number): number {
  let product = 1;
  let y = x;
  for (; y < 12; y++) product *= y;
  const z = 1 / (y * y);
  const series =
    (1 / 12 - z * (1 / 360 - z * (1 / 1260 - z * (1 / 1680 - z * (1 / 1188 - z * (691 / 360360)))))) / y;
  return exp((y - 0.5) * ln(y) - y + LN_SQRT_2_PI + series) / product;
}

/** 2^k for -1074 ≤ k ≤ 1023. */
function powerOfTwo(k: number): number {
  return POWERS_OF_TWO[k + 1074] as number;
}

function powersOfTwo(): Float64Array {
  const powers = new Float64Array(1074 + 1024);
  powers[1074] = 1;
  for (let i = 1075; i < powers.length; i++) powers[i] = (powers[i - 1] as number) * 2;
  for (let i = 1073; i >= 0; i--) powers[i] = (powers[i + 1] as number) * 0.5;
  return powers;
}

function upperWordIndex(): number {
  DOUBLE[0] = 1;
  return WORDS[1] === 0 ? 0 : 1;
}

function centralRatio(r: number): number {
  return (
    (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r +
      45921.953931549871457) *
      r +
      13731.693765509461125) *
      r +
      1971.5909503065514427) *
      r +
      133.14166789178437745) *
      r +
      3.387132872796366608) /
    (((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r +
      21213.794301586595867) *
      r +
      5394.1960214247511077) *
      r +
      687.1870074920579083) *
      r +
      42.313330701600911252) *
      r +
      1)
  );
}

function tailRatio(r: number): number {
  return (
    (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
      1.27045825245236838258) *
      r +
      3.64784832476320460504) *
      r +
      5.7694972214606914055) *
      r +
      4.6303378461565452959) *
      r +
      1.42343711074968357734) /
    (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
      0.14810397642748007459) *
      r +
      0.68976733498510000455) *
      r +
      1.6763848301838038494) *
      r +
      2.05319162663775882187) *
      r +
      1)
  );
}

function farTailRatio(r: number): number {
  return (
    (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
      0.026532189526576123093) *
      r +
      0.29656057182850489123) *
      r +
      1.7848265399172913358) *
      r +
      5.4637849111641143699) *
      r +
      6.6579046435011037772) /
    (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
      7.868691311456132591e-4) *
      r +
      0.0148753612908506148525) *
      r +
      0.13692988092273580531) *
      r +
      0.59983220655588793769) *
      r +
      1)
  );
}
