/**
 * Takes apart what stands between the samples that are read into samples of other tracks, by what those of a reference look
 * like. Only a gap that they fill from end to end is taken: nothing else proves them.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { ByteGap, RecordRule } from './records.ts';

/** How the samples of one track look. */
export interface DataRule {
  readonly mark: RecordRule['mark'];
  /** The sizes there are, or that any may be. */
  readonly sizes: readonly number[] | 'any';
  /** Samples there are at most: of those that have nothing in common, no more than were met. */
  readonly most: number;
}

/** A sample that was found. */
export interface DataRecord extends ByteGap {
  /** Number of its rule. */
  readonly rule: number;
}

const maxInGap = 64;
const maxGapBytes = 4 * 1024 * 1024;
/** Ways that are gone in one gap. */
const maxSteps = 4096;

/** The samples that fill gaps, in order, and the gaps that are filled. */
export function findDataRecords(
  source: ByteSource,
  gaps: readonly ByteGap[],
  rules: readonly DataRule[],
): { readonly records: DataRecord[]; readonly filled: ReadonlySet<ByteGap> } {
  const records: DataRecord[] = [];
  const filled = new Set<ByteGap>();
  const counts = rules.map(() => 0);
  // The one that has most in common with its like comes first.
  const order = rules.map((_, rule) => rule).sort((a, b) => rules[b]!.mark.length - rules[a]!.mark.length);
  for (const gap of gaps) {
    if (gap.length > maxGapBytes) continue;
    const left = rules.map(({ most }, rule) => most - counts[rule]!);
    const found = fill(source.read(gap.offset, gap.length).slice(), rules, order, left);
    if (found === undefined) continue;
    for (const { rule } of found) counts[rule]!++;
    filled.add(gap);
    for (const each of found) records.push({ ...each, offset: gap.offset + each.offset });
  }
  return { records, filled };
}

function fill(
  bytes: Uint8Array,
  rules: readonly DataRule[],
  order: readonly number[],
  left: readonly number[],
): DataRecord[] | undefined {
  const dead = new Set<number>();
  let steps = 0;
  const from = (at: number, depth: number): DataRecord[] | undefined => {
    if (at === bytes.length) return [];
    if (depth >= maxInGap || dead.has(at) || ++steps > maxSteps) return undefined;
    for (const rule of order) {
      const { mark, sizes } = rules[rule]!;
      if (left[rule]! <= 0 || !isMarked(bytes, at, mark)) continue;
      const ends = sizes === 'any' ? endsOfAny(bytes, at, rules) : sizes.map((size) => at + size);
      for (const end of ends) {
        const rest = end > bytes.length ? undefined : from(end, depth + 1);
        if (rest === undefined || rest.filter((each) => each.rule === rule).length >= left[rule]!) continue;
        return [{ rule, offset: at, length: end - at }, ...rest];
      }
    }
    dead.add(at);
    return undefined;
  };
  return from(0, 0);
}

function isMarked(bytes: Uint8Array, start: number, mark: DataRule['mark']): boolean {
  return mark.every(({ at, byte }) => bytes[start + at] === byte);
}

/** So many bytes in common stand nowhere by chance. */
const sureMark = 4;

/** Where a sample of any size may end: where another begins that is sure, or the gap ends; the last first. */
function endsOfAny(bytes: Uint8Array, start: number, rules: readonly DataRule[]): number[] {
  const sure = rules.filter(({ mark }) => mark.length >= sureMark);
  const ends = [bytes.length];
  for (let at = start + 1; at < bytes.length && ends.length < maxInGap; at++) {
    if (sure.some(({ mark }) => isMarked(bytes, at, mark))) ends.push(at);
  }
  return ends.length > 1 ? [...ends.slice(1), bytes.length] : ends;
}
