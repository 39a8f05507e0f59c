/** What is said of a file that is none of the containers: that nothing can be said of it, and why. */
import type { ByteSource } from '../../io/file-source.ts';
import { Findings } from '../../media/findings.ts';
import { foreignFormatOf } from '../../rescue/container.ts';
import type { InspectOptions, Inspection } from './inspection.ts';
import { zeroTailStart } from '../../io/zero-tail.ts';

/** Gives the verdict `unreadable` with one finding that names what the file begins with. */
export function inspectUnknown(source: ByteSource, { deep }: InspectOptions): Inspection {
  const findings = new Findings();
  const foreign = foreignFormatOf(source);
  const message =
    source.size === 0
      ? 'the file is empty'
      : zeroTailStart(source) === 0
        ? `all of its ${source.size} bytes are zero`
        : foreign !== undefined
          ? `it is ${foreign}, which salvor does not read`
          : `none of MP4, FLV, MPEG transport stream and staging file begins with ${firstBytes(source)}`;
  findings.add('container-unknown', message, { file: source.path, offset: 0 });
  return {
    recording: {
      path: source.path,
      files: [{ path: source.path, bytes: source.size }],
      container: 'unknown',
      containerName: 'unknown',
      formatName: undefined,
      tracks: [],
      health: { verdict: 'unreadable', deep, findings: findings.list(), advice: [] },
    },
    samples: () => [],
    tree: () => [],
  };
}

function firstBytes(source: ByteSource): string {
  return Buffer.from(source.read(0, 8))
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
}
