/** Takes the timing out of encoded H.264: sequence parameter sets lose their video usability information. */
import type { EncodedTrack } from './recorded-sets.ts';

/** Bits of a payload, read as the standard has them (ITU-T H.264, 7.3.2.1.1). */
class Bits {
  readonly #bits: string;
  at = 0;

  constructor(bytes: Uint8Array) {
    // Emulation prevention bytes are taken out.
    const payload = [...bytes].filter((byte, n, all) => !(byte === 3 && n > 1 && all[n - 1] === 0 && all[n - 2] === 0));
    this.#bits = payload.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  }

  u(count: number): number {
    this.at += count;
    return Number.parseInt(this.#bits.slice(this.at - count, this.at), 2);
  }

  ue(): number {
    let zeros = 0;
    while (this.u(1) === 0) zeros++;
    return zeros === 0 ? 0 : 2 ** zeros - 1 + this.u(zeros);
  }

  /** The bits before the place reached, a flag of 0, and the trailing bits. */
  endedHere(): Uint8Array {
    const bits = `${this.#bits.slice(0, this.at)}01`;
    const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0').match(/.{8}/g)!;
    const escaped: number[] = [];
    for (const byte of bytes.map((text) => Number.parseInt(text, 2))) {
      if (byte <= 3 && escaped.at(-1) === 0 && escaped.at(-2) === 0) escaped.push(3);
      escaped.push(byte);
    }
    return Uint8Array.from(escaped);
  }
}

const highProfiles: ReadonlySet<number> = new Set([100, 110, 122, 244]);

/** A sequence parameter set, header first, as one that says nothing of timing. */
function withoutUsability(sps: Uint8Array): Uint8Array {
  const bits = new Bits(sps.subarray(1));
  const profile = bits.u(8);
  bits.u(16);
  bits.ue();
  if (highProfiles.has(profile)) {
    bits.ue();
    bits.ue();
    bits.ue();
    if (bits.u(2) % 2 === 1) throw new Error('scaling lists are not read here');
  }
  bits.ue();
  const orderType = bits.ue();
  if (orderType === 0) bits.ue();
  if (orderType === 1) throw new Error('counts of type 1 are not read here');
  bits.ue();
  bits.u(1);
  bits.ue();
  bits.ue();
  if (bits.u(1) === 0) bits.u(1);
  bits.u(1);
  if (bits.u(1) === 1) for (let side = 0; side < 4; side++) bits.ue();
  return Uint8Array.of(sps[0]!, ...bits.endedHere());
}

const spsType = 7;

/** The same pictures without a word on their rate. */
export function unannounced({ samples, configuration }: EncodedTrack): EncodedTrack {
  const length = (configuration[6]! << 8) | configuration[7]!;
  const sps = withoutUsability(configuration.subarray(8, 8 + length));
  return {
    configuration: Uint8Array.of(
      ...configuration.subarray(0, 6),
      sps.length >> 8,
      sps.length & 0xff,
      ...sps,
      ...configuration.subarray(8 + length),
    ),
    samples: samples.map((sample) => (sample.sync ? { ...sample, bytes: withSets(sample.bytes) } : sample)),
  };
}

/** A sample whose sequence parameter sets are without usability information. */
function withSets(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = view.getUint32(at);
    const unit = bytes.subarray(at + 4, at + 4 + size);
    const made = (unit[0]! & 0x1f) === spsType ? withoutUsability(unit) : unit;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(made.length);
    units.push(length, made);
    at += 4 + size;
  }
  return Buffer.concat(units);
}
