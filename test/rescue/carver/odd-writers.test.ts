/** Habits of single makers, given to what ordinary encoders wrote: bytes that players pass over, and that break the simple rules. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAudioSpecificConfig } from '../../../src/codecs/aac/audio-specific-config.ts';
import { habitsOf } from '../../../src/codecs/aac/frame-ends.ts';
import { parseAvcDecoderConfiguration } from '../../../src/codecs/h264/decoder-configuration.ts';
import { nalUnitHeads, sampleUnitOf } from '../../../src/codecs/h264/sample-unit.ts';
import { parameterSetsOf } from '../../../src/codecs/h264/slice-header.ts';
import { parseHevcDecoderConfiguration } from '../../../src/codecs/h265/decoder-configuration.ts';
import { isSliceEnd } from '../../../src/codecs/nal-payload.ts';
import { AacSyntax } from '../../../src/rescue/carver/aac-syntax.ts';
import { Av1Syntax } from '../../../src/rescue/carver/av1-syntax.ts';
import { H264Syntax } from '../../../src/rescue/carver/h264-syntax.ts';
import { H265Syntax } from '../../../src/rescue/carver/h265-syntax.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import { carveBytes, payloadOfBox, recordingOf, samplesOf, type Recording, type Sample } from './carving.ts';

const media = [
  ...['-f', 'lavfi', '-i', 'testsrc=size=322x182:rate=25:duration=3'],
  ...['-f', 'lavfi', '-i', 'aevalsrc=sin(440*2*PI*t)+0.1*random(0):s=48000:d=3', '-c:a', 'aac', '-b:a', '64k'],
];
const aac = (): AacSyntax => new AacSyntax({ samplingFrequencyIndex: 3 });

/** The samples of a recording, one behind the other, each as `change` makes it; and where they lie then. */
function rewritten(
  { bytes, packets }: Recording,
  change: (sample: Uint8Array, stream: number) => Uint8Array,
): { readonly bytes: Uint8Array; readonly samples: Sample[] } {
  const parts: Uint8Array[] = [];
  const samples: Sample[] = [];
  let at = 0;
  for (const { stream, offset, size, sync } of packets) {
    const part = change(bytes.subarray(offset!, offset! + size), stream);
    samples.push({ stream, offset: at, size: part.length, sync });
    parts.push(part);
    at += part.length;
  }
  return { bytes: Buffer.concat(parts), samples };
}

/** As Samsung's telephones write them: one NAL unit of type 14, in which those of the sample stand behind start codes. */
function wrapped(sample: Uint8Array): Uint8Array {
  const units = [Uint8Array.of(0x6e, 0xc0, 0x80, 0x0f)];
  const view = Buffer.from(sample);
  for (let at = 0; at < view.length; at += 4 + view.readUInt32BE(at)) {
    units.push(Uint8Array.of(0, 0, 0, 1), view.subarray(at + 4, at + 4 + view.readUInt32BE(at)));
  }
  const unit = Buffer.concat(units);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return Buffer.concat([length, unit]);
}

describe('what single makers write', () => {
  for (const options of [[], ['-x264-params', 'aud=1:slices=3'], ['-profile:v', 'baseline']]) {
    const name = options.at(-1) ?? 'plainly';
    it(`is found: pictures wrapped up in a prefix NAL unit, ${name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const video = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '30', ...options];
      const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...video]));
      const { sequenceParameterSets, pictureParameterSets } = parseAvcDecoderConfiguration(
        payloadOfBox(recording.bytes, 'avcC'),
      ).value!;
      const sets = [...sequenceParameterSets, ...pictureParameterSets];
      const { bytes, samples } = rewritten(recording, (sample, stream) => (stream === 0 ? wrapped(sample) : sample));
      // A sample is what its length says, not a NAL unit of which others are left: its pictures keep their own rate.
      const pictures = samples.filter(({ stream }) => stream === 0);
      const heads = pictures.map((place) => nalUnitHeads(place, 4, (at, length) => bytes.slice(at, at + length)));
      assert.equal(sampleUnitOf(heads, parameterSetsOf(sets)), undefined);
      const carving = await carveBytes(bytes, [new H264Syntax(4, sets), aac()]);
      assert.deepEqual(samplesOf(carving), samples);
      assert.deepEqual(carving.skipped, []);
    });
  }

  it('is found: AV1 with metadata of Dolby that ends in zeros', needs('ffmpeg', 'ffprobe'), async (test) => {
    const video = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '20', '-lag-in-frames', '10'];
    const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...video]));
    // metadata_type 4, country code and provider of Dolby; the last bytes are zeros.
    const metadata = Buffer.from('2a1404b5003b0000080037cd083ca08090184a5f18002000', 'hex');
    metadata[1] = metadata.length - 2;
    const withMetadata = (sample: Uint8Array): Uint8Array => {
      // Behind the temporal delimiter and the sequence header, where there are any.
      let at = 0;
      while (sample[at]! >>> 3 === 1 || sample[at]! >>> 3 === 2) at += 2 + sample[at + 1]!;
      return Buffer.concat([sample.subarray(0, at), metadata, sample.subarray(at)]);
    };
    const { bytes, samples } = rewritten(recording, (sample, stream) => (stream === 0 ? withMetadata(sample) : sample));
    const carving = await carveBytes(bytes, [new Av1Syntax(undefined), aac()]);
    assert.deepEqual(samplesOf(carving), samples);
  });

  it(
    'is found: pictures of two views with messages between them (MV-HEVC)',
    needs('ffmpeg', 'ffprobe'),
    async (test) => {
      const video = [
        '-c:v',
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        'log-level=none:keyint=20',
        '-tag:v',
        'hvc1',
      ];
      const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...video]));
      const { arrays } = parseHevcDecoderConfiguration(payloadOfBox(recording.bytes, 'hvcC')).value!;
      const sets = arrays.flatMap(({ nalUnits }) => nalUnits).map((nalUnit) => nalUnit.slice());
      // vps_max_layers_minus1 is 1.
      for (const nalUnit of sets) if (nalUnit[0]! >> 1 === 32) nalUnit[3]! |= 0x10;
      const message = [39 << 1, 1, 5, 17, ...Array.from({ length: 17 }, (_, n) => n + 1), 0x80];
      const secondView = [1 << 1, (1 << 3) | 1, ...Array.from({ length: 300 }, (_, n) => (n * 37) % 251)];
      const behind = Buffer.concat(
        [message, secondView].map((unit) => Buffer.from([0, 0, unit.length >> 8, unit.length & 255, ...unit])),
      );
      const twoViews = (sample: Uint8Array): Uint8Array => Buffer.concat([sample, behind]);
      const { bytes, samples } = rewritten(recording, (sample, stream) => (stream === 0 ? twoViews(sample) : sample));
      const carving = await carveBytes(bytes, [new H265Syntax(4, sets), aac()]);
      assert.deepEqual(samplesOf(carving), samples);
      assert.deepEqual(carving.skipped, []);
    },
  );

  const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-g', '30'];
  const parameterSetsIn = (bytes: Uint8Array): Uint8Array[] => {
    const record = parseAvcDecoderConfiguration(payloadOfBox(bytes, 'avcC')).value!;
    return [...record.sequenceParameterSets, ...record.pictureParameterSets];
  };

  it('is found: pictures filled up with zeros inside their last NAL unit', needs('ffmpeg', 'ffprobe'), async (test) => {
    const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...h264]));
    const usual = 6007;
    const filled = (sample: Uint8Array): Uint8Array => {
      const bytes = Buffer.concat([sample, new Uint8Array(Math.max(0, usual - sample.length))]);
      let last = 0;
      while (last + 4 + bytes.readUInt32BE(last) < sample.length) last += 4 + bytes.readUInt32BE(last);
      bytes.writeUInt32BE(bytes.length - last - 4, last);
      return bytes;
    };
    const { bytes, samples } = rewritten(recording, (sample, stream) => (stream === 0 ? filled(sample) : sample));
    const carving = await carveBytes(bytes, [new H264Syntax(4, parameterSetsIn(recording.bytes)), aac()]);
    assert.deepEqual(samplesOf(carving), samples);
    assert.deepEqual(carving.skipped, []);
    // What a hole took of a picture ends where a block does.
    const { offset, size } = samples.filter(({ stream }) => stream === 0)[40]!;
    const hole = Buffer.from(bytes);
    hole.fill(0, offset + size - 100 - ((offset + size - 100) % 512) - 512, Math.ceil((offset + size) / 512) * 512);
    const holed = await carveBytes(hole, [new H264Syntax(4, parameterSetsIn(recording.bytes)), aac()]);
    assert.ok(!samplesOf(holed).some((sample) => sample.offset === offset && sample.size !== size));
  });

  it('is found: audio whose instance tags do not count from 0', needs('ffmpeg', 'ffprobe'), async (test) => {
    const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...h264]));
    // Pairs and single channels (element 1 and 0), with tag 3 as DaVinci Resolve's encoder gives them.
    const tagged = (sample: Uint8Array): Uint8Array =>
      sample[0]! >>> 6 === 0 ? Uint8Array.of((sample[0]! & 0xe1) | 6, ...sample.subarray(1)) : sample;
    const { bytes, samples } = rewritten(recording, (sample, stream) => (stream === 1 ? tagged(sample) : sample));
    const audio = samples.filter(({ stream }) => stream === 1).slice(1);
    const config = parseAudioSpecificConfig(Buffer.from('1188', 'hex')).value!;
    const framesOf = audio.slice(0, 32).map(({ offset, size }) => bytes.subarray(offset, offset + size));
    const habits = habitsOf(framesOf, config);
    // One single channel, as AccessUnitParser.elements tells them.
    assert.equal(habits.elements, 0x10);
    const alone = Buffer.concat([
      Buffer.from('7fffffff', 'hex'),
      ...audio.map(({ offset, size }) => bytes.subarray(offset, offset + size)),
    ]);
    const syntax = new AacSyntax({ samplingFrequencyIndex: 3, channelConfiguration: 1, elements: habits.elements });
    const carving = await carveBytes(alone, [syntax]);
    assert.deepEqual(
      samplesOf(carving).map(({ size }) => size),
      audio.slice(1).map(({ size }) => size),
    );
  });

  it('is found: chunks at multiples of 4096, and boxes among them', needs('ffmpeg', 'ffprobe'), async (test) => {
    const recording = await recordingOf(await encode(test, 'recording.mp4', [...media, ...h264]));
    const inChunk = 25;
    const parts: Uint8Array[] = [];
    const samples: Sample[] = [];
    let at = 0;
    const put = (part: Uint8Array): void => {
      parts.push(part);
      at += part.length;
    };
    const box = (type: string, content: Uint8Array): Uint8Array => {
      const head = Buffer.alloc(8);
      head.writeUInt32BE(8 + content.length);
      head.write(type, 4, 'latin1');
      return Buffer.concat([head, content]);
    };
    const streams = [0, 1].map((stream) => recording.packets.filter((packet) => packet.stream === stream));
    for (let chunk = 0; streams.some((own) => own.length > chunk * inChunk); chunk++) {
      for (const own of streams) {
        // The index that was replaced when the recording went on, and the head of what was written then.
        if (chunk === 2) {
          put(Buffer.concat([box('hoov', recording.bytes.subarray(0, 900)), box('mdat', new Uint8Array(0))]));
        }
        put(new Uint8Array((4096 - (at % 4096)) % 4096));
        for (const { stream, offset, size, sync } of own.slice(chunk * inChunk, (chunk + 1) * inChunk)) {
          samples.push({ stream, offset: at, size, sync });
          put(recording.bytes.subarray(offset!, offset! + size));
        }
      }
    }
    const carving = await carveBytes(Buffer.concat(parts), [
      new H264Syntax(4, parameterSetsIn(recording.bytes)),
      aac(),
    ]);
    assert.deepEqual(samplesOf(carving), samples);
    assert.deepEqual(carving.skipped, []);
  });

  it('ends a slice: some bits behind the stop bit, in the same byte or the next', () => {
    const ends = (bits: string, end: number): boolean => {
      const bytes = Buffer.from(
        bits
          .replaceAll(' ', '')
          .match(/.{8}/g)!
          .map((byte) => Number.parseInt(byte, 2)),
      );
      return isSliceEnd(bytes, end);
    };
    assert.ok(ends('10100110 10000000', 8));
    assert.ok(ends('10100110 10000001', 8));
    // Ends of slices that YouTube made, each with the bit that CABAC ends with.
    assert.ok(ends('10011000 00000110 10010000', 14));
    assert.ok(ends('10001011 10111000', 8));
    assert.ok(ends('10100110 10000000 00000000 00000011 00000000 00000000', 8) === false);
    assert.ok(!ends('10100110 00000001', 8));
    assert.ok(!ends('10000000 01000000 00000001', 0));
  });
});
