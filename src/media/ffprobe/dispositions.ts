/** The flags of a stream that ffprobe lists, each of them always. */
import { dispositions, type Disposition } from '../dispositions.ts';

/** All flags, 1 for those that are set. */
export function dispositionFields(set: readonly Disposition[]): Readonly<Record<Disposition, 0 | 1>> {
  return Object.fromEntries(dispositions.map((name) => [name, set.includes(name) ? 1 : 0])) as Record<
    Disposition,
    0 | 1
  >;
}
