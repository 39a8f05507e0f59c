/**
 * Rebuilds the parameter sets of H.264 that are lost with the index, where x264 left its settings in the first picture: those
 * say all but the size, and the size is the one with which the macroblocks of that picture can be read to its end. What comes
 * of it is a guess until it is proven on further pictures, as a reference is.
 */
import { avcDecoderConfigurationOf } from '../../codecs/h264/decoder-configuration.ts';
import { NalUnitType, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { readSlice } from '../../codecs/h264/slice-data.ts';
import { parameterSetsOf } from '../../codecs/h264/slice-header.ts';
import { x264Habits, x264ParameterSets, type X264Guess } from '../../codecs/h264/x264-parameter-sets.ts';
import type { EncoderSettings } from '../../codecs/encoder-settings.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { avcConfigurationOf } from '../../media/configurations.ts';
import type { AvcConfiguration } from '../../media/track.ts';
import { placedSettings } from '../references/encoder-fingerprint.ts';
import { readPictures } from '../references/picture-proof.ts';
import type { UndescribedMedia } from '../references/trial.ts';

/** Macroblocks of the largest picture that is looked for, and of its longest row: level 5.1. */
const maxMacroblocks = 36_864;
const maxWidthInMbs = 256;
const lengthSize = 4;
const maxSlices = 64;
const maxSliceBytes = 4 * 1024 * 1024;

/** The configuration of the first picture's stream; undefined where x264 left no settings, or no one size fits. */
export async function rebuiltH264({ source, ranges, pace }: UndescribedMedia): Promise<AvcConfiguration | undefined> {
  const [first] = ranges;
  const placed = first === undefined ? undefined : placedSettings(source, first.offset);
  if (placed === undefined) return undefined;
  const start = firstNalUnit(source, first!.offset, placed.offset);
  const slices = start === undefined ? [] : firstPicture(source, start);
  if (start === undefined || slices.length === 0) return undefined;
  for (const habit of x264Habits(placed.settings)) {
    const found = await pace.through(sizesOf(slices, placed.settings, habit));
    const proven: X264Guess[] = [];
    for (const guess of found) {
      const { sps, pps } = x264ParameterSets(placed.settings, guess);
      const coded = { codec: 'h264', lengthSize, parameterSets: [sps, pps] } as const;
      const { contradiction, whole } = await pace.through(readPictures(source, [start], coded));
      if (contradiction === undefined && whole > 0) proven.push(guess);
    }
    // A picture without detail may be read as one of several sizes.
    if (proven.length > 1) return undefined;
    const [guess] = proven;
    if (guess === undefined) continue;
    const { sps, pps } = x264ParameterSets(placed.settings, guess);
    const record = avcDecoderConfigurationOf(sps, pps);
    return record === undefined ? undefined : avcConfigurationOf(record);
  }
  return undefined;
}

/** Where the NAL unit begins in which the settings stand; `before`: nothing begins before this. */
function firstNalUnit(source: ByteSource, before: number, signature: number): number | undefined {
  for (let at = signature - lengthSize - 2; at >= Math.max(before, signature - 64); at--) {
    const head = source.read(at, lengthSize + 2);
    if (head.length < lengthSize + 2) return undefined;
    const length = head.subarray(0, lengthSize).reduce((sum, byte) => sum * 256 + byte, 0);
    // A message of unregistered user data.
    const isMessage = head[4] === NalUnitType.supplementalEnhancementInformation && head[5] === 5;
    if (isMessage && at + lengthSize + length > signature) return at;
  }
  return undefined;
}

/** The slices of the IDR picture that begins at an offset. */
function firstPicture(source: ByteSource, offset: number): Uint8Array[] {
  const slices: Uint8Array[] = [];
  let at = offset;
  for (let count = 0; count < maxSlices; count++) {
    const head = source.read(at, lengthSize + 2);
    if (head.length < lengthSize + 2) break;
    const length = head.subarray(0, lengthSize).reduce((sum, byte) => sum * 256 + byte, 0);
    const isSlice = nalUnitType(head.subarray(lengthSize)) === NalUnitType.idrSlice;
    if (length < 2 || length > maxSliceBytes || at + lengthSize + length > source.size) break;
    if (slices.length > 0 && (!isSlice || head[lengthSize + 1]! >= 0x80)) break;
    if (isSlice) slices.push(Uint8Array.from(source.read(at + lengthSize, length)));
    at += lengthSize + length;
  }
  return slices;
}

/** The sizes with which the slices of a picture are read to their ends, and fill it. */
function* sizesOf(
  slices: readonly Uint8Array[],
  settings: EncoderSettings,
  habit: ReturnType<typeof x264Habits>[number],
): Generator<void, X264Guess[]> {
  const found: X264Guess[] = [];
  for (let widthInMbs = 1; widthInMbs <= maxWidthInMbs; widthInMbs++) {
    yield;
    const count = yield* macroblocksOf(slices, settings, { ...habit, widthInMbs, heightInMbs: 0, croppedRows: 0 });
    if (count === 0 || count % widthInMbs !== 0) continue;
    const heightInMbs = count / widthInMbs;
    found.push({ ...habit, widthInMbs, heightInMbs, croppedRows: usualCropping(widthInMbs, heightInMbs) });
  }
  return found;
}

/** Rows that are read at first: with a wrong width the second can hardly be read. */
const firstRows = 8;

/** Macroblocks of the slices of a picture; 0 where they cannot be read with a width. */
function* macroblocksOf(
  slices: readonly Uint8Array[],
  settings: EncoderSettings,
  guess: X264Guess,
): Generator<void, number> {
  const maxRows = Math.floor(maxMacroblocks / guess.widthInMbs);
  for (let rows = firstRows; ; rows = Math.min(maxRows, rows * 4)) {
    const made = x264ParameterSets(settings, { ...guess, heightInMbs: rows });
    const sets = parameterSetsOf([made.sps, made.pps]);
    let count = 0;
    let isFull = false;
    for (const slice of slices) {
      const reading = yield* readSlice(slice, sets);
      if (reading.kind === 'whole' && reading.first === count) {
        count += reading.count;
        continue;
      }
      isFull = reading.kind === 'contradicted' && reading.isFull;
      count = 0;
      break;
    }
    if (!isFull || rows >= maxRows) return count;
  }
}

/** By macroblocks across and down: luma rows that are cut off below, of 1080, 540, 360 and 180 rows. */
const usualCroppings: readonly (readonly [number, number, number])[] = [
  [120, 68, 8],
  [90, 68, 8],
  [60, 34, 4],
  [40, 23, 8],
  [20, 12, 12],
];

/** Rows that are cut off at the bottom of usual sizes: nothing in the media says it. */
function usualCropping(widthInMbs: number, heightInMbs: number): number {
  return usualCroppings.find(([width, height]) => width === widthInMbs && height === heightInMbs)?.[2] ?? 0;
}
