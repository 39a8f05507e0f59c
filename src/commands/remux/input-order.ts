/** In which order inputs are joined. It knows names only. */
import { basename } from 'node:path';

const digits = /\d+/g;

/**
 * The parts of one recording by their numbers, whatever the shell made of them (`_part10` stands before `_part2` in the order of
 * letters): where all names are alike but for numbers. Others stay as they were given.
 */
export function inNaturalOrder(paths: readonly string[]): string[] {
  const patterns = new Set(paths.map((path) => basename(path).replaceAll(digits, '#')));
  if (patterns.size !== 1) return [...paths];
  const numbers = (path: string): bigint[] => [...path.matchAll(digits)].map(([text]) => BigInt(text));
  return paths.toSorted((one, other) => {
    const [here, there] = [numbers(one), numbers(other)];
    const at = here.findIndex((value, index) => value !== there[index]);
    return at < 0 ? 0 : here[at]! < (there[at] ?? 0n) ? -1 : 1;
  });
}
