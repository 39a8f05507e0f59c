/** Fractions as ffprobe prints them. */
import type { Ratio } from '../probed-recording.ts';

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** What a ratio's parts may be at most. */
const largest = 0x7fffffff;

/** In lowest terms; parts too large for 31 bits become the nearest fraction that fits. */
export function ratio(numerator: number, denominator: number): Ratio {
  const divisor = greatestDivisor(numerator, denominator) || 1;
  const [num, den] = [numerator / divisor, denominator / divisor];
  return num <= largest && den <= largest ? { numerator: num, denominator: den } : nearest(num / den);
}

/** The fraction of small parts that is nearest to a number: its continued fraction, as far as the parts fit. */
function nearest(value: number): Ratio {
  let [n0, d0, n1, d1] = [0, 1, 1, 0];
  let rest = value;
  for (let step = 0; step < 64; step++) {
    const whole = Math.floor(rest);
    const [n2, d2] = [whole * n1 + n0, whole * d1 + d0];
    if (n2 > largest || d2 > largest) break;
    [n0, d0, n1, d1] = [n1, d1, n2, d2];
    if (rest === whole) break;
    rest = 1 / (rest - whole);
  }
  return { numerator: n1, denominator: d1 };
}

/** The fraction as a number, 0 where the denominator is 0. */
export function valueOf({ numerator, denominator }: Ratio): number {
  return denominator === 0 ? 0 : numerator / denominator;
}
