/**
 * Looks at a path: finds out by the content what lies there, and has it inspected.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { openStandardInput } from '../../io/standard-input.ts';
import { FileSource } from '../../io/file-source.ts';
import { damagedContainerOf, type Container } from '../../rescue/container.ts';
import { inspectFlv } from './inspect-flv.ts';
import { inspectMp4 } from './inspect-mp4.ts';
import type { InspectOptions, Inspection, Inspector } from './inspection.ts';
import type { Target } from './targets.ts';
import { probeStaging } from './inspect-staging.ts';
import { inspectTs } from './inspect-ts.ts';
import { inspectUnknown } from './inspect-unknown.ts';

const inspectors: Readonly<Record<Container, Inspector>> = { mp4: inspectMp4, flv: inspectFlv, mpegts: inspectTs };

/** Inspects what a source holds. */
export async function inspectSource(source: ByteSource, options: InspectOptions): Promise<Inspection> {
  const container = damagedContainerOf(source);
  return container === undefined ? inspectUnknown(source, options) : inspectors[container](source, options);
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
