/** Says which streams the carver could tell apart by nothing but their turns. */
import type { Findings } from '../../media/findings.ts';
import type { Carving } from './carver.ts';
import type { CarvedStream } from './joined-samples.ts';

/** Adds the finding `streams-alike` where a carving has such streams. */
export function noteAlike(
  { alike }: Pick<Carving, 'alike'>,
  streams: readonly CarvedStream[],
  file: string,
  findings: Findings,
): void {
  if (alike.length === 0) return;
  const ids = alike.map((stream) => streams[stream]!.id).join(' and ');
  const kinds = [...new Set(alike.map((stream) => streams[stream]!.kind))].join(' and ');
  findings.add(
    'streams-alike',
    `which ${kinds} sample is of which of the tracks ${ids} follows from their order; after missing media it may be of another`,
    { file },
  );
}
