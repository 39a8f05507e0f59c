/**
 * The tracks of an input as tables: gathered from access units that stream by, whose media stands in the input itself or is
 * written to a spool. It knows no container.
 */
import { isDeepStrictEqual } from 'node:util';
import type { AccessUnit, AccessUnitVisitor, StreamDamage, StreamTrack } from '../media/access-unit.ts';
import type { Findings } from '../media/findings.ts';
import { SampleTable } from '../media/sample-table.ts';
import { usualDuration } from '../media/timeline.ts';
import type { ConfigurationChange, Track } from '../media/track.ts';

/** A track that is being gathered. */
interface Gathering {
  readonly first: StreamTrack;
  readonly samples: SampleTable;
  readonly changes: ConfigurationChange[];
  current: StreamTrack;
  latest: number;
  bytes: number;
}

/** What was passed over, by what it is. */
interface PassedOver {
  bytes: number;
  count: number;
}

/** Gathers what a reader finds. */
export class GatheredTracks implements AccessUnitVisitor {
  readonly #tracks = new Map<number, Gathering>();
  readonly #passedOver = new Map<string, PassedOver>();
  readonly #file: string;
  readonly #findings: Findings;
  readonly #keep: ((data: Uint8Array) => number) | undefined;

  /** `keep`: writes the bytes of a unit and gives where they are; without it they are where the reader says. */
  constructor(file: string, findings: Findings, keep?: (data: Uint8Array) => number) {
    this.#file = file;
    this.#findings = findings;
    this.#keep = keep;
  }

  track(track: StreamTrack): void {
    const known = this.#tracks.get(track.id);
    if (known === undefined) {
      const samples = new SampleTable();
      this.#tracks.set(track.id, { first: track, samples, changes: [], current: track, latest: 0, bytes: 0 });
      return;
    }
    const isSame = isDeepStrictEqual(known.current.configuration, track.configuration);
    known.current = track;
    if (isSame) return;
    const firstSample = known.samples.length;
    if (known.changes.at(-1)?.firstSample === firstSample) known.changes.pop();
    if (firstSample > 0) known.changes.push({ firstSample, configuration: track.configuration });
    this.#findings.add(
      'stream-configuration-changes',
      `from sample ${firstSample + 1} on the ${track.kind} has another configuration`,
      { file: this.#file, track: track.kind, sample: firstSample + 1 },
    );
  }

  unit({ track, decodeTime, compositionOffset, isSync, data, offset }: AccessUnit): void {
    const gathering = this.#tracks.get(track.id)!;
    const { samples } = gathering;
    const index = samples.length;
    if (index === 0) samples.firstDecodeTime = decodeTime;
    else samples.durations.data[index - 1] = Math.max(-0x80000000, Math.min(0x7fffffff, decodeTime - gathering.latest));
    gathering.latest = decodeTime;
    samples.append(this.#keep === undefined ? offset : this.#keep(data), data.length, compositionOffset, isSync);
  }

  damage({ offset, length }: StreamDamage): void {
    this.#findings.add('stream-damaged', `${length} bytes are neither packets nor tags and are passed over`, {
      file: this.#file,
      offset,
      length,
    });
  }

  passedOver(what: string, bytes: number): void {
    const known = this.#passedOver.get(what) ?? { bytes: 0, count: 0 };
    known.bytes += bytes;
    known.count += bytes > 0 ? 1 : 0;
    this.#passedOver.set(what, known);
  }

  /** The tracks, by id; those without samples are left out. */
  finish(): Track[] {
    const left = [...this.#passedOver].map(([what, { bytes, count }]) => `${what} (${bytes} bytes in ${count} pieces)`);
    if (left.length > 0) {
      this.#findings.add('stream-media-left-out', `left out: ${left.join('; ')}`, { file: this.#file });
    }
    return [...this.#tracks.values()]
      .filter(({ samples }) => samples.length > 0)
      .toSorted((a, b) => a.first.id - b.first.id)
      .map(({ first, samples, changes }) => {
        // How long the last one lasts nothing says.
        samples.durations.data[samples.length - 1] = samples.length > 1 ? usualDuration(samples) : 0;
        const { id, kind, timescale, configuration } = first;
        return { id, kind, timescale, configuration, samples, ...(changes.length > 0 ? { changes } : {}) };
      });
  }
}
