/**
 * Says what is wrong with the boxes of an ISO base media file: sizes that are not true, bytes that are of no box, an index that
 * is not there or is another file's. Of samples `movie-findings.ts` tells.
 */
import type { Findings } from '../media/findings.ts';
import { BoxWalk } from './box-walk.ts';
import { readMvhd } from './boxes/mvhd.ts';
import type { TopLevelBox } from './file-layout.ts';
import type { MovieFile, MovieTrack } from './movie-reader.ts';
import { isInitialisation, isMediaSegment, isReferenceMovie } from './other-files.ts';

/** Adds what is wrong with the boxes of the file. */
export function reportLayout(file: MovieFile, findings: Findings): void {
  const { layout, movie } = file;
  const path = layout.source.path;
  for (const box of layout.boxes) reportBox(box, findings);
  for (const stray of layout.strays) reportStray(file, stray, findings);
  if (layout.junk !== undefined) {
    const { start, end } = layout.junk;
    const message = layout.cutShort
      ? `the last ${end - start} bytes are not looked at: there are more than ${layout.boxes.length} boxes`
      : `the last ${end - start} bytes belong to no box`;
    findings.add('mp4-trailing-junk', message, { file: path, offset: start, length: end - start });
  }
  if (movie === undefined && isMediaSegment(layout)) {
    const message = 'a media segment: what its samples are is described in the file that initialises it';
    findings.add('mp4-media-elsewhere', message, { file: path });
    return;
  }
  if (movie === undefined) {
    const message = `none of ${layout.boxes.length} boxes is a moov; the recorder writes it when it closes`;
    findings.add('mp4-no-moov', message, { file: path });
    return;
  }
  if (movie.tracks.length === 0 && !movie.torn) {
    const place = { file: path, offset: movie.span.start };
    if (isReferenceMovie(movie.span)) {
      findings.add('mp4-media-elsewhere', 'a reference movie: it names other files and has no track', place);
    } else findings.add('mp4-moov-unreadable', 'expected at least one trak box, found none', place);
  }
  reportJoined(file, findings);
  if (movie.isFragmented && file.fragments.length === 0 && movie.tracks.every(({ tables }) => !hasSamples(tables))) {
    const place = { file: path, offset: movie.span.end };
    if (isInitialisation(file.fileType) && layout.boxes.every(({ fault }) => fault === undefined)) {
      findings.add('mp4-media-elsewhere', 'it initialises media segments, which lie in other files', place);
    } else {
      const message =
        'the moov describes no samples and no moof box follows: the recording ended before any media came, or it initialises segments in other files';
      findings.add('mp4-fragments-missing', message, place);
    }
  }
}

/** A second file joined to the first: its index is never read, so that its media does not play. */
function reportJoined({ layout, movie }: MovieFile, findings: Findings): void {
  const { boxes, source } = layout;
  if (movie === undefined || movie.isFragmented) return;
  const first = boxes.findIndex(({ type }) => type === 'moov');
  const second = boxes.findIndex(({ type }, at) => at > first && type === 'ftyp');
  const moov = second < 0 ? undefined : boxes.slice(second).find(({ type }) => type === 'moov');
  if (moov === undefined) return;
  const header = new BoxWalk(maxHeaders).child(moov, 'mvhd');
  const { duration, timescale } = header === undefined ? { duration: 0, timescale: 0 } : readMvhd(header);
  const seconds = timescale === 0 ? '' : `, ${(duration / timescale).toFixed(2)} s long,`;
  const { start } = boxes[second]!;
  findings.add(
    'mp4-joined',
    `another file${seconds} begins at byte ${start}; players show the first one only; salvor repair makes them one where their tracks are alike, tail -c +${start + 1} gives the other`,
    { file: source.path, offset: start, length: source.size - start },
  );
}

/** Boxes of a moov that are passed before its header. */
const maxHeaders = 64;

/** What boxes follow that is none itself. */
function reportStray({ layout }: MovieFile, { start, end }: { start: number; end: number }, findings: Findings): void {
  const { path } = layout.source;
  const behind = layout.boxes.find((box) => box.start >= end);
  if (behind?.type === 'moof' && start > 0) {
    const message = `bytes ${start} to ${end} belong to no box; fragments go on behind them`;
    findings.add('mp4-fragment-torn', message, { file: path, offset: start, length: end - start });
    return;
  }
  if (behind?.type === 'moov' && start === 0) {
    const message = `no box begins the file; the moov that was found begins at byte ${end}, and what lies before it is taken for media`;
    findings.add('mp4-head-damaged', message, { file: path, offset: 0, length: end });
    return;
  }
  const message = `no box leads to the ${behind?.type} box at byte ${end}: the ${end - start} bytes before it begin as none`;
  findings.add('mp4-index-hidden', message, { file: path, offset: end });
}

function hasSamples(tables: MovieTrack['tables']): boolean {
  const stts = tables.get('stts');
  return stts !== undefined && stts.end - stts.body > 8;
}

function reportBox(box: TopLevelBox, findings: Findings): void {
  const place = { file: box.source.path, offset: box.start, length: box.body - box.start };
  const [claimed, real] = [box.claimedEnd - box.start, box.end - box.start];
  if (box.fault === 'wrapped') {
    findings.add('mp4-mdat-size-wrapped', `the mdat box says ${claimed} bytes and has ${real}`, place);
  } else if (box.fault === 'wrong') {
    findings.add(
      'mp4-mdat-size-wrong',
      `the mdat box says ${claimed} bytes; the index behind it begins after ${real}`,
      place,
    );
  } else if (box.fault === 'open' && box.type === 'mdat') {
    findings.add(
      'mp4-mdat-open',
      `the size of the mdat box is 0; its media may go on for ${box.end - box.body} bytes`,
      place,
    );
  } else if (box.fault === 'beyond-end' && box.type !== 'moov') {
    findings.add(
      'mp4-box-beyond-end',
      `the ${box.type} box says ${claimed} bytes, the file ends after ${real}: ${claimed - real} are missing`,
      place,
    );
  }
}
