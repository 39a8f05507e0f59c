/**
 * AC-3 and E-AC-3: sync frames with a sync word and a length. A sample of AC-3 is one frame; one of E-AC-3 is all frames of
 * 1536 samples of time, those of further substreams among them (ETSI TS 102 366, F.1 and F.3), but for writers that make one
 * of each frame: other samples of the stream show it. Exact, but where frames are shorter and none shows it; it knows only
 * headers.
 */
import {
  isLeadFrame,
  parseSyncFrame,
  syncFrameHeaderBytes,
  type Ac3Frame,
  type Eac3Frame,
} from '../../codecs/ac3/sync-frame.ts';
import type { ByteWindow } from './byte-window.ts';
import {
  audioSampleFacts,
  noMatch,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
} from './sample-syntax.ts';

type Frame = Ac3Frame | Eac3Frame;

const samplesOfUnit = 1536;
/** Nine independent and dependent substreams in each of six blocks are more than any stream has. */
const maxFramesInSample = 64;
/** Bytes from which a head can be read where the frame is no longer. */
const minHeadBytes = 8;

/** The syntax of one AC-3 or E-AC-3 stream; the first frame met fixes codec, rate and channels. */
export class Ac3Syntax implements SampleSyntax {
  readonly kind = 'audio';
  readonly proofLength = 2;
  readonly beginsWithMark = true;
  readonly #framesInSample: number | undefined;
  #first: Frame | undefined;

  /** `framesInSample`: frames of the first independent substream in a sample of the recording, where something tells it. */
  constructor(framesInSample?: number) {
    this.#framesInSample = framesInSample;
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    return bytes[index] === 0x0b && bytes[index + 1] === 0x77;
  }

  match(offset: number, { window, end, mayBeTorn }: Question): Match {
    let at = offset;
    let [samples, leads] = [0, 0];
    const isFull = (): boolean =>
      this.#framesInSample === undefined ? samples >= samplesOfUnit : leads >= this.#framesInSample;
    for (let frames = 0; frames < maxFramesInSample; frames++) {
      const frame = frameAt(window, at, end);
      if (frame === 'cut') return { outcome: 'cut', end };
      const isNext = frame !== undefined && (frames === 0 ? this.#isFirst(frame) : belongs(frame, isFull()));
      if (!isNext) break;
      if (at + frame.frameLength > end) return { outcome: 'cut', end };
      if (isLeadFrame(frame)) {
        samples += frame.samplesPerFrame;
        leads++;
      }
      at += frame.frameLength;
      if (frame.codec === 'ac3') break;
    }
    if (at === offset) return noMatch;
    // The end of the stream may leave a sample short of time, and only there.
    return !isFull() && mayBeTorn && at === end ? { outcome: 'cut', end } : { outcome: 'closed', end: at };
  }

  #isFirst(frame: Frame): boolean {
    const first = this.#first;
    if (!isLeadFrame(frame)) return false;
    return first === undefined || (first.codec === frame.codec && first.sampleRate === frame.sampleRate);
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    const frame = frameAt(window, offset, end);
    if (frame !== 'cut') this.#first ??= frame;
    const isShort = this.#first?.codec === 'eac3' && this.#first.samplesPerFrame < samplesOfUnit;
    return isShort && this.#framesInSample === undefined ? { ...audioSampleFacts, inferred: true } : audioSampleFacts;
  }

  /** A frame like those before is no chance. */
  provesItself(_offset: number, _end: number, _window: ByteWindow, placed: boolean): boolean {
    return placed && this.#first !== undefined;
  }

  /** The first frame: rate, channels; undefined before it. */
  get frame(): Frame | undefined {
    return this.#first;
  }
}

function frameAt(window: ByteWindow, at: number, end: number): Frame | 'cut' | undefined {
  const view = window.view(at, Math.min(syncFrameHeaderBytes, end - at));
  if (view.length < 2) return view.length === 1 && view[0] === 0x0b ? 'cut' : undefined;
  if (view[0] !== 0x0b || view[1] !== 0x77) return undefined;
  if (view.length < minHeadBytes) return 'cut';
  const { value } = parseSyncFrame(view);
  return value === undefined || value.frameLength < minHeadBytes ? undefined : value;
}

/** Whether a frame goes on with a sample; `isFull`: it has all of its time. */
function belongs(frame: Frame, isFull: boolean): boolean {
  return frame.codec === 'eac3' && (!isLeadFrame(frame) || !isFull);
}
