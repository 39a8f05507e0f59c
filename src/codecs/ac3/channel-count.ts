/** How many channels a stream of AC-3 or E-AC-3 has, by two fields that sync frames and containers have alike. */

/** Channels by `acmod` without the low-frequency one (Table 4.3); 0 is two independent programmes. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];

/** Channels with the low-frequency one. */
export function ac3ChannelCount({ acmod, lfeon }: { readonly acmod: number; readonly lfeon: boolean }): number {
  return CHANNELS[acmod & 7]! + (lfeon ? 1 : 0);
}
