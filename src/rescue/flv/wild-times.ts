/**
 * Single timestamps that a flipped bit or a torn write put far from where both neighbours are: the clock went on without
 * them, so they belong between. A clock that was set does not return, and is not touched here.
 */

/** Milliseconds that a clock may stumble by. */
const stumble = 250;
/** So many in a row are no single values. */
const maxInARow = 3;

/** The times with those in the place of wild ones that lie evenly between their neighbours; undefined where none is wild. */
export function withoutWild(times: Float64Array, usualStep: number): Float64Array | undefined {
  const far = stumble + 2 * usualStep;
  let tamed: Float64Array | undefined;
  for (let n = 1; n + 1 < times.length; n++) {
    const before = times[n - 1]!;
    if (Math.abs(times[n]! - before) <= far) continue;
    const end = returns(times, n, before, far);
    if (end === undefined) continue;
    tamed ??= times.slice();
    for (let i = n; i < end; i++) {
      tamed[i] = Math.round(before + ((times[end]! - before) * (i - n + 1)) / (end - n + 1));
    }
    n = end;
  }
  return tamed;
}

/** Number of the frame at which a clock that left `before` is back; undefined where it stays away, or went on. */
function returns(times: Float64Array, from: number, before: number, far: number): number | undefined {
  for (let n = from + 1; n <= from + maxInARow && n < times.length; n++) {
    const isBack = times[n]! >= before && times[n]! - before <= far;
    if (isBack) return times[from]! > times[n]! || times[from]! < before ? n : undefined;
  }
  return undefined;
}
