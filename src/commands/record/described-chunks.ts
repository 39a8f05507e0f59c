/**
 * What the files of a recording hold, for their reports: the tracks with their samples, and what of the stream was passed over.
 * Only where a report is wanted: it costs a row of a table for each sample. It knows neither files nor containers.
 */
import type { AccessUnit, StreamDamage } from '../../media/access-unit.ts';
import { Findings, type Finding } from '../../media/findings.ts';
import type { TrackReport } from '../../media/report.ts';
import { makeDecodeTimesRise, placeOnTimeline } from '../../media/timeline.ts';
import { trackReport } from '../../mp4/track-report.ts';
import { GatheredTracks } from '../../rescue/gathered-tracks.ts';

/** What one file holds. */
export interface ChunkDescription {
  readonly tracks: readonly TrackReport[];
  readonly findings: readonly Finding[];
}

/** Where nothing is known of it. */
export const notDescribed: ChunkDescription = { tracks: [], findings: [] };

/** Describes one file after the other. */
export class DescribedChunks {
  readonly #input: string;
  #findings = new Findings();
  #gathered: GatheredTracks;
  readonly #known = new Map<number, AccessUnit['track']>();

  /** `input`: what the stream is called. */
  constructor(input: string) {
    this.#input = input;
    this.#gathered = this.#begin();
  }

  #begin(): GatheredTracks {
    this.#known.clear();
    return new GatheredTracks(this.#input, this.#findings, () => 0);
  }

  /** A sample that is in the file. */
  unit(unit: AccessUnit): void {
    const { track } = unit;
    if (this.#known.get(track.id) !== track) this.#gathered.track(track);
    this.#known.set(track.id, track);
    this.#gathered.unit(unit);
  }

  damage(damage: StreamDamage): void {
    this.#gathered.damage(damage);
  }

  passedOver(what: string, bytes: number): void {
    this.#gathered.passedOver(what, bytes);
  }

  /** What the file holds that ends here. `lost`: samples since the one before that are in no file. */
  take(lost: number): ChunkDescription {
    if (lost > 0) this.#gathered.passedOver(`${lost} samples that found no place in a file`, 0);
    const tracks = this.#gathered.finish();
    for (const track of tracks) makeDecodeTimesRise(track, this.#findings, this.#input);
    const description = {
      tracks: placeOnTimeline(tracks).map((place) => trackReport(place, { file: undefined }, { from: 'recorded' })),
      findings: this.#findings.list(),
    };
    this.#findings = new Findings();
    this.#gathered = this.#begin();
    return description;
  }
}
