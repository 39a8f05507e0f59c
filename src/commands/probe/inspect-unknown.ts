/** What is said of a file that is none of the containers: what else it is and what repairs it, or that nobody can tell. */
import type { ByteSource } from '../../io/file-source.ts';
import { zeroTailStart } from '../../io/zero-tail.ts';
import { Findings, type FindingCode } from '../../media/findings.ts';
import type { Verdict } from '../../media/probed-recording.ts';
import { foreignFormatOf, foreignRemedy } from '../../rescue/container.ts';
import type { InspectOptions, Inspection } from './inspection.ts';

interface Named {
  readonly verdict: Verdict;
  readonly code: FindingCode;
  readonly message: string;
  /** For people. */
  readonly name: string;
}

/** Looks at a file that no inspector takes. */
export function inspectUnknown(source: ByteSource, { deep }: InspectOptions): Inspection {
  const findings = new Findings();
  const { verdict, code, message, name } = named(source);
  findings.add(code, message, { file: source.path, offset: 0 });
  return {
    recording: {
      path: source.path,
      files: [{ path: source.path, bytes: source.size }],
      container: 'unknown',
      containerName: name,
      formatName: undefined,
      tracks: [],
      health: { verdict, deep, findings: findings.list(), advice: [] },
    },
    samples: () => [],
    tree: () => [],
  };
}

function named(source: ByteSource): Named {
  const blank = { verdict: 'damaged', code: 'container-blank' } as const;
  if (source.size === 0) {
    return { ...blank, name: 'empty', message: 'the file is empty: nothing was written, or it was emptied' };
  }
  const zeros = zerosOf(source);
  if (zeros !== undefined) {
    const message = `${zeros} are zero: the file got its length, and what was to be in it never reached the disk`;
    return { ...blank, name: 'zeros', message };
  }
  const foreign = foreignFormatOf(source);
  if (foreign === undefined) {
    const message = `none of MP4, FLV, MPEG transport stream and staging file begins with ${firstBytes(source)}`;
    return { verdict: 'unreadable', code: 'container-unknown', name: 'unknown', message };
  }
  const remedy = foreignRemedy(foreign, source.path);
  return {
    verdict: 'foreign',
    code: 'container-foreign',
    name: foreign,
    message: `it is ${foreign}, which salvor does not repair${remedy === undefined ? '' : `; ${remedy}`}`,
  };
}

const headLength = 64 * 1024;

/** Which bytes are zero of a file that holds nothing else, as a phrase; of a large one the ends are looked at. */
function zerosOf(source: ByteSource): string | undefined {
  const start = zeroTailStart(source);
  if (start === 0) return `all of its ${source.size} bytes`;
  const isFollowed = source.read(start - 1, 1)[0] === 0;
  const isBlank = isFollowed && source.read(0, headLength).every((byte) => byte === 0);
  return isBlank
    ? `the first ${headLength} and the last ${source.size - start} of its ${source.size} bytes`
    : undefined;
}

function firstBytes(source: ByteSource): string {
  return Buffer.from(source.read(0, 8))
    .toString('hex')
    .replaceAll(/(..)(?=.)/g, '$1 ');
}
