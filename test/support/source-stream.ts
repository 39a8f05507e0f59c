/**
 * The pictures of a recording without any container: an H.264 byte stream (ITU-T H.264 Annex B) made of the samples that
 * the truth names, straight from the media file. What ffmpeg complains of in there is in the pictures themselves and no
 * fault of the file they were put into. It must not use salvor's own readers.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { trackSamples, type Truth } from './truth.ts';

const startCode = Uint8Array.of(0, 0, 0, 1);

/** Writes the video of a staging set to `output` as a byte stream; ffmpeg knows it by the ending `.h264`. */
export function writeSourceStream(truth: Truth, mediaFile: string, output: string): void {
  const media = readFileSync(mediaFile);
  const units = trackSamples(truth, 'video').flatMap(({ offset, size }) =>
    prefixedUnits(media.subarray(offset, offset + size), 4),
  );
  const stream = [...parameterSets(truth.config.video), ...units].flatMap((unit) => [startCode, unit]);
  writeFileSync(output, Buffer.concat(stream));
}

/** The SPS and PPS of an AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1.2). */
function parameterSets(record: string): readonly Uint8Array[] {
  const bytes = Buffer.from(record, 'hex');
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const countMask of [0x1f, 0xff]) {
    const count = bytes.readUInt8(at++) & countMask;
    for (let index = 0; index < count; index++) {
      const length = bytes.readUInt16BE(at);
      sets.push(bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return sets;
}

function prefixedUnits(sample: Buffer, lengthSize: number): readonly Uint8Array[] {
  const units: Uint8Array[] = [];
  for (let at = 0; at < sample.length;) {
    const length = sample.readUIntBE(at, lengthSize);
    at += lengthSize;
    if (length > sample.length - at) throw new Error('a sample of the truth is no chain of NAL units');
    units.push(sample.subarray(at, at + length));
    at += length;
  }
  return units;
}
