/**
 * Makes large FLV recordings for the benchmarks: as a recorder leaves them that never closed, `duration` and `filesize`
 * zero. Sizes, times and structure are those of a stream; each picture is one of a genuine recording, made as large as is
 * wanted with filler data (H.264, 7.3.2.7).
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ByteWriter } from '../src/bytes/byte-sink.ts';
import { writeFlvHeader } from '../src/flv/header.ts';
import { MediaTag } from '../src/flv/media-tag.ts';
import { newMetadata } from '../src/flv/metadata.ts';
import { tagHeaderLength, TagType, writePreviousTagSize, writeTagHeader } from '../src/flv/tag.ts';
import { firstTagOffset, TagReader } from '../src/flv/tag-reader.ts';
import { FileSource } from '../src/io/file-source.ts';
import { fixturesDirectory } from '../test/support/project.ts';

export interface FlvShape {
  readonly bytes: number;
  readonly picturesPerSecond: number;
  readonly pictureBytes: number;
  readonly keyFrameEvery: number;
}

export interface MadeFlv {
  readonly tags: number;
  readonly bytes: number;
  readonly seconds: number;
}

interface Genuine {
  readonly videoHeader: Uint8Array;
  readonly audioHeader: Uint8Array;
  readonly keyFrame: Uint8Array;
  readonly interFrame: Uint8Array;
  readonly sound: Uint8Array;
}

/** The data of tags of a genuine recording. */
function genuine(): Genuine {
  const source = new FileSource(join(fixturesDirectory, 'go-rtmp/h264_aac/recording.flv'));
  const reader = new TagReader(source, firstTagOffset(source)!);
  const tag = new MediaTag();
  const found = new Map<string, Uint8Array>();
  for (let event = reader.next(); event === 'tag'; event = reader.next()) {
    tag.read(reader);
    const name = `${tag.kind} ${tag.role}`;
    if (!found.has(name)) found.set(name, source.read(reader.offset + tagHeaderLength, reader.dataSize).slice());
  }
  source.close();
  const data = (name: string): Uint8Array => found.get(name)!;
  return {
    videoHeader: data('video sequenceHeader'),
    audioHeader: data('audio sequenceHeader'),
    keyFrame: data('video keyFrame'),
    interFrame: data('video frame'),
    sound: data('audio frame'),
  };
}

/** A picture with a NAL unit of filler data behind it, so that it has `length` bytes. */
function filled(picture: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(length, picture.length + 6)).fill(0xff);
  bytes.set(picture);
  new DataView(bytes.buffer).setUint32(picture.length, bytes.length - picture.length - 4);
  bytes[picture.length + 4] = 12;
  bytes[bytes.length - 1] = 0x80;
  return bytes;
}

const writeBlock = 4 * 1024 * 1024;

export function makeFlv(path: string, shape: FlvShape): MadeFlv {
  const file = openSync(path, 'w');
  let writer = new ByteWriter(writeBlock + 1024 * 1024);
  let written = 0;
  let tags = 0;
  const flush = (): void => {
    written += writeSync(file, writer.toBytes());
    writer = new ByteWriter(writeBlock + 1024 * 1024);
  };
  const tag = (type: number, timestampMilliseconds: number, data: Uint8Array): void => {
    const header = { type, filter: false, reserved: 0, dataSize: data.length, timestampMilliseconds, streamId: 0 };
    writeTagHeader(writer, header);
    writer.bytes(data);
    writePreviousTagSize(writer, header);
    tags++;
    if (writer.position >= writeBlock) flush();
  };
  writeFlvHeader(writer, { version: 1, hasAudio: true, hasVideo: true, reservedFlags: 0, dataOffset: 9 });
  writer.u32(0);
  const number = (value: number): { kind: 'number'; value: number } => ({ kind: 'number', value });
  const values = { duration: 0, filesize: 0, width: 320, height: 240, videocodecid: 7, audiocodecid: 10 };
  const metadata = newMetadata(new Map(Object.entries(values).map(([name, value]) => [name, number(value)])));
  const { videoHeader, audioHeader, keyFrame, interFrame, sound } = genuine();
  tag(TagType.scriptData, 0, metadata);
  tag(TagType.video, 0, videoHeader);
  tag(TagType.audio, 0, audioHeader);
  // Key frames are larger, as they are.
  const key = filled(keyFrame, shape.pictureBytes);
  const inter = filled(interFrame, shape.pictureBytes >> 1);
  let pictures = 0;
  let sounds = 0;
  while (written + writer.position < shape.bytes) {
    const pictureTime = (pictures * 1000) / shape.picturesPerSecond;
    const soundTime = (sounds * 1024_000) / 44_100;
    if (pictureTime <= soundTime) {
      tag(TagType.video, Math.floor(pictureTime), pictures++ % shape.keyFrameEvery === 0 ? key : inter);
    } else {
      sounds++;
      tag(TagType.audio, Math.floor(soundTime), sound);
    }
  }
  flush();
  closeSync(file);
  return { tags, bytes: written, seconds: pictures / shape.picturesPerSecond };
}
