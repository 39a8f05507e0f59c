/**
 * Looks at a path: finds out by the content what lies there, and has it inspected. The ending of a name decides nothing:
 * servers write transport streams and FLV files that are named .mp4.
 */
import { looksLikeMovieFile } from '../../mp4/file-layout.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { openStandardInput } from '../../io/standard-input.ts';
import { FileSource } from '../../io/file-source.ts';
import { holdsFlv, inspectFlv, looksLikeFlv } from './inspect-flv.ts';
import { inspectMp4 } from './inspect-mp4.ts';
import type { InspectOptions, Inspection, Inspector } from './inspection.ts';
import type { Target } from './targets.ts';
import { probeStaging } from './inspect-staging.ts';
import { inspectTs, looksLikeTransportStream } from './inspect-ts.ts';
import { inspectUnknown } from './inspect-unknown.ts';

/** In the order in which they are asked; the first that knows the content has it. */
const containers: readonly { readonly knows: (source: ByteSource) => boolean; readonly inspect: Inspector }[] = [
  { knows: looksLikeMovieFile, inspect: inspectMp4 },
  { knows: looksLikeFlv, inspect: inspectFlv },
  { knows: looksLikeTransportStream, inspect: inspectTs },
  { knows: holdsFlv, inspect: inspectFlv },
];

/** Inspects what a source holds. */
export async function inspectSource(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const container = containers.find(({ knows }) => knows(source));
  return container === undefined ? inspectUnknown(source, options) : container.inspect(source, options);
}

/** Inspects an opened file, hands the inspection to `use`, and closes the file. */
async function inspected<T>(
  source: FileSource,
  options: InspectOptions,
  use: (inspection: Inspection) => T | Promise<T>,
): Promise<T> {
  try {
    return await use(await inspectSource(source, options));
  } finally {
    source.close();
  }
}

/** Looks at a target of any kind; of standard input when all of it has come. `use` gets the inspection while its files are open. */
export async function probeTarget<T>(
  target: Target,
  options: InspectOptions,
  use: (inspection: Inspection) => T | Promise<T>,
): Promise<T> {
  if (target.kind === 'staging') return probeStaging(target.path, options, use);
  const source = target.kind === 'stdin' ? await openStandardInput(options.signal) : new FileSource(target.path);
  return inspected(source, options, use);
}
