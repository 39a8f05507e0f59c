/**
 * The samples of every track of a movie, from its tables and from its fragments, in columns. What each track's codec is
 * matters here only in that uncompressed audio is taken in groups.
 */
import { ChunkRoom } from './chunk-room.ts';
import { FragmentReader, noFragmentFaults, type FragmentFaults } from './fragment-samples.ts';
import type { MovieFile, MovieTrack } from './movie-reader.ts';
import type { SampleEntry } from './sample-entry.ts';
import { readStsz } from './boxes/stsz.ts';
import { readTrackSamples, type Packet, type TrackSamples } from './track-samples.ts';

/** A track and its samples, those in fragments among them. */
export interface ReadTrack {
  readonly track: MovieTrack;
  readonly samples: TrackSamples;
}

/** The samples of all tracks of a movie, in the order of its traks. */
export interface MovieSamples {
  readonly tracks: readonly ReadTrack[];
  readonly fragmentFaults: FragmentFaults;
}

/** Bits of one sample of one channel, by the type of the sample entry; 0: what the entry says. */
const uncompressedBits: Readonly<Record<string, number>> = {
  sowt: 0,
  twos: 0,
  'raw ': 0,
  NONE: 0,
  lpcm: 0,
  ipcm: 0,
  fpcm: 0,
  in24: 24,
  in32: 32,
  fl32: 32,
  fl64: 64,
  ulaw: 8,
  alaw: 8,
};

/** Bits of one value of one channel where the audio of an entry is not compressed, otherwise undefined. */
export function uncompressedBitsOf({ audio, type }: Pick<SampleEntry, 'audio' | 'type'>): number | undefined {
  const bits = audio === undefined ? undefined : uncompressedBits[type];
  return bits === 0 ? audio?.sampleSize : bits;
}

/** Bytes of one sample of all channels where a track's audio is not compressed, otherwise undefined. */
function uncompressedFrameBytes(track: MovieTrack): number | undefined {
  const [entry] = track.entries;
  const bits = entry === undefined ? undefined : uncompressedBitsOf(entry);
  if (entry?.audio === undefined || bits === undefined) return undefined;
  const bytes = (entry.audio.channels * bits) / 8;
  return Number.isInteger(bytes) && bytes > 0 && bytes <= 0xffff ? bytes : undefined;
}

/** Samples in a packet and the bytes it has for each channel, of codecs whose entries of version 0 do not say it. */
const fixedPackets: Readonly<Record<string, readonly [number, number]>> = {
  ima4: [64, 34],
  MAC3: [6, 2],
  MAC6: [6, 1],
};

/**
 * The packets of compressed audio whose tables count single samples, as QuickTime's do: the entry says how many samples
 * are in one and how large it is. Undefined where a sample of the tables is a packet.
 */
function packetOf(track: MovieTrack): Packet | undefined {
  const [entry] = track.entries;
  const stsz = track.tables.get('stsz');
  if (entry?.audio === undefined || stsz === undefined || readStsz(stsz).common === 0) return undefined;
  const { version, samplesPerPacket: samples, bytesPerFrame: bytes, channels } = entry.audio;
  if (version === 1 && samples > 1 && samples <= 0xffff && bytes > 0 && bytes <= 0xffffff) return { samples, bytes };
  const fixed = fixedPackets[entry.type];
  return fixed === undefined ? undefined : { samples: fixed[0], bytes: fixed[1] * Math.max(1, channels) };
}

/** Reads them table by table: those of a day of recording are some hundred megabytes and take long. No movie: no tracks. */
export function* movieSamplesSteps(file: MovieFile): Generator<void, MovieSamples> {
  const fileSize = file.layout.source.size;
  const tracks: ReadTrack[] = [];
  for (const track of file.movie?.tracks ?? []) {
    const frameBytes = uncompressedFrameBytes(track);
    const packet = frameBytes === undefined ? packetOf(track) : { samples: 1, bytes: frameBytes };
    const options = packet === undefined ? { fileSize } : { fileSize, packet };
    tracks.push({ track, samples: yield* readTrackSamples(track.tables, options) });
    yield;
  }
  if (file.fragments.length === 0) {
    const isTorn = file.movie?.torn === true;
    const placed = isTorn ? tracks : yield* placedByRoom(tracks, fileSize);
    return { tracks: placed, fragmentFaults: noFragmentFaults() };
  }
  const fragments = new FragmentReader(
    tracks.map(({ track, samples }) => ({
      trackId: track.trackId,
      table: samples.table,
      defaults: track.extends,
    })),
    fileSize,
  );
  for (const [index, moof] of file.fragments.entries()) {
    fragments.read(moof, moof.claimedEnd);
    if (index % 16 === 15) yield;
  }
  return { tracks, fragmentFaults: fragments.faults };
}

/** The tracks, those whose runs of chunks cannot be true read anew with what the room of the chunks says. */
function* placedByRoom(tracks: readonly ReadTrack[], fileSize: number): Generator<void, readonly ReadTrack[]> {
  if (!tracks.some(({ samples }) => samples.runsContradict && !samples.grouped)) return tracks;
  const room = yield* ChunkRoom.of(
    tracks.map(({ track }) => track.tables),
    fileSize,
  );
  const placed: ReadTrack[] = [];
  for (const { track, samples } of tracks) {
    yield;
    const chunks = samples.runsContradict && !samples.grouped ? yield* room.chunksOf(track.tables) : undefined;
    if (chunks === undefined) {
      placed.push({ track, samples });
      continue;
    }
    const found = yield* readTrackSamples(track.tables, { fileSize, chunks });
    placed.push({ track, samples: { ...found, contradictions: samples.contradictions, runsContradict: true } });
  }
  return placed;
}
