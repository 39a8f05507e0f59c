import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import { MultitrackType } from '../../src/flv/enhanced-header.ts';
import { TagType } from '../../src/flv/tag.ts';
import {
  AvcPacketType,
  FrameType,
  readVideoTagHeader,
  VideoCodecId,
  VideoPacketType,
  writeVideoTagHeader,
  type LegacyVideoHeader,
  type VideoTagHeader,
} from '../../src/flv/video-tag.ts';
import { fromHex, toHex } from '../codecs/hex.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { enhancedPackets } from './enhanced-packets.ts';
import { goFlvNames, goRecording, truthTags } from './recordings.ts';
import { readTags } from './tag-spans.ts';

function written(header: VideoTagHeader): Uint8Array {
  const writer = new ByteWriter();
  writeVideoTagHeader(writer, header);
  return writer.toBytes().slice();
}

const { keyFrame, interFrame, command } = FrameType;

function legacy(
  frameType: number,
  codecId: number,
  packetType?: number,
  compositionTimeMilliseconds = 0,
): LegacyVideoHeader {
  const packet = packetType === undefined ? undefined : { packetType, compositionTimeMilliseconds };
  return { kind: 'legacy', frameType, codecId, packet };
}

const enhanced = { kind: 'enhanced', modifiers: [], multitrackType: undefined, command: undefined } as const;
const hevc = { ...enhanced, frameType: keyFrame, fourCC: 'hvc1' } as const;

// Put together from the tables of Adobe FLV 10.1 (E.4.3.1) and Enhanced RTMP v2 (ExVideoTagHeader).
const rows: readonly (readonly [hex: string, header: VideoTagHeader])[] = [
  ['17 00 000000', legacy(keyFrame, VideoCodecId.avc, AvcPacketType.sequenceHeader)],
  ['27 01 0000c8', legacy(interFrame, VideoCodecId.avc, AvcPacketType.nalUnits, 200)],
  ['27 01 ffffd8', legacy(interFrame, VideoCodecId.avc, AvcPacketType.nalUnits, -40)],
  ['27 01 800000', legacy(interFrame, VideoCodecId.avc, AvcPacketType.nalUnits, -(2 ** 23))],
  ['17 02 000000', legacy(keyFrame, VideoCodecId.avc, AvcPacketType.endOfSequence)],
  ['1c 01 000043', legacy(keyFrame, VideoCodecId.hevc, AvcPacketType.nalUnits, 67)],
  ['22', legacy(interFrame, VideoCodecId.sorensonH263)],
  ['14', legacy(keyFrame, VideoCodecId.vp6)],
  ['90 68766331', { ...hevc, packetType: VideoPacketType.sequenceStart }],
  ['a3 61763031', { ...enhanced, frameType: interFrame, fourCC: 'av01', packetType: VideoPacketType.codedFramesX }],
  ['94 68766331', { ...hevc, packetType: VideoPacketType.metadata }],
  [
    'd1 00',
    { ...enhanced, frameType: command, fourCC: undefined, packetType: VideoPacketType.codedFrames, command: 0 },
  ],
  ['d4 68766331', { ...hevc, frameType: command, packetType: VideoPacketType.metadata }],
  ['96 11 68766331', { ...hevc, packetType: VideoPacketType.codedFrames, multitrackType: MultitrackType.manyTracks }],
  [
    '97 02 0003e8 01 68766331', // a time of 1000 ns to add, then coded frames
    { ...hevc, packetType: VideoPacketType.codedFrames, modifiers: [{ type: 0, data: fromHex('0003e8') }] },
  ],
];

describe('the header of video data', () => {
  it('is read and written as the specifications lay it out', () => {
    for (const [hex, header] of rows) {
      const bytes = fromHex(hex);
      const reader = new ByteReader(fromHex(`${hex} 00000002`));
      assert.deepEqual(readVideoTagHeader(reader), header, hex);
      assert.equal(reader.position, bytes.length, hex);
      assert.equal(toHex(written(header)), toHex(bytes));
    }
  });

  it('has the kind, the key flag and the composition time of every picture in the recordings', () => {
    for (const name of goFlvNames) {
      const bytes = goRecording(name, 'recording.flv');
      const tags = new Map([...readTags(forgetfulSource(bytes), 13)].map((tag) => [tag.start, tag]));
      for (const truth of truthTags(name).filter(({ track }) => track === 'video')) {
        const tag = tags.get(truth.tag_offset);
        assert.equal(tag?.type, TagType.video);
        const reader = new ByteReader(bytes.subarray(tag?.body, tag?.end));
        const { sequenceHeader, nalUnits } = AvcPacketType;
        const expected =
          truth.kind === 'config'
            ? legacy(keyFrame, VideoCodecId.avc, sequenceHeader)
            : legacy(truth.key === true ? keyFrame : interFrame, VideoCodecId.avc, nalUnits, truth.cts);
        assert.deepEqual(readVideoTagHeader(reader), expected);
        if (truth.size !== undefined) assert.equal(reader.remaining, truth.size);
      }
    }
  });

  it('comes back from its bytes whatever is in it', () => {
    const composition = fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 });
    const legacyHeaders = fc
      .tuple(fc.nat(7), fc.nat(15), fc.nat(255), composition)
      .map(([frameType, codecId, packetType, time]) => {
        const hasPacket = codecId === VideoCodecId.avc || codecId === VideoCodecId.hevc;
        return hasPacket ? legacy(frameType, codecId, packetType, time) : legacy(frameType, codecId);
      });
    const enhancedHeaders = fc
      .tuple(fc.nat(7), fc.nat(255), enhancedPackets(VideoPacketType))
      .map(([frameType, number, packet]): VideoTagHeader => {
        const isCommand = frameType === command && packet.packetType !== VideoPacketType.metadata;
        if (!isCommand) return { kind: 'enhanced', frameType, ...packet, command: undefined };
        return {
          kind: 'enhanced',
          frameType,
          ...packet,
          multitrackType: undefined,
          fourCC: undefined,
          command: number,
        };
      })
      // Several tracks in a tag whose frame type says command cannot be told from a command.
      .filter(
        (header) => header.frameType !== command || (header.kind === 'enhanced' && header.multitrackType === undefined),
      );
    fc.assert(
      fc.property(fc.oneof(legacyHeaders, enhancedHeaders), (header) => {
        const reader = new ByteReader(written(header));
        assert.deepEqual(readVideoTagHeader(reader), header);
        assert.deepEqual([reader.fault, reader.remaining], [undefined, 0]);
      }),
    );
  });

  it('never fails and always ends, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void readVideoTagHeader(new ByteReader(bytes))),
    );
  });
});
