/** What a stream is for, as containers mark it: its flags, under the names that ffprobe gives them. */

/** All flags, in ffprobe's order. */
export const dispositions = [
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
export type Disposition = (typeof dispositions)[number];
