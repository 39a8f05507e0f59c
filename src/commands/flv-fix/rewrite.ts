/**
 * Writes a file anew: what goes before the tags, then every kept tag, streamed from the source in long runs. Timestamps and
 * the sizes behind tags are changed on the way. Then what was written is walked and held against what was meant.
 */
import type { AtomicOutput } from '../../io/atomic-output.ts';
import { copyRange } from '../../io/copy-range.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { PiecedSource, type SourcePiece } from '../../io/pieced-source.ts';
import { SalvorError } from '../../media/errors.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import { previousTagSizeLength, tagHeaderLength } from '../../flv/tag.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import { KeptTags } from '../../rescue/flv/kept-tags.ts';
import { forEachChange } from '../../rescue/flv/tag-changes.ts';
import type { RewritePlan } from '../../rescue/flv/rewrite-plan.ts';

/** How the walk is kept interruptible; `progress` is told bytes of the source. */
export interface RewriteOptions {
  readonly pace: Pace;
  readonly progress: (done: number, total: number) => void;
}

/** Runs with changes are copied in pieces of this, so that the changes of one piece are few. */
const maxChangedRun = 32 * 1024 * 1024;

/** What the tags of a file come to, to be compared with what was meant. */
class TagSum {
  tags = 0;
  bytes = 0;
  #hash = 0x811c9dc5;

  add(type: number, dataSize: number, timestamp: number, compositionTime: number): void {
    this.tags++;
    this.bytes += tagHeaderLength + dataSize + previousTagSizeLength;
    let hash = mixed(this.#hash, type);
    hash = mixed(hash, dataSize);
    hash = mixed(hash, timestamp);
    this.#hash = mixed(hash, compositionTime);
  }

  equals(other: TagSum): boolean {
    return this.tags === other.tags && this.bytes === other.bytes && this.#hash === other.#hash;
  }
}

/** A step of FNV-1a over 32 bits. */
function mixed(hash: number, part: number): number {
  return Math.imul(hash ^ part, 0x01000193) ^ (part >>> 13);
}

/** Four bytes to write over others. */
class Changes {
  readonly #offsets: number[] = [];
  readonly #values: number[] = [];
  #next = 0;

  get any(): boolean {
    return this.#offsets.length > 0;
  }

  add(offset: number, value: number): void {
    this.#offsets.push(offset);
    this.#values.push(value);
  }

  clear(): void {
    this.#offsets.length = 0;
    this.#values.length = 0;
    this.#next = 0;
  }

  /** Puts those that lie in a block there, also where the block holds a part of one only. Blocks come in order. */
  apply(block: Uint8Array, start: number): void {
    const end = start + block.length;
    while (this.#next < this.#offsets.length) {
      const offset = this.#offsets[this.#next]!;
      if (offset >= end) return;
      const value = this.#values[this.#next]!;
      for (let byte = 0; byte < 4; byte++) {
        const at = offset + byte - start;
        if (at >= 0 && at < block.length) block[at] = (value >>> (24 - 8 * byte)) & 0xff;
      }
      // What reaches into the next block is put there again.
      if (offset + 4 > end) return;
      this.#next++;
    }
  }
}

/** A run of neighbouring bytes of the source, and what is changed in it. */
class Run {
  start = 0;
  end = 0;
  readonly changes = new Changes();

  begin(offset: number): void {
    this.start = offset;
    this.end = offset;
    this.changes.clear();
  }
}

/** Writes `head` and every kept tag to the output, which is neither synced nor named here. */
export async function rewrite(
  file: FileSource,
  plan: RewritePlan & { readonly source: ByteSource },
  head: Uint8Array,
  output: AtomicOutput,
  { pace, progress }: RewriteOptions,
): Promise<void> {
  const { source } = plan;
  output.write(head, 0);
  let at = head.length;
  const run = new Run();
  const flush = async (): Promise<void> => {
    const { start, end, changes } = run;
    const length = end - start;
    for (const piece of piecesOf(source, start, length)) {
      const from = at;
      at += piece.length;
      await copyRange(file, piece.at, piece.length, output, from, {
        progress: (done) => progress(piece.start + done, source.size),
        ...(changes.any ? { edit: (bytes, offset) => changes.apply(bytes, offset - piece.at + piece.start) } : {}),
        ...(pace.signal === undefined ? {} : { signal: pace.signal }),
      });
    }
  };
  const sum = new TagSum();
  // Reading every tag's composition time back is worth its while only where some were changed.
  const isComposed = plan.placed?.compositionTimes !== undefined;
  const tags = new KeptTags(source, plan, pace);
  const change = (offset: number, value: number): void => run.changes.add(offset, value);
  for (let event = tags.next(); event !== 'end'; event = tags.next()) {
    if (event === 'turn') {
      await pace.turn();
      continue;
    }
    const { reader, timestamp } = tags;
    const { offset, end, dataSize } = reader;
    sum.add(reader.type, dataSize, timestamp, isComposed ? tags.compositionTime : 0);
    if (offset !== run.end || (run.changes.any && end - run.start > maxChangedRun)) {
      await flush();
      run.begin(offset);
    }
    forEachChange(tags, change);
    run.end = end + previousTagSizeLength;
    const size = tagHeaderLength + dataSize;
    if (reader.previousTagSize === undefined) {
      // The file ends before: the four bytes come from here.
      run.end = end;
      await flush();
      run.begin(source.size);
      output.write(Uint8Array.of(size >>> 24, (size >>> 16) & 0xff, (size >>> 8) & 0xff, size & 0xff), at);
      at += previousTagSizeLength;
    }
  }
  await flush();
  await output.syncInBackground(pace);
  await verify(output, head, sum, isComposed, pace);
}

/** Where a range of a source lies in the file. */
function piecesOf(source: ByteSource, start: number, length: number): Iterable<SourcePiece> {
  if (source instanceof PiecedSource) return source.piecesOf(start, length);
  return length === 0 ? [] : [{ start, at: start, length }];
}

async function verify(
  output: AtomicOutput,
  head: Uint8Array,
  expected: TagSum,
  isComposed: boolean,
  pace: Pace,
): Promise<void> {
  const file = new FileSource(output.temporaryPath);
  try {
    const isHead = Buffer.compare(file.read(0, head.length), head) === 0;
    const reader = new TagReader(file, firstTagOffset(file) ?? 0);
    const sum = new TagSum();
    const tag = new MediaTag();
    let fault = isHead && file.size === head.length + expected.bytes ? undefined : 0;
    let count = 0;
    for (let event = reader.next(); event !== 'end'; event = reader.next()) {
      if (((++count & 0x3ff) === 0 || event === 'searching') && pace.isDue) await pace.turn();
      if (event === 'searching') continue;
      if (event !== 'tag' || reader.previousTagSize !== tagHeaderLength + reader.dataSize) fault ??= reader.offset;
      else if (reader.offset >= head.length) {
        if (isComposed) tag.read(reader);
        sum.add(reader.type, reader.dataSize, reader.timestamp, tag.compositionTime);
      }
    }
    if (fault === undefined && sum.equals(expected)) return;
    throw new SalvorError('output', 'what was written does not read back right; nothing was changed', {
      file: output.target,
      ...(fault === undefined ? {} : { offset: fault }),
      advice: 'check the disk and the memory of this machine, then run again',
    });
  } finally {
    file.close();
  }
}
