/**
 * What is to be done with a transport stream, found out in one walk over it: which packets go, which times are moved, which
 * tables are made anew. It keeps numbers for what is wrong and for each change of the clock, and nothing for what is right.
 */
import type { Column } from '../../media/column.ts';
import type { CourseRecorder } from '../../media/track-course.ts';
import type { Program } from '../../mpegts/program-tables.ts';
import type { SurveyedStream } from '../../mpegts/survey.ts';

/** What the command line lets a user decide. */
export interface FixChoices {
  /** What becomes of PES packets that are not whole. */
  readonly torn: 'trim' | 'drop' | 'keep';
  readonly keepScrambled: boolean;
  readonly dropNull: boolean;
  readonly fromFirstKey: boolean;
  readonly retime: boolean;
}

/** What `ts-fix` does unless it is asked for more. */
export const plainChoices: FixChoices = {
  torn: 'trim',
  keepScrambled: false,
  dropNull: false,
  fromFirstKey: false,
  retime: false,
};

/** Why packets are left out. */
export type Reason = 'torn' | 'trimmed' | 'headless' | 'scrambled' | 'head' | 'table';

/** A stretch of the file in which packets of one PID are left out: from one offset to before another. */
export interface DroppedRanges {
  readonly from: Column<Float64Array>;
  readonly to: Column<Float64Array>;
}

/** Packets of a PID that change where they stand. Offsets of their cells rise. */
export interface Patches {
  readonly offsets: Column<Float64Array>;
  /** Bytes of payload that become stuffing; 255: the PES packet that begins there has no length any more. */
  readonly changes: Column<Uint8Array>;
}

/** A PES packet of audio whose length changes. */
export interface AudioPes {
  /** Bytes of its header that `PES_packet_length` counts; of no account where the header is made. */
  readonly countedHeader: number;
  /** Bytes of media that stay. */
  media: number;
}

/** A packet of audio that changes where it stands; bytes of its payload. */
export interface AudioPatch {
  /** Of the PES header that it begins with. */
  readonly header: number;
  /** Of the media behind that: those that go, and how many behind them stay. */
  skip: number;
  keep: number;
  /** The PES packet that begins here, where it says another length. */
  pes: AudioPes | undefined;
  /** A PES header that is put before it. */
  made: MadeHeader | undefined;
}

/** A PES header for audio that has none any more. */
export interface MadeHeader {
  /** 33 bits, -1 for none. */
  ptsTicks: number;
  streamId: number;
  /** Of which clock the time is: indexes into the deltas of the plan. */
  line: number;
  epoch: number;
}

/** Something that is not in the result, as it is reported. */
export interface Loss {
  readonly pid: number;
  readonly reason: Reason | 'missing';
  readonly offset: number;
  /** The offset behind it. */
  end: number;
  /** Of the transport packets left out; of what is missing, the least that it can have been. */
  bytes: number;
  units: number;
  /** Seconds on the timeline of the recording. */
  startSeconds: number;
  durationSeconds: number;
}

/** What stays and what is lost of one PID; times in ticks of 90 kHz on the new timeline. */
export interface StreamPlan {
  units: number;
  /** Of them those that claim to be what decoding can begin with (`random_access_indicator`). */
  randomAccessUnits: number;
  /** Bytes of transport packets that stay. */
  bytes: number;
  lostUnits: number;
  lostBytes: number;
  firstTicks: number;
  lastTicks: number;
  /** Of what stays and has a time. */
  course: CourseRecorder;
}

/** A stream of which the tables say another codec than its media has. */
export interface ContradictedStream {
  readonly pid: number;
  /** What the tables say, and the number they say it by. */
  readonly said: string;
  readonly streamType: number;
  /** What the media is. */
  readonly codec: string;
}

/** Tables that are made anew. */
export interface NewTables {
  /** Those that were not there. */
  readonly lost: readonly Program[];
  /** Streams of which the tables say another codec than the media has. */
  readonly contradicted: readonly ContradictedStream[];
  /** PIDs whose packets go: those of the tables that are missing or wrong. */
  readonly pids: ReadonlySet<number>;
  /** The sections with the PIDs they go to. */
  readonly sections: readonly { readonly pid: number; readonly bytes: Uint8Array }[];
}

/** What the walk found, and what the rewriting has to do. */
export interface FixPlan {
  readonly streams: ReadonlyMap<number, StreamPlan>;
  readonly described: readonly SurveyedStream[];
  readonly dropped: ReadonlyMap<number, DroppedRanges>;
  /** By PID, packets that change where they stand. */
  readonly patches: ReadonlyMap<number, Patches>;
  /** By PID and offset of the cell, packets of audio that change. */
  readonly audioPatches: ReadonlyMap<number, ReadonlyMap<number, AudioPatch>>;
  readonly losses: readonly Loss[];
  /** By PID, offsets of packets that do not follow although nothing is missing before them. */
  readonly oddCounters: ReadonlyMap<number, Column<Float64Array>>;
  /** By PID, what gets counters that follow on whatever it has: they say nothing of what is missing. */
  readonly renumbered: ReadonlyMap<number, DroppedRanges>;
  /** Places where packets are missing, and more of them than are kept in `losses`. */
  readonly counterGaps: number;
  readonly duplicates: number;
  readonly nullPackets: number;
  readonly junkBytes: number;
  /** Continuity counters that do not follow, once what goes is gone. */
  readonly wrongCounters: number;
  /** Packets without payload that the receiver marked as faulty, and that go. */
  readonly faultyEmpty: number;
  readonly tables: NewTables | undefined;
  /** By PID, where it turns from media to tables or the other way round, as where two recordings were joined. */
  readonly turned: ReadonlyMap<number, number>;
  /** Offset of the cell before which everything but tables goes; 0: nothing does. */
  readonly head: number;
  /** The tables in force there. */
  readonly headSections: readonly { readonly pid: number; readonly bytes: Uint8Array }[];
  /** How often the clock of any program changes. */
  readonly jumps: number;
  /** What is added to the times of each epoch, 33 bits, by timeline; undefined: nothing anywhere. */
  readonly deltas: readonly (readonly number[])[] | undefined;
  readonly durationSeconds: number;
  readonly stride: 188 | 192 | 204;
}

/** Whether packets go or come, and not only values in them change. */
export function changesPackets(plan: FixPlan, choices: FixChoices): boolean {
  return (
    plan.junkBytes > 0 ||
    plan.faultyEmpty > 0 ||
    plan.duplicates > 0 ||
    plan.head > 0 ||
    plan.tables !== undefined ||
    [...plan.dropped.values()].some(({ from }) => from.length > 0) ||
    [...plan.patches.values()].some(({ offsets }) => offsets.length > 0) ||
    [...plan.audioPatches.values()].some(({ size }) => size > 0) ||
    (choices.dropNull && plan.nullPackets > 0)
  );
}

/** Whether anything is to be done. */
export function isIntact(plan: FixPlan, choices: FixChoices): boolean {
  return !changesPackets(plan, choices) && plan.wrongCounters === 0 && plan.deltas === undefined;
}
