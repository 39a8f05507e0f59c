/** How a stream is recorded, as it is asked for by options or by a program: what is usual, and what does not go together. */
import { SalvorError } from '../../media/errors.ts';
import type { OnFull } from './chunk-files.ts';
import type { RecordingType } from './names.ts';
import type { RecorderOptions } from './recorder.ts';

/** What may be asked for. */
export interface RecordRequest {
  readonly path: string;
  readonly streamName?: string | undefined;
  readonly type?: RecordingType | undefined;
  readonly overwrite?: boolean | undefined;
  /** 0: one file. */
  readonly chunkSeconds?: number | undefined;
  readonly waitForIdr?: boolean | undefined;
  readonly dateFolders?: boolean | undefined;
  readonly goRtmp?: boolean | undefined;
  readonly staging?: boolean | undefined;
  readonly onFull?: OnFull | undefined;
}

/** What a recorder needs to be told. */
export type RecordSettings = Omit<RecorderOptions, 'onChunk' | 'onNotice' | 'describe'>;

/** Fills in what is usual. Throws `usage` errors for what does not go together. */
export function recordSettings(request: RecordRequest): RecordSettings {
  const { path, streamName = '', type, overwrite = false, chunkSeconds = 0, waitForIdr = true } = request;
  const { dateFolders = false, goRtmp = false, staging = false, onFull = 'drain' } = request;
  if ((goRtmp || dateFolders) && streamName === '') {
    throw new SalvorError('usage', 'the names have that of the stream in them', { advice: 'give localStreamName=…' });
  }
  if (staging) refuseWithStaging(request);
  return {
    path,
    streamName,
    dateFolders,
    goRtmp,
    chunked: chunkSeconds > 0,
    chunkSeconds,
    type: type ?? (goRtmp ? undefined : 'mp4'),
    overwrite,
    waitForIdr,
    staging,
    onFull,
  };
}

/** A set is there to be made an MP4 of, and the only copy until then: it is never replaced. */
function refuseWithStaging({ type = 'mp4', goRtmp = false, overwrite = false }: RecordRequest): void {
  if (type !== 'mp4' || goRtmp) {
    throw new SalvorError('usage', '--staging makes the files of an MP4', { advice: 'leave out the type' });
  }
  if (overwrite) {
    throw new SalvorError('usage', 'a staging set is never overwritten', {
      advice: 'leave out overwrite: a name that is taken is numbered',
    });
  }
}
