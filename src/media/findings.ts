/**
 * What readers find wrong. A finding has a stable code from the one catalogue below, so that scripts can rely on it, and
 * says where it is, what was expected, what was found, and what it means for the media.
 */
import type { Severity } from './finding-codes/finding-code.ts';
import { fileFindings } from './finding-codes/files.ts';
import { flvFindings } from './finding-codes/flv.ts';
import { mediaFindings } from './finding-codes/media.ts';
import { mp4Findings } from './finding-codes/mp4.ts';
import { mpegtsFindings } from './finding-codes/mpegts.ts';
import { stagingFindings } from './finding-codes/staging.ts';
import { streamFindings } from './finding-codes/streams.ts';

export type { Severity } from './finding-codes/finding-code.ts';

/** Every code with its severity and its meaning (the manual page lists them; a test holds the two together). */
export const findingCatalogue = {
  ...stagingFindings,
  ...mediaFindings,
  ...mp4Findings,
  ...flvFindings,
  ...mpegtsFindings,
  ...fileFindings,
  ...streamFindings,
} as const;

/** A code of the catalogue; scripts rely on it, so a code is never given another meaning. */
export type FindingCode = keyof typeof findingCatalogue;

/** Of findings that say that something was assumed, inferred or lent, and not proven. */
export const assumingCodes: ReadonlySet<FindingCode> = new Set([
  'times-assumed',
  'start-offset-assumed',
  'clocks-contradict',
  'samples-inferred',
  'streams-alike',
  'mp4-configuration-missing',
  'codec-configuration-unproven',
] as const);

/** One thing that is not as it should be. Places that make no sense for it are absent. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** One sentence for people: what was expected, what was found, what it means. */
  readonly message: string;
  readonly file?: string;
  /** First byte it is about, in `file`. */
  readonly offset?: number;
  /** Bytes it is about. */
  readonly length?: number;
  readonly track?: 'video' | 'audio';
  /** Sample it is about, from 1. */
  readonly sample?: number;
  /** PID it is about, in a transport stream. */
  readonly pid?: number;
  /** Seconds at which it is, as the timestamps of the recording have it. */
  readonly time?: number;
  /** Another recording, from which something was taken. */
  readonly reference?: string;
  /** How many more times the same was found (only the first is described). */
  readonly repeated?: number;
}

/** Where a finding is: the fields of `Finding` that say so. */
export type FindingPlace = Pick<
  Finding,
  'file' | 'offset' | 'length' | 'track' | 'sample' | 'pid' | 'time' | 'reference'
>;

/** Gathers findings. The same code about the same file and track (or PID) is kept once with a count: a day of faults must not fill the memory. */
export class Findings {
  readonly #found = new Map<string, { finding: Finding; repeated: number }>();

  add(code: FindingCode, message: string, place: FindingPlace = {}): void {
    const key = `${code}|${place.file ?? ''}|${place.track ?? place.pid ?? ''}`;
    const known = this.#found.get(key);
    if (known === undefined) {
      this.#found.set(key, { finding: { code, severity: findingCatalogue[code][0], message, ...place }, repeated: 0 });
    } else {
      known.repeated++;
    }
  }

  list(): Finding[] {
    return [...this.#found.values()].map(({ finding, repeated }) =>
      repeated === 0 ? finding : { ...finding, repeated },
    );
  }

  has(code: FindingCode): boolean {
    return this.list().some((finding) => finding.code === code);
  }

  /** The first finding of severity `error`, if there is one. */
  firstError(): Finding | undefined {
    return this.list().find((finding) => finding.severity === 'error');
  }
}
