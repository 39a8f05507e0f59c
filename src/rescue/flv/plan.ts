/**
 * What is to be done with one file: gathered by the rules, carried out by `patch.ts` and `rewrite.ts`. And what the rules
 * are given to decide by.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import type { Findings } from '../../media/findings.ts';
import type { Change, Retimed } from '../../media/report.ts';
import type { Amf0Value } from '../../flv/amf0.ts';
import type { FlvOpening } from '../../flv/opening.ts';
import type { FlvHeader } from '../../flv/header.ts';
import type { RepeatedRanges } from '../../flv/repeats.ts';
import type { Metadata } from '../../flv/metadata.ts';
import type { FlvSurvey } from '../../flv/survey.ts';
import type { Patch } from '../../io/patched-source.ts';
import type { Layout } from './layout.ts';
import type { RetimeOptions } from './retimer.ts';
import type { PlacedTimes } from './rewrite-plan.ts';

/** Seconds that a pause may last before it is closed, where nobody says. */
export const defaultMaxGapSeconds = 10;

/** What the command line asks of the rules. */
export interface FixOptions {
  readonly index: boolean;
  /** Close gaps, or keep the pauses; undefined: timestamps are not touched. */
  readonly retime: 'close-gaps' | 'keep-pauses' | undefined;
  readonly maxGapSeconds: number;
  readonly dedupeHeaders: boolean;
  readonly dropRepeats: boolean;
  /** The file was cut from another: what its `onMetaData` claims is that one's. */
  readonly isPart?: boolean;
}

/** A value that is set right along with others: by itself it is no reason to change a file. */
export interface Companion {
  readonly value: Amf0Value;
  readonly change: Change;
  /** What is wrong with the value that is there. */
  readonly message: string;
}

/** The flags of the header, and what is wrong with them. */
export interface FlagsRepair {
  readonly message: string;
  readonly patch: Patch;
  readonly change: Change;
}

/** A sequence header that was missing and is put before the first tag; its time is that of the track's first frame. */
export interface InsertedTag {
  readonly kind: 'video' | 'audio';
  readonly data: Uint8Array;
}

/** What the rules know and what they decide. */
export interface FixContext {
  readonly source: ByteSource;
  readonly survey: FlvSurvey;
  readonly findings: Findings;
  readonly options: FixOptions;
  readonly references: () => Iterable<CodecReference>;
  /** Where the tags begin, and what stands before them. */
  readonly opening: FlvOpening;
  /** The first `onMetaData`, as far as it can be read. */
  readonly metadata: Metadata | undefined;
  readonly firstTag: number;
  /** Why the file has to be written anew; empty where values only are to be patched. */
  readonly rewriteReasons: string[];
  /** Bytes to patch outside of the metadata. */
  readonly patches: Patch[];
  readonly changes: Change[];
  readonly inserted: InsertedTag[];
  placed: PlacedTimes | undefined;
  retime: RetimeOptions | undefined;
  /** What --retime came to; undefined where it changed nothing. */
  retimed: Retimed | undefined;
  dedupeHeaders: boolean;
  /** Frames in these ranges are left out; undefined: none is. */
  droppedRepeats: RepeatedRanges | undefined;
  /** Sequence headers without a configuration are left out of these tracks. */
  readonly withoutEmptyHeaders: Set<'video' | 'audio'>;
  /** Tracks whose configuration is lost and was found nowhere. */
  readonly undecodable: Set<'video' | 'audio'>;
  /** Values that are set right if anything else is written. */
  readonly companions: Map<string, Companion>;
  /** Flags of the header that are set right if anything else is written. */
  flagsAlong: FlagsRepair | undefined;
  /** What a file that was closed lacks by its own account: bytes at its end, and seconds from `startSeconds` on. */
  missing: { readonly bytes: number; readonly startSeconds: number; readonly durationSeconds: number } | undefined;
  /** Values that `onMetaData` is to have. */
  readonly values: Map<string, Amf0Value>;
  /** The header the result has. */
  outputHeader: FlvHeader;
  /** What the result will be, known to the rules about times and places: those behind `layOut` in the list. */
  layout: Layout;
}
