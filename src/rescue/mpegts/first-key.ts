/**
 * Where a recording begins that is to begin with a picture that decoding can begin with. It takes a look of its own: such a
 * picture is known only some packets after its beginning, and whether it stays only when its PES packet is over.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { packetRuns } from '../../mpegts/packet-stream.ts';
import type { StoredSection } from '../../mpegts/program-tables.ts';
import { TransportSurvey, undescribedVideo } from '../../mpegts/survey.ts';
import type { DroppedRanges } from './plan.ts';

/** An offset before which everything goes. */
export interface Head {
  /** Offset of the cell; 0: nothing goes. */
  readonly offset: number;
  /** The tables in force there. */
  readonly sections: readonly StoredSection[];
}

/** The head that leaves nothing out. */
export const wholeStream: Head = { offset: 0, sections: [] };

/**
 * Finds the first picture of the video that comes first which decoding can begin with. `dropped`: what of each PID goes
 * anyway. Throws `interrupted`.
 */
export async function findFirstKey(
  source: ByteSource,
  dropped: ReadonlyMap<number, DroppedRanges>,
  pace: Pace,
): Promise<Head> {
  let leadPid = -1;
  let found: Head | undefined;
  const survey = new TransportSurvey({
    pictures: true,
    video: undescribedVideo(source),
    onPicture: (pid, { entry, offset }) => {
      const isFirst = leadPid < 0;
      if (isFirst) leadPid = pid;
      if (pid !== leadPid || found !== undefined || entry === undefined || offset < 0) return;
      const ranges = dropped.get(pid);
      if (ranges !== undefined && holds(ranges, offset)) return;
      found = isFirst ? wholeStream : { offset, sections: survey.tables.sections() };
    },
  });
  for (const run of packetRuns(source)) {
    survey.take(run);
    if (found !== undefined) return found;
    if (pace.isDue) await pace.turn();
  }
  survey.finish();
  return found ?? wholeStream;
}

function holds({ from, to }: DroppedRanges, offset: number): boolean {
  for (let index = 0; index < from.length && from.at(index) <= offset; index++) {
    if (offset < to.at(index)) return true;
  }
  return false;
}
