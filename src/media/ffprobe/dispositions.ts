/** The flags of a stream that ffprobe lists, each of them always. */

const names = [
  'default',
  'dub',
  'original',
  'comment',
  'lyrics',
  'karaoke',
  'forced',
  'hearing_impaired',
  'visual_impaired',
  'clean_effects',
  'attached_pic',
  'timed_thumbnails',
  'non_diegetic',
  'captions',
  'descriptions',
  'metadata',
  'dependent',
  'still_image',
  'multilayer',
] as const;

/** A flag by ffprobe's name. */
export type Disposition = (typeof names)[number];

/** All flags, 1 for those that are set. */
export function dispositionFields(set: readonly Disposition[]): Readonly<Record<Disposition, 0 | 1>> {
  return Object.fromEntries(names.map((name) => [name, set.includes(name) ? 1 : 0])) as Record<Disposition, 0 | 1>;
}
