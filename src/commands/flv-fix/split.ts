/**
 * `--split-on-change`: a recording whose configuration changes on the way becomes several files, each with the sequence
 * headers that are in force. The parts are cut one by one into a temporary file and repaired from there; the recording itself stays as it is.
 */
import { ByteWriter } from '../../bytes/byte-sink.ts';
import { AtomicOutput } from '../../io/atomic-output.ts';
import { copyRange } from '../../io/copy-range.ts';
import { existsAlready } from '../../io/system-error.ts';
import { pathKind } from '../../io/directory.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import { settlePending } from '../../io/journalled-patch.ts';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { roundSeconds, type RecordingReport } from '../../media/report.ts';
import { flvHeaderLength, writeFlvHeader } from '../../flv/header.ts';
import type { TagConfigurationChange, FlvSurvey } from '../../flv/survey.ts';
import { TagType } from '../../flv/tag.ts';
import { writeTag } from '../../rescue/flv/conclude.ts';
import { finishFirst, fixFlv, refuseGrowing, type FlvFixOptions } from './fix.ts';
import { decide } from '../../rescue/flv/assess.ts';
import { isWrittenAlready } from '../../rescue/flv/made-already.ts';
import { surveyRecording } from '../../rescue/flv/survey-recording.ts';

/** What the command line asks for one file that may become several. */
export interface FlvSplitOptions extends FlvFixOptions {
  readonly splitOnChange: boolean;
}

interface Part {
  readonly path: string;
  /** What goes before the range: nothing for the first part, which has its own beginning. */
  readonly head: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly durationSeconds: number;
}

/** Repairs one file, and splits it first if that was asked for and there is where. A report for each file that comes of it. */
export async function splitFlv(path: string, options: FlvSplitOptions): Promise<RecordingReport[]> {
  if (!options.splitOnChange) return [await fixFlv(path, options)];
  settlePending(path, false, finishFirst);
  const source = new FileSource(path);
  try {
    const surveyed = await surveyRecording(source, options.references, new Pace(options.signal));
    const { survey, findings } = surveyed;
    if (surveyed.opening.hadChunkSizes) {
      throw new SalvorError('unrecoverable', 'sizes of HTTP chunks stand within; the parts cannot be cut from it', {
        file: path,
        advice: 'fix it first without --split-on-change',
      });
    }
    if (survey.configurationChanges.length === 0) return [await fixFlv(path, options)];
    const parts = partsOf(survey, source, options.output ?? path);
    const existing = options.force ? undefined : foreignPart(parts);
    if (existing !== undefined) throw existsAlready(existing.path);
    const reports: RecordingReport[] = [];
    if (!options.dryRun) await refuseGrowing(source, options);
    for (const part of parts) {
      const report = options.dryRun
        ? await planned(source, part, options)
        : await makeNext(source, part, reports.length, options);
      const inputs = [{ path, bytes: source.size, fate: 'kept' as const }];
      // What was wrong with the whole is told once.
      const own = reports.length === 0 ? findings.list() : [];
      reports.push({ ...report, recording: path, inputs, findings: [...own, ...report.findings] });
    }
    return reports;
  } finally {
    source.close();
  }
}

function partsOf(survey: FlvSurvey, source: FileSource, target: string): Part[] {
  const cuts: (TagConfigurationChange | undefined)[] = [undefined, ...survey.configurationChanges];
  const tracks = [survey.video, survey.audio].filter(({ frames }) => frames > 0);
  const begin = Math.min(...tracks.map(({ clock }) => clock.lowest));
  const finish = Math.max(...tracks.map(({ clock }) => clock.end));
  const [, stem, ending] = /^(.*?)(\.[^./]*)?$/s.exec(target)!;
  return cuts.map((cut, index) => {
    const next = cuts[index + 1];
    const milliseconds = (next?.timestamp ?? finish) - (cut?.timestamp ?? begin);
    return {
      path: `${stem}_${String(index + 1).padStart(3, '0')}${ending ?? ''}`,
      head: cut === undefined ? new Uint8Array(0) : headOf(cut, survey),
      start: cut?.offset ?? 0,
      end: next?.offset ?? source.size,
      durationSeconds: roundSeconds(Math.max(0, milliseconds) / 1000),
    };
  });
}

/** An existing part that no earlier run on the same can have made: parts get their names one after the other. */
function foreignPart(parts: readonly Part[]): Part | undefined {
  const missing = parts.findIndex(({ path }) => pathKind(path) === undefined);
  return parts.find(({ path }, index) => missing >= 0 && index > missing && pathKind(path) !== undefined);
}

/** Header, `onMetaData` as it was, and the sequence headers that go on. Repairing makes it true. */
function headOf({ inForce, timestamp }: TagConfigurationChange, { metadata }: FlvSurvey): Uint8Array {
  const writer = new ByteWriter();
  writeFlvHeader(writer, { version: 1, hasAudio: true, hasVideo: true, reservedFlags: 0, dataOffset: flvHeaderLength });
  writer.u32(0);
  if (metadata !== undefined) writeTag(writer, TagType.scriptData, 0, metadata.data);
  for (const [kind, { data }] of inForce) {
    writeTag(writer, kind === 'video' ? TagType.video : TagType.audio, timestamp, data);
  }
  return writer.toBytes();
}

/** Makes a part; if that fails, it says how many have been made before. */
async function makeNext(
  source: FileSource,
  part: Part,
  made: number,
  options: FlvSplitOptions,
): Promise<RecordingReport> {
  try {
    return await makePart(source, part, options);
  } catch (error) {
    if (!(error instanceof SalvorError) || made === 0) throw error;
    const before = made === 1 ? 'the first part is' : `the first ${made} parts are`;
    throw error.withMessage(`${error.message.replace('; nothing was changed', '')}; ${before} complete and in place`);
  }
}

/** Cuts a part into a temporary file and repairs it from there: what has its name is whole. */
async function makePart(source: FileSource, part: Part, options: FlvSplitOptions): Promise<RecordingReport> {
  const replaced = options.force && pathKind(part.path) !== undefined;
  const cut = new AtomicOutput(`${part.path}.cut`, { replace: false });
  const { signal } = options;
  try {
    cut.write(part.head, 0);
    await copyRange(source, part.start, part.end - part.start, cut, part.head.length, {
      progress: (done) => options.progress(part.start + done, source.size),
      ...(signal === undefined ? {} : { signal }),
    });
    const own = { output: part.path, ownName: part.path, backup: false, isPart: true };
    const report = await fixFlv(cut.temporaryPath, { ...options, ...own });
    return {
      ...report,
      outcome: report.outcome === 'already-made' ? report.outcome : 'made',
      ...(report.output === undefined ? {} : { output: { ...report.output, replaced } }),
    };
  } finally {
    cut.discard();
  }
}

/** What would become of a part: nothing, where it has been made. Throws where another file has its name. */
async function planned(source: FileSource, part: Part, options: FlvSplitOptions): Promise<RecordingReport> {
  const isThere = !options.force && pathKind(part.path) !== undefined;
  if (isThere && !(await isMade(source, part, options))) throw existsAlready(part.path);
  const report = wouldMake(part);
  return isThere ? { ...report, outcome: 'already-made' } : report;
}

/** Whether the file of a part's name is what would be made of it. */
async function isMade(source: FileSource, part: Part, options: FlvSplitOptions): Promise<boolean> {
  const pace = new Pace(options.signal);
  const cut = new PartBytes(source, part);
  const surveyed = await surveyRecording(cut, options.references, pace);
  const { context, conclusion } = await decide(surveyed, { ...options, inPlace: false, isPart: true }, pace);
  const again = new FileSource(source.path);
  try {
    const made = new FileSource(part.path);
    try {
      const recording = { once: cut, again: new PartBytes(again, part) };
      return await isWrittenAlready(made, recording, context, conclusion, pace);
    } finally {
      made.close();
    }
  } finally {
    again.close();
  }
}

/** A part as it would be cut: its head, and then its range of the recording. */
class PartBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #part: Part;

  constructor(source: ByteSource, part: Part) {
    this.path = part.path;
    this.size = part.head.length + part.end - part.start;
    this.#source = source;
    this.#part = part;
  }

  read(offset: number, length: number): Uint8Array {
    const { head, start } = this.#part;
    const wanted = Math.max(0, Math.min(length, this.size - offset));
    if (offset >= head.length) return this.#source.read(start + offset - head.length, wanted);
    if (offset + wanted <= head.length) return head.subarray(offset, offset + wanted);
    const bytes = new Uint8Array(wanted);
    bytes.set(head.subarray(offset));
    const before = head.length - offset;
    bytes.set(this.#source.read(start, wanted - before), before);
    return bytes;
  }

  readInto(into: Uint8Array, offset: number, length = into.length): number {
    const bytes = this.read(offset, length);
    into.set(bytes);
    return bytes.length;
  }
}

function wouldMake({ path, head, start, end, durationSeconds }: Part): RecordingReport {
  return {
    recording: path,
    outcome: 'would-make',
    inputs: [],
    output: { path, bytes: head.length + end - start, durationSeconds, replaced: false },
    tracks: [],
    unindexed: [],
    findings: [],
    changes: [],
    elapsedSeconds: 0,
    bytesMoved: 0,
  };
}
