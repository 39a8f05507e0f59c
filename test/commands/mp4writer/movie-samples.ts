/**
 * The samples of an MP4 as the tests read them for themselves (ISO/IEC 14496-12, 8.6 and 8.7), for the thousands of files
 * that ffprobe would take too long over; a test holds the two together. It must not use salvor's own readers.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ProbedPacket, ProbedStream } from '../../support/judges.ts';
import { boxesIn, boxesOfType, editEntries, movieTimes, onlyBox, trackBox, type MovieBox } from './movie-boxes.ts';

export interface MovieSamples {
  readonly streams: readonly ProbedStream[];
  readonly packets: readonly ProbedPacket[];
}

/** All samples of a file with the times at which they are decoded and shown, edit lists applied. */
export function readMovieSamples(path: string): MovieSamples {
  const bytes = readFileSync(path);
  const boxes = boxesIn(bytes);
  const movieTimescale = movieTimes(onlyBox(boxes, 'mvhd')).timescale;
  const kinds = (['video', 'audio'] as const).filter((kind) => trackBox(boxes, kind) !== undefined);
  const tracks = kinds.map((kind, index) => {
    const trak = trackBox(boxes, kind) as MovieBox;
    const { timescale } = movieTimes(onlyBox([trak], 'mdhd'));
    const stream = { index, codec_type: kind, time_base: `1/${timescale}` };
    const shift = presentationShift(boxesOfType([trak], 'elst')[0], timescale, movieTimescale);
    return { stream, packets: [...packetsOf(bytes, trak, index, kind, shift)] };
  });
  return { streams: tracks.map(({ stream }) => stream), packets: tracks.flatMap(({ packets }) => packets) };
}

/** Ticks that the edit list adds to a media time: an empty edit delays, the media time it starts from is skipped. */
function presentationShift(elst: MovieBox | undefined, timescale: number, movieTimescale: number): number {
  if (elst === undefined) return 0;
  return editEntries(elst).reduce(
    (shift, { segmentDuration, mediaTime }) =>
      mediaTime === -1 ? shift + (segmentDuration * timescale) / movieTimescale : shift - mediaTime,
    0,
  );
}

function* packetsOf(
  bytes: Buffer,
  trak: MovieBox,
  stream: number,
  kind: string,
  shift: number,
): Generator<ProbedPacket, void> {
  const fields = (type: string): DataView | undefined => {
    const body = boxesOfType([trak], type)[0]?.body;
    return body === undefined ? undefined : new DataView(body.buffer, body.byteOffset, body.byteLength);
  };
  const sizes = fields('stsz') as DataView;
  const durations = runs(fields('stts') as DataView, (view, at) => view.getUint32(at));
  const compositionOffsets = runs(fields('ctts'), (view, at) => view.getInt32(at));
  const sync = fields('stss');
  const syncNumbers =
    sync && new Set(Array.from({ length: sync.getUint32(4) }, (_, index) => sync.getUint32(8 + 4 * index)));
  const count = sizes.getUint32(8);
  const offsets = sampleOffsets(fields('stsc') as DataView, fields('stco') as DataView, sizes);
  let time = 0;
  for (let number = 0; number < count; number++) {
    const size = sizes.getUint32(4) || sizes.getUint32(12 + 4 * number);
    const offset = offsets.next().value ?? Number.NaN;
    const duration = durations.next().value ?? Number.NaN;
    const dtsTicks = time + shift;
    yield {
      stream,
      kind,
      dtsTicks,
      ptsTicks: dtsTicks + (compositionOffsets.next().value ?? 0),
      durationTicks: duration,
      offset,
      size,
      sync: syncNumbers?.has(number + 1) ?? true,
      discarded: false,
      // Of most files nobody asks for it.
      get sha1() {
        return createHash('sha1')
          .update(bytes.subarray(offset, offset + size))
          .digest('hex');
      },
    };
    time += duration;
  }
}

/** The values of a table of runs (stts, ctts), one a sample. */
function* runs(
  table: DataView | undefined,
  read: (view: DataView, at: number) => number,
): Generator<number, undefined> {
  if (table === undefined) return undefined;
  for (let entry = 0; entry < table.getUint32(4); entry++) {
    const value = read(table, 12 + 8 * entry);
    for (let left = table.getUint32(8 + 8 * entry); left > 0; left--) yield value;
  }
  return undefined;
}

function* sampleOffsets(stsc: DataView, stco: DataView, sizes: DataView): Generator<number, undefined> {
  let number = 0;
  let entry = 0;
  for (let chunk = 0; chunk < stco.getUint32(4); chunk++) {
    if (entry + 1 < stsc.getUint32(4) && stsc.getUint32(8 + 12 * (entry + 1)) === chunk + 1) entry++;
    let offset = stco.getUint32(8 + 4 * chunk);
    for (let left = stsc.getUint32(12 + 12 * entry); left > 0; left--) {
      yield offset;
      offset += sizes.getUint32(4) || sizes.getUint32(12 + 4 * number);
      number++;
    }
  }
  return undefined;
}
