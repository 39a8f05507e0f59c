import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ByteReader } from '../../src/bytes/byte-reader.ts';
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import {
  AacPacketType,
  AudioPacketType,
  readAudioTagHeader,
  SoundFormat,
  writeAudioTagHeader,
  type AudioTagHeader,
} from '../../src/flv/audio-tag.ts';
import { MultitrackType } from '../../src/flv/enhanced-header.ts';
import { TagType } from '../../src/flv/tag.ts';
import { fromHex, toHex } from '../codecs/hex.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';
import { enhancedPackets } from './enhanced-packets.ts';
import { goFlvNames, goRecording, truthTags } from './recordings.ts';
import { readTags } from './tag-spans.ts';

function written(header: AudioTagHeader): Uint8Array {
  const writer = new ByteWriter();
  writeAudioTagHeader(writer, header);
  return writer.toBytes().slice();
}

const aac = { kind: 'legacy', soundFormat: SoundFormat.aac, soundRate: 3, soundSize: 1, soundType: 1 } as const;
const enhanced = { kind: 'enhanced', modifiers: [], multitrackType: undefined } as const;
const opus = { ...enhanced, fourCC: 'Opus' } as const;

// Put together from the tables of Adobe FLV 10.1 (E.4.2.1) and Enhanced RTMP v2 (ExAudioTagHeader).
const rows: readonly (readonly [hex: string, header: AudioTagHeader])[] = [
  ['af 00', { ...aac, aacPacketType: AacPacketType.sequenceHeader }],
  ['af 01', { ...aac, aacPacketType: AacPacketType.raw }],
  [
    '2e',
    {
      kind: 'legacy',
      soundFormat: SoundFormat.mp3,
      soundRate: 3,
      soundSize: 1,
      soundType: 0,
      aacPacketType: undefined,
    },
  ],
  [
    '50',
    {
      kind: 'legacy',
      soundFormat: SoundFormat.nellymoser8Khz,
      soundRate: 0,
      soundSize: 0,
      soundType: 0,
      aacPacketType: undefined,
    },
  ],
  ['90 4f707573', { ...opus, packetType: AudioPacketType.sequenceStart }],
  ['91 6d703461', { ...enhanced, fourCC: 'mp4a', packetType: AudioPacketType.codedFrames }],
  [
    '97 02 0000ff 01 4f707573', // a time of 255 ns to add, then coded frames
    { ...opus, packetType: AudioPacketType.codedFrames, modifiers: [{ type: 0, data: fromHex('0000ff') }] },
  ],
  ['95 11 4f707573', { ...opus, packetType: AudioPacketType.codedFrames, multitrackType: MultitrackType.manyTracks }],
  ['95 20', { ...enhanced, fourCC: undefined, packetType: 0, multitrackType: MultitrackType.manyTracksManyCodecs }],
];

describe('the header of audio data', () => {
  it('is read and written as the specifications lay it out', () => {
    for (const [hex, header] of rows) {
      const bytes = fromHex(hex);
      const reader = new ByteReader(fromHex(`${hex} 2110`));
      assert.deepEqual(readAudioTagHeader(reader), header, hex);
      assert.equal(reader.position, bytes.length, hex);
      assert.equal(toHex(written(header)), toHex(bytes));
    }
  });

  it('tells the configuration from the sound in every tag of the recordings', () => {
    for (const name of goFlvNames) {
      const bytes = goRecording(name, 'recording.flv');
      const tags = new Map([...readTags(forgetfulSource(bytes), 13)].map((tag) => [tag.start, tag]));
      for (const truth of truthTags(name).filter(({ track }) => track === 'audio')) {
        const tag = tags.get(truth.tag_offset);
        assert.equal(tag?.type, TagType.audio);
        const reader = new ByteReader(bytes.subarray(tag?.body, tag?.end));
        const { sequenceHeader, raw } = AacPacketType;
        const aacPacketType = truth.kind === 'config' ? sequenceHeader : raw;
        assert.deepEqual(readAudioTagHeader(reader), { ...aac, aacPacketType });
        if (truth.size !== undefined) assert.equal(reader.remaining, truth.size);
      }
    }
  });

  it('comes back from its bytes whatever is in it', () => {
    const legacy = fc
      .record({
        soundFormat: fc.nat(15),
        soundRate: fc.nat(3),
        soundSize: fc.nat(1),
        soundType: fc.nat(1),
        packet: fc.nat(255),
      })
      .filter(({ soundFormat }) => soundFormat !== SoundFormat.exHeader)
      .map(({ packet, ...fields }) => {
        const aacPacketType = fields.soundFormat === SoundFormat.aac ? packet : undefined;
        return { kind: 'legacy' as const, ...fields, aacPacketType };
      });
    const enhancedHeaders = enhancedPackets(AudioPacketType).map((packet) => ({
      kind: 'enhanced' as const,
      ...packet,
    }));
    fc.assert(
      fc.property(fc.oneof(legacy, enhancedHeaders), (header) => {
        const reader = new ByteReader(written(header));
        assert.deepEqual(readAudioTagHeader(reader), header);
        assert.deepEqual([reader.fault, reader.remaining], [undefined, 0]);
      }),
    );
  });

  it('never fails and always ends, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => void readAudioTagHeader(new ByteReader(bytes))),
    );
  });
});
