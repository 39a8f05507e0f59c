/**
 * What becomes of the packets of audio that are looked at: those that go, and those that change where they stand. It keeps
 * the plan's counts and decides nothing.
 */
import { packetLength } from '../../mpegts/packet.ts';
import { addRange } from './dropped-ranges.ts';
import type { AudioPatch, AudioPes, DroppedRanges, StreamPlan } from './plan.ts';

/** A PES packet while it is not settled what becomes of it. */
export interface OpenPes extends AudioPes {
  readonly beginning: AudioPiece;
  /** It says its length. */
  readonly hasLength: boolean;
  readonly isMade: boolean;
}

/** A packet while it is not settled what becomes of it. */
export interface AudioPiece {
  /** Offset of its cell. */
  readonly place: number;
  /** Where its media begins in the bytes that are held. */
  at: number;
  readonly length: number;
  /** Bytes of a PES header before it. */
  readonly header: number;
  /** Packets that are missing before it. */
  missing: number;
  readonly isFaulty: boolean;
  /** Bytes of media at its beginning that go. */
  skip: number;
  /** Undefined where it goes, or where it is not known yet. */
  pes: OpenPes | undefined;
}

/** Where the media of the last of some packets ends in the bytes that are held. */
export function mediaEndOf(pieces: readonly AudioPiece[]): number {
  const last = pieces.at(-1)!;
  return last.at + last.length;
}

/** The changes to the packets of one PID. */
export class AudioEdits {
  /** By the offset of its cell, packets that change. */
  readonly patches = new Map<number, AudioPatch>();
  readonly #plan: StreamPlan;
  readonly #dropped: DroppedRanges;
  readonly #stride: number;
  readonly #tell: (place: number, bytes: number) => void;

  /** `tell` receives the bytes that go, with the offset of the cell they are in. */
  constructor(plan: StreamPlan, dropped: DroppedRanges, stride: number, tell: (place: number, bytes: number) => void) {
    this.#plan = plan;
    this.#dropped = dropped;
    this.#stride = stride;
    this.#tell = tell;
  }

  /** The first packet of a PES packet says another length; undefined where it says none. */
  patchLength(pes: OpenPes): AudioPatch | undefined {
    if (!pes.hasLength) return undefined;
    const patch = this.#patchOf(pes.beginning);
    patch.pes = pes;
    return patch;
  }

  /** The first bytes of media of a packet go. */
  skip(piece: AudioPiece, bytes: number): void {
    this.#count(piece, bytes);
    piece.skip = bytes;
    const patch = this.#patchOf(piece);
    patch.skip = bytes;
    patch.keep = piece.length - bytes;
  }

  /** Only so many bytes of media stay of a packet, behind those that go. */
  shorten(piece: AudioPiece, keep: number): void {
    const patch = this.#patchOf(piece);
    this.#count(piece, patch.keep - keep);
    patch.keep = keep;
  }

  /** Packets that go, in their order. */
  drop(pieces: readonly AudioPiece[]): void {
    for (const piece of pieces) {
      this.#count(piece, packetLength - piece.skip);
      this.patches.delete(piece.place);
      piece.pes = undefined;
      addRange(this.#dropped, piece.place, piece.place + this.#stride);
    }
  }

  #count({ place }: AudioPiece, bytes: number): void {
    this.#plan.bytes -= bytes;
    this.#plan.lostBytes += bytes;
    if (bytes > 0) this.#tell(place, bytes);
  }

  #patchOf({ place, header, skip, length }: AudioPiece): AudioPatch {
    let patch = this.patches.get(place);
    if (patch === undefined) {
      patch = { header, skip, keep: length - skip, pes: undefined, made: undefined };
      this.patches.set(place, patch);
    }
    return patch;
  }
}
