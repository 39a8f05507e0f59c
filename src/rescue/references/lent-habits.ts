/**
 * What a named recording tells of a track whose configuration is known and none of whose samples is: how its writer puts
 * samples together, which no sample says by itself. It is believed where the configurations are the same, byte for byte.
 */
import { pathKind } from '../../io/directory.ts';
import { streamsOf, type CodecReference, type ReferenceStream } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import type { CodecConfiguration } from '../../media/track.ts';
import { referencesFor } from './references.ts';

/** The recording a user named for this one, where it lends anything; one that does not takes nothing away. */
export function namedLender(path: string, named: string | undefined): CodecReference | undefined {
  if (named === undefined || pathKind(named) !== 'file') return undefined;
  try {
    return referencesFor(named)(path).named;
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
}

/** The stream of a recording that is coded with the very same configuration; undefined where it has none. */
export function alikeIn(lender: CodecReference, configuration: CodecConfiguration): ReferenceStream | undefined {
  return streamsOf(lender).find((stream) => isOf(stream.configuration, configuration));
}

/** A configuration with what only the lender knows of its samples. */
export function withLentHabits(own: CodecConfiguration, { configuration: lent }: ReferenceStream): CodecConfiguration {
  // Both are of one codec: what stands in one and not in the other are the habits.
  return { ...lent, ...own } as CodecConfiguration;
}

/** Whether all that one configuration says is what the other says too. */
function isOf(lent: CodecConfiguration, own: CodecConfiguration): boolean {
  return Object.entries(own).every(
    ([name, value]) => textOf(value) === textOf(Object.entries(lent).find(([other]) => other === name)?.[1]),
  );
}

function textOf(value: unknown): string | undefined {
  return JSON.stringify(value, (_, each: unknown) =>
    each instanceof Uint8Array ? Buffer.from(each).toString('base64') : typeof each === 'bigint' ? `${each}` : each,
  );
}
