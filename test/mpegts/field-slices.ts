/** Parameter sets and slices of interlaced H.264, made bit by bit, for tests. */

/** The bytes of a NAL unit's payload with its stop bit; numbers are exp-Golomb codes, text is bits. */
function payload(...codes: readonly (number | string)[]): number[] {
  const bits = codes.map((code) => (typeof code === 'string' ? code : ue(code))).join('');
  const whole = `${bits}1`.padEnd(Math.ceil((bits.length + 1) / 8) * 8, '0');
  return whole.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2));
}

function ue(value: number): string {
  const bits = (value + 1).toString(2);
  return '0'.repeat(bits.length - 1) + bits;
}

/** 160 × 96 (10 × 3 map units), interlaced, frame numbers of four bits, order by decoding. */
export const sequenceSet = [0x67, 77, 0, 30, ...payload(0, 0, 2, 1, '0', 9, 2, '00100')];
/** The picture parameter set of it: CAVLC, and nothing that slices have to say. */
export const pictureSet = [0x68, ...payload(0, 0, '00', 0, 0, 0, '000', 0, 0, 0, '000')];

/** A slice of H.264 that says which field it is. `field`: 0 for the top one, 1 for the bottom one, undefined for a frame. */
export function slice(isIdr: boolean, isIntra: boolean, frameNumber: number, field?: 0 | 1): number[] {
  const structure = field === undefined ? '0' : `1${field}`;
  const number = (frameNumber & 15).toString(2).padStart(4, '0');
  return [isIdr ? 0x65 : 0x41, ...payload(0, isIntra ? 7 : 5, 0, number, structure, '10'.repeat(300))];
}
