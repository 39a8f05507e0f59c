/** Opens an FLV to be fixed: its header, where its tags begin, and that it is one at all. */
import { ByteReader } from '../../bytes/byte-reader.ts';
import { flvHeaderLength, readFlvHeader, type FlvHeader } from '../../flv/header.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import { FileSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';
import { refuseOtherKind } from '../../rescue/recording-kind.ts';

export interface OpenFlv {
  readonly source: FileSource;
  /** Undefined where the file does not begin with one, but holds tags. */
  readonly header: FlvHeader | undefined;
  readonly firstTag: number;
}

/** How far tags are looked for in a file without a header: a damaged beginning is one thing, another format is another. */
const searchedForTags = 8 * 1024 * 1024;

export function openFlv(path: string): OpenFlv {
  const source = new FileSource(path);
  try {
    const reader = new ByteReader(source.read(0, flvHeaderLength));
    const header = readFlvHeader(reader);
    if (reader.fault === undefined && header.version === 1) {
      return { source, header, firstTag: firstTagOffset(source) ?? flvHeaderLength };
    }
    const start = firstTagOffset(source);
    if (start === undefined && !hasTags(source)) {
      refuseOtherKind(source, 'flv');
      const message = source.size === 0 ? 'the file is empty' : 'is not an FLV';
      throw new SalvorError('unreadable', message, {
        file: path,
        advice: 'salvor probe tells what it is',
      });
    }
    return { source, header: undefined, firstTag: start ?? 0 };
  } catch (error) {
    source.close();
    throw error;
  }
}

/**
 * Whether a file found in a directory is to be mended: its content says so, or its name where the beginning is gone. What
 * `--backup` kept is not; and a file that cannot be read is told of if its name says that it is one.
 */
export function isFlv(path: string): boolean {
  if (path.endsWith(backupEnding)) return false;
  const isNamed = /\.flv$/i.test(path);
  try {
    const source = new FileSource(path);
    try {
      return firstTagOffset(source) !== undefined || (isNamed && source.size > 0);
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return isNamed;
    throw error;
  }
}

/** What is behind the name of a file as it was before it was mended. */
export const backupEnding = '.bak';

function hasTags(source: FileSource): boolean {
  const reader = new TagReader(source, 0);
  for (;;) {
    const event = reader.next();
    if (event === 'tag' || event === 'header') return true;
    if (event === 'end' || (event === 'searching' && reader.position > searchedForTags)) return false;
  }
}
