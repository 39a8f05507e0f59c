/** What the command line may ask a part to begin with. */
import type { EntryPoint } from '../../mpegts/pictures/picture-syntax.ts';

/** Which pictures may begin a part. Each allows what those before it allow. */
export const randomAccessKinds = ['idr', 'irap', 'recovery-point', 'any-intra'] as const;
/** A value of `--random-access`. */
export type RandomAccess = (typeof randomAccessKinds)[number];

/** The pictures that each of them takes. */
export const allowed: Readonly<Record<RandomAccess, readonly EntryPoint[]>> = {
  idr: ['idr'],
  irap: ['idr', 'irap'],
  'recovery-point': ['idr', 'irap', 'recovery-point'],
  'any-intra': ['idr', 'irap', 'recovery-point', 'intra'],
};
