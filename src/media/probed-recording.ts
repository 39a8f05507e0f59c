/**
 * What is said about a recording when it is looked at, whatever its container: what it is, whether it is whole, what to
 * do. The screen and the JSON are renderings of this one object and add nothing. Its JSON form is versioned: fields are
 * added, never renamed or given another meaning, within one version (man salvor-probe).
 */
import type { Disposition } from './dispositions.ts';
import type { Finding } from './findings.ts';
import type { RecordingReport } from './report.ts';

/** The `probeVersion` of `salvor probe --json`. */
export const probeVersion = 1;

/**
 * complete: nothing is missing or contradictory enough to lose media. unfinished: the recorder never closed it.
 * damaged: media or index was lost or cannot be true. foreign: it is of a format that salvor can only name. unreadable: nothing
 * can be said of it.
 */
export type Verdict = 'complete' | 'unfinished' | 'damaged' | 'foreign' | 'unreadable';

/** The containers that are told apart; `mp4` stands for every ISO base media file. */
export type ContainerName = 'mp4' | 'flv' | 'mpegts' | 'staging' | 'unknown';

/** A number of the form that ffprobe prints `25/1`. */
export interface Ratio {
  readonly numerator: number;
  readonly denominator: number;
}

/** What a codec's configuration says, in ffprobe's words where it has some. */
export interface CodecFacts {
  /** ffprobe's name: `h264`, `aac` …; undefined where the coder is not known. */
  readonly name: string | undefined;
  /** RFC 6381 string, such as `avc1.64001F`. */
  readonly mimeCodec?: string;
  readonly profile?: string;
  readonly level?: number;
  readonly width?: number;
  readonly height?: number;
  /** Pictures that are held back because they are decoded before others that are shown first. */
  readonly reorderedFrames?: number;
  readonly pixelFormat?: string;
  readonly sampleAspect?: Ratio;
  /** Frames per second, as the stream itself says. */
  readonly frameRate?: Ratio;
  /** Hertz. */
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly channelLayout?: string;
  /** Bits per second, where the coder fixes them. */
  readonly bitRate?: number;
  /** Bytes of the configuration beside the media. */
  readonly extradataSize?: number;
  /** What else ffprobe prints of it (`sample_fmt`, `field_order`, `color_space` …), under its names. */
  readonly further?: Readonly<Record<string, string | number>>;
}

/** Time in which a track has no samples. */
export interface Gap {
  /** Seconds from the beginning of the recording. */
  readonly atSeconds: number;
  readonly durationSeconds: number;
}

/** Seconds between key frames. */
export interface KeyFrameInterval {
  readonly minimum: number;
  readonly median: number;
  readonly maximum: number;
}

/** What is said of one track; what cannot be told is absent. */
export interface ProbedTrack {
  /** From 0, in the order of the container. */
  readonly index: number;
  /** The container's own number, where it has one: track id, PID. */
  readonly id?: number;
  readonly kind: 'video' | 'audio' | 'subtitle' | 'data';
  /** Four-character code, or `[27][0][0][0]` as ffprobe prints numbers. */
  readonly codecTag: string;
  readonly codec: CodecFacts;
  /** Seconds in a tick. */
  readonly timeBase: Ratio;
  /** Presentation time of the first picture or audio sample. */
  readonly startTicks?: number;
  /** As the container's index has it, or as head and tail say. */
  readonly durationTicks?: number;
  /** Of the media: what lies in the file to be played. */
  readonly mediaSeconds?: number;
  /** Frames that the container counts. */
  readonly frames?: number;
  /** Samples that were seen. */
  readonly samples?: number;
  readonly bytes?: number;
  /** As the container or the codec has it. */
  readonly bitRate?: number;
  /** As the samples have it, where the container says nothing. */
  readonly measuredBitRate?: number;
  readonly averageFrameRate?: Ratio;
  /** The lowest frame rate that all times fit: ffprobe's r_frame_rate. */
  readonly realFrameRate?: Ratio;
  /** Whether frames come at uneven times. */
  readonly variableFrameRate?: boolean;
  readonly keyFrames?: number;
  readonly keyFrameInterval?: KeyFrameInterval;
  readonly gaps: readonly Gap[];
  readonly language?: string;
  /** What the container says beside, as ffprobe names it: `handler_name`, `creation_time`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Flags of the track that are set, by ffprobe's names. */
  readonly dispositions?: readonly Disposition[];
}

/** What to do about a recording that is not intact. */
export interface Advice {
  /** A command line, ready to paste. */
  readonly command: string;
  /** The same for programs: the words after `salvor`, as they are, without a shell's quotes. */
  readonly words: readonly string[];
  /** What it does. */
  readonly purpose: string;
}

/** Whether the recording is intact, and what to do where it is not. */
export interface Health {
  readonly verdict: Verdict;
  /** Whether all of the media was read. */
  readonly deep: boolean;
  /** How long the media is. */
  readonly durationSeconds?: number;
  /** What the metadata claims, where it differs. */
  readonly claimedDurationSeconds?: number;
  readonly findings: readonly Finding[];
  readonly advice: readonly Advice[];
  /** The file beside it that was made of it, where it was looked for and found. */
  readonly finishedAs?: string;
}

/** What would come back of a recording that is not complete. */
export interface Expected {
  /** The verb that would bring it back: that of the first advice. */
  readonly verb: string;
  readonly tracks: RecordingReport['tracks'];
  readonly unindexed: RecordingReport['unindexed'];
}

/** One recording as `salvor probe` reports it. */
export interface ProbedRecording {
  /** As it was named. */
  readonly path: string;
  readonly files: readonly { readonly path: string; readonly bytes: number }[];
  readonly container: ContainerName;
  /** For people: `MP4, fragmented`. */
  readonly containerName: string;
  /** ffprobe's name of the format. */
  readonly formatName: string | undefined;
  /** The program that wrote it, where it can be told. */
  readonly recorder?: string;
  /** What the container says of itself, by ffprobe's names: `major_brand`, `encoder`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Programs of a transport stream; undefined in containers without programs. */
  readonly programs?: number;
  readonly startSeconds?: number;
  readonly durationSeconds?: number;
  readonly bitRate?: number;
  readonly tracks: readonly ProbedTrack[];
  readonly health: Health;
  /** With a deep look, of a recording that is not complete. */
  readonly expected?: Expected;
}
