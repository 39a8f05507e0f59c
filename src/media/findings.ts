/**
 * What readers find wrong. A finding has a stable code from the one catalogue below, so that scripts can rely on it, and
 * says where it is, what was expected, what was found, and what it means for the media.
 */

/** note: nothing is lost. warning: something is not as it should be, the media is kept. error: media cannot be kept or trusted. */
export type Severity = 'note' | 'warning' | 'error';

/** Every code with its severity and its meaning (the manual page lists them; a test holds the two together). */
export const findingCatalogue = {
  'staging-file-missing': ['error', 'a file of the staging set is missing or empty'],
  'staging-info-unreadable': ['error', 'the .info file cannot be read to its end'],
  'staging-info-stale-bytes': ['note', 'the .info file has bytes of an older state behind its end'],
  'staging-keyframes-missing': [
    'note',
    'the key-frame list lacks its last 1024 numbers, as the recorder leaves it when their count is a multiple of 1024',
  ],
  'staging-track-torn': ['error', 'the last entry of a track file is incomplete'],
  'staging-track-count': ['error', 'a track file has another number of entries than .info says'],
  'staging-runs-contradict': ['error', 'the time runs of a track do not add up to its samples'],
  'staging-range-outside': ['error', 'a sample lies outside the media file'],
  'staging-range-overlap': ['error', 'two samples claim the same bytes'],
  'staging-bytes-unindexed': ['error', 'bytes of the media file belong to no sample'],
  'staging-size-contradicts': ['error', 'the media file has another size than .info says'],
  'staging-info-partial': ['warning', 'only a part of the .info file can be read; what it still says was used'],
  'staging-info-foreign': [
    'warning',
    'the .info file does not belong to this recording or to this state of it; its times were not used',
  ],
  'staging-entry-untrue': [
    'error',
    'an entry of a track file points outside the media or at bytes of another sample; its sample was left out',
  ],
  'media-damaged': ['error', 'the bytes of a sample are not what its codec can have written; the sample was left out'],
  'codec-configuration-taken': ['warning', 'the codec configuration was lost and was taken from elsewhere'],
  'times-continued': ['note', 'the last few times were lost and follow from the rhythm of those before'],
  'times-assumed': ['warning', 'the times of a track were lost and had to be assumed'],
  'start-offset-assumed': [
    'warning',
    'when a track begins was lost and was taken from the order in which the samples arrived',
  ],
  'mdat-header-unreadable': ['error', 'the media file does not begin with an mdat box'],
  'mdat-size-stale': ['warning', 'the size in the mdat header is not the size of the file'],
  'nal-chain-broken': ['warning', 'the NAL unit lengths in a video sample do not end where the sample ends'],
  'sync-sample-contradicts': [
    'warning',
    'the key-frame list and the NAL unit types disagree; the NAL unit types were believed',
  ],
  'no-sync-sample': ['warning', 'no sample is an IDR picture; the first sample is given as the only entry point'],
  'decode-time-backward': ['warning', 'decode times step backward; they were made to rise'],
  'duration-of-last-assumed': [
    'note',
    'the recorder gave the last sample an implausible duration; the usual one was taken',
  ],
  'composition-offset-sign': [
    'note',
    'composition offsets were recorded without their sign and have been given it back',
  ],
  'codec-configuration-completed': [
    'note',
    'the recorder kept only the beginning of the audio configuration; the rest followed from it',
  ],
  'codec-configuration-unreadable': ['error', 'a codec configuration cannot be read'],
  'dimensions-contradict': [
    'note',
    'the recorded picture size is not the one in the sequence parameter set, which was believed',
  ],
  'beyond-32-bits': [
    'warning',
    'the recording asks for 32-bit fields (winQtCompat) but does not fit them; 64-bit fields were written',
  ],
} as const satisfies Record<string, readonly [Severity, string]>;

export type FindingCode = keyof typeof findingCatalogue;

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
  /** How many more times the same was found (only the first is described). */
  readonly repeated?: number;
}

export type FindingPlace = Pick<Finding, 'file' | 'offset' | 'length' | 'track' | 'sample'>;

/** Gathers findings. The same code about the same file and track is kept once with a count: a day of faults must not fill the memory. */
export class Findings {
  readonly #found = new Map<string, { finding: Finding; repeated: number }>();

  add(code: FindingCode, message: string, place: FindingPlace = {}): void {
    const key = `${code}|${place.file ?? ''}|${place.track ?? ''}`;
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
