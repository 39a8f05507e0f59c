/**
 * Makes large FLV recordings for the benchmarks: as a recorder leaves them that never closed, `duration` and `filesize`
 * zero. Sizes, times and structure are those of a stream; the pictures are noise, which no tool here looks into.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ByteWriter } from '../src/bytes/byte-sink.ts';
import { writeFlvHeader } from '../src/flv/header.ts';
import { newMetadata } from '../src/flv/metadata.ts';
import { TagType, writePreviousTagSize, writeTagHeader } from '../src/flv/tag.ts';

export interface FlvShape {
  readonly bytes: number;
  readonly picturesPerSecond: number;
  readonly pictureBytes: number;
  readonly soundBytes: number;
  readonly keyFrameEvery: number;
}

export interface MadeFlv {
  readonly tags: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** An SPS of 320x240 and its PPS, of a real recording. */
const avcConfiguration =
  '0164000dffe1001967 64000dacd94141fb0110000003001000000303c0f1429960 01000468efbcb0fdf8f800'.replaceAll(' ', '');
const writeBlock = 4 * 1024 * 1024;

export function makeFlv(path: string, shape: FlvShape): MadeFlv {
  const file = openSync(path, 'w');
  let writer = new ByteWriter(writeBlock + 1024 * 1024);
  let written = 0;
  let tags = 0;
  const noise = new Uint8Array(Math.max(shape.pictureBytes, shape.soundBytes) * 2);
  for (let index = 0; index < noise.length; index++) noise[index] = (index * 2654435761) >>> 13;
  const flush = (): void => {
    written += writeSync(file, writer.toBytes());
    writer = new ByteWriter(writeBlock + 1024 * 1024);
  };
  const tag = (type: number, timestampMilliseconds: number, head: Uint8Array, media: number): void => {
    const header = {
      type,
      filter: false,
      reserved: 0,
      dataSize: head.length + media,
      timestampMilliseconds,
      streamId: 0,
    };
    writeTagHeader(writer, header);
    writer.bytes(head);
    writer.bytes(noise.subarray(tags % 64, (tags % 64) + media));
    writePreviousTagSize(writer, header);
    tags++;
    if (writer.position >= writeBlock) flush();
  };
  writeFlvHeader(writer, { version: 1, hasAudio: true, hasVideo: true, reservedFlags: 0, dataOffset: 9 });
  writer.u32(0);
  const number = (value: number): { kind: 'number'; value: number } => ({ kind: 'number', value });
  const values = { duration: 0, filesize: 0, width: 320, height: 240, videocodecid: 7, audiocodecid: 10 };
  tag(
    TagType.scriptData,
    0,
    newMetadata(new Map(Object.entries(values).map(([name, value]) => [name, number(value)]))),
    0,
  );
  tag(TagType.video, 0, Buffer.from(`1700000000${avcConfiguration}`, 'hex'), 0);
  tag(TagType.audio, 0, Buffer.from('af001210', 'hex'), 0);
  let pictures = 0;
  let sounds = 0;
  const [key, inter] = [Buffer.from('1701000000', 'hex'), Buffer.from('2701000000', 'hex')];
  const sound = Buffer.from('af01', 'hex');
  while (written + writer.position < shape.bytes) {
    const pictureTime = (pictures * 1000) / shape.picturesPerSecond;
    const soundTime = (sounds * 1024_000) / 44_100;
    if (pictureTime <= soundTime) {
      // Key frames are larger, as they are.
      const isKey = pictures++ % shape.keyFrameEvery === 0;
      tag(
        TagType.video,
        Math.floor(pictureTime),
        isKey ? key : inter,
        isKey ? shape.pictureBytes : shape.pictureBytes >> 1,
      );
    } else {
      sounds++;
      tag(TagType.audio, Math.floor(soundTime), sound, shape.soundBytes);
    }
  }
  flush();
  closeSync(file);
  return { tags, bytes: written, seconds: pictures / shape.picturesPerSecond };
}
