/**
 * What every reader of media that streams by gives and every writer of such media takes: tracks with their codec
 * configuration, and their access units in the order in which they come. The bytes have one form whatever the container:
 * NAL units with a length of four bytes before each, raw AAC without headers, AV1 without temporal delimiters. It knows no
 * container.
 */
import type { CodecConfiguration } from './track.ts';

/** A track of a stream, from some access unit on: a changed configuration makes another one of the same id. */
export interface StreamTrack {
  /** From 1, unique in the stream. */
  readonly id: number;
  readonly kind: 'video' | 'audio';
  /** Ticks per second of its times. */
  readonly timescale: number;
  readonly configuration: CodecConfiguration;
}

/** One sample as it comes. */
export interface AccessUnit {
  readonly track: StreamTrack;
  /** Ticks on the clock that the tracks of the stream share, wraps undone. */
  readonly decodeTime: number;
  /** Ticks from decoding to presentation. */
  readonly compositionOffset: number;
  readonly isSync: boolean;
  /** A view, valid until the call returns. */
  readonly data: Uint8Array;
  /** Offset of the data in the stream; -1 where it does not stand there in this form. */
  readonly offset: number;
}

/** What a reader comes upon that is no media. */
export interface StreamDamage {
  /** Offset in the stream, and how many bytes. */
  readonly offset: number;
  readonly length: number;
}

/** Gets what a reader finds, in the order of the stream. */
export interface AccessUnitVisitor {
  /** A track begins, or goes on with another configuration. */
  track(track: StreamTrack): void;
  unit(unit: AccessUnit): void;
  /** Bytes that are passed over. */
  damage(damage: StreamDamage): void;
  /** Media of a track whose codec cannot be read here, or that came before its configuration; `what`: as a phrase. */
  passedOver(what: string, bytes: number): void;
}

/** Reads a stream as its bytes come. */
export interface AccessUnitReader {
  /** Takes the next bytes; they are not kept. */
  feed(bytes: Uint8Array): void;
  /** No bytes follow. */
  finish(): void;
}
