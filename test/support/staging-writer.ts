/**
 * Writes a staging set as the server leaves it when it closes a recording in good order, with the key-frame numbers that it
 * forgets. It knows sinks, never files, and does not imitate what a crash leaves behind.
 */
import type { ByteSink } from '../../src/bytes/byte-sink.ts';
import { writeInfo, type StagingInfo } from '../../src/staging/info.ts';
import { writeMediaFileHeader } from '../../src/staging/media-file.ts';
import { mediaStart, SetWriter, type StagingConfiguration, type StagingSample } from '../../src/staging/set-writer.ts';

/** The server writes the key-frame list in blocks of so many numbers, and forgets the last block if it is just full. */
const keyFrameBlock = 1024;

/** Where the files of a set go. Each sink begins at the first byte of its file unless said otherwise. */
export interface StagingOutputs {
  readonly info: ByteSink;
  /** `.mdat` from byte 16 on. */
  readonly media: ByteSink;
  /** `.mdat` from byte 0 on; written once, when the set is closed and its size is known. */
  readonly mediaHeader: ByteSink;
  /** By track id. A lone track is number 1; otherwise audio is 1 and video 2. */
  readonly tracks: ReadonlyMap<number, ByteSink>;
}

function asTheServer(info: StagingInfo): StagingInfo {
  if (info.keyFrames === undefined) return info;
  const { count, numbers } = info.keyFrames;
  const there = count > 0 && count % keyFrameBlock === 0 ? count - keyFrameBlock : count;
  return { ...info, keyFrames: { count, numbers: numbers.subarray(0, there) } };
}

/** Writes one recording: `add` every sample, then `close`. The sinks are then to be flushed by whoever opened them. */
export class StagingWriter extends SetWriter {
  readonly #outputs: StagingOutputs;

  constructor(configuration: StagingConfiguration, outputs: StagingOutputs) {
    const sinks = [...outputs.tracks].map(([id, sink]) => [id, (bytes: Uint8Array) => sink.bytes(bytes)] as const);
    super(configuration, new Map(sinks));
    this.#outputs = outputs;
  }

  /** Takes the next sample and its bytes. */
  add(sample: StagingSample, bytes: Uint8Array): void {
    this.#outputs.media.bytes(bytes);
    this.index(sample, bytes.length);
  }

  /** Writes what is known only at the end: the open runs, the sizes, `.info`. */
  close(): void {
    this.flush();
    writeMediaFileHeader(mediaStart + this.mediaBytes, this.#outputs.mediaHeader);
    writeInfo(asTheServer(this.info), this.#outputs.info);
  }
}
