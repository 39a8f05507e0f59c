/** What changes where new tables begin to hold: which streams there are, on which PIDs, of which codecs. */
import type { Program } from '../../mpegts/program-tables.ts';

/** What is announced at one offset of the stream. */
interface Announced {
  readonly programs: readonly Program[];
  readonly key: string;
}

/** Compares the programs with those before, in words for a finding. */
export class StreamChanges {
  #now: Announced | undefined;
  /** Programs that the PAT names, whose maps may still come. */
  #named = new Set<number>();

  /** Takes the programs as they stand. Says what has changed; undefined where nothing has, or a map has only come in at last. */
  take(programs: readonly Program[]): string | undefined {
    const mapped = programs.filter(({ hasMap }) => hasMap);
    const named = this.#named;
    // While a new map has not come yet, nothing is known.
    if (mapped.length === 0) return undefined;
    this.#named = new Set(programs.map(({ programNumber }) => programNumber));
    const before = this.#now;
    this.#now = { programs: mapped, key: mapped.map(keyOf).join(';') };
    if (before === undefined || before.key === this.#now.key) return undefined;
    const isSame = ({ programNumber }: Program): boolean => {
      const [one, other] = [before, this.#now!].map((each) =>
        each.programs.find((p) => p.programNumber === programNumber),
      );
      return one !== undefined && other !== undefined && keyOf(one) === keyOf(other);
    };
    const hasOnlyCome = mapped.every(
      (program) =>
        isSame(program) ||
        (named.has(program.programNumber) &&
          !before.programs.some((each) => each.programNumber === program.programNumber)),
    );
    if (hasOnlyCome && before.programs.every(isSame)) return undefined;
    const [old, next] = [before.programs, mapped].map(streamsText);
    return old === next ? 'the program map has a new version; the streams are the same' : `${old} become ${next}`;
  }
}

function keyOf({ programNumber, mapVersion, pcrPid, streams }: Program): string {
  return [
    programNumber,
    mapVersion,
    pcrPid,
    ...streams.map(({ pid, codec, streamType }) => `${pid}/${codec}/${streamType}`),
  ].join(':');
}

function streamsText(programs: readonly Program[]): string {
  return programs.flatMap(({ streams }) => streams.map(({ pid, codec }) => `${codec} on PID ${pid}`)).join(', ');
}
