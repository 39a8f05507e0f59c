/**
 * What is to be done with one file: gathered by the rules, carried out by `patch.ts` and `rewrite.ts`. And what the rules
 * are given to decide by.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Findings } from '../../media/findings.ts';
import type { Change } from '../../media/report.ts';
import type { Amf0Value } from '../../flv/amf0.ts';
import type { FlvHeader } from '../../flv/header.ts';
import type { Metadata } from '../../flv/metadata.ts';
import type { FlvSurvey } from '../../flv/survey.ts';
import type { Patch } from '../../io/patch-file.ts';
import type { Layout } from './layout.ts';
import type { RetimeOptions } from './retimer.ts';

export interface FixOptions {
  readonly index: boolean;
  /** Close gaps, or keep the pauses; undefined: timestamps are not touched. */
  readonly retime: 'close-gaps' | 'keep-pauses' | undefined;
  readonly maxGapSeconds: number;
  readonly dedupeHeaders: boolean;
}

/** A sequence header that was missing and is put before the first tag; its time is that of the track's first frame. */
export interface InsertedTag {
  readonly kind: 'video' | 'audio';
  readonly data: Uint8Array;
}

/** A decoder configuration as it stands behind the header of a sequence header's tag. */
export interface TrackReference {
  readonly codec: string;
  readonly record: Uint8Array;
}

/** The decoder configurations of another recording. */
export interface CodecReference {
  readonly file: string;
  readonly video?: TrackReference;
  readonly audio?: TrackReference;
}

/** What the rules know and what they decide. */
export interface FixContext {
  readonly source: ByteSource;
  readonly survey: FlvSurvey;
  readonly findings: Findings;
  readonly options: FixOptions;
  readonly references: () => Iterable<CodecReference>;
  /** The header of the file, undefined where there is none. */
  readonly header: FlvHeader | undefined;
  /** The first `onMetaData`, as far as it can be read. */
  readonly metadata: Metadata | undefined;
  readonly firstTag: number;
  /** Why the file has to be written anew; empty where values only are to be patched. */
  readonly rewriteReasons: string[];
  /** Bytes to patch outside of the metadata. */
  readonly patches: Patch[];
  readonly changes: Change[];
  readonly inserted: InsertedTag[];
  retime: RetimeOptions | undefined;
  dedupeHeaders: boolean;
  /** Values that `onMetaData` is to have. */
  readonly values: Map<string, Amf0Value>;
  /** The header the result has. */
  outputHeader: FlvHeader;
  /** What the result will be, known to the rules about times and places: those behind `layOut` in the list. */
  layout: Layout;
}
