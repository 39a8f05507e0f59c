/** What the figures need of a track. */
import type { ConfigurationOrigin, TrackRange, TrackReport } from '../../media/report.ts';
import type { TrackCourse } from '../../media/track-course.ts';

/** A track as the figures take it, in a report of a repair or of a look alone. */
export interface TrackFacts {
  /** `video avc1.64001f, 1280x720`. */
  readonly name: string;
  readonly kind: string;
  readonly ranges: readonly TrackRange[];
  readonly course?: TrackCourse | undefined;
  readonly configuration?: ConfigurationOrigin | undefined;
}

/** A track of a report, by its name and with what is known of its time. */
export function trackFactsOf(track: TrackReport): TrackFacts {
  const { kind, codec, width, height, sampleRate, channels, ranges, course, configuration } = track;
  const format =
    kind === 'video'
      ? [width === undefined ? '' : `${width}x${height}`]
      : [
          sampleRate === undefined ? '' : `${sampleRate} Hz`,
          channels === undefined ? '' : `${channels} ${channels === 1 ? 'channel' : 'channels'}`,
        ];
  return {
    name: [`${kind} ${codec}`, ...format.filter((part) => part !== '')].join(', '),
    kind,
    ranges,
    course,
    configuration,
  };
}
