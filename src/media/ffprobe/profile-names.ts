/** ffprobe's names of profiles. Where it has none it prints the number, and where there is no number, "unknown". */

/** `profile_idc` with what the constraint flags make of it (ITU-T H.264, Annex A). */
const H264_PROFILES: ReadonlyMap<number, string> = new Map([
  [44, 'CAVLC 4:4:4'],
  [66, 'Baseline'],
  [77, 'Main'],
  [88, 'Extended'],
  [100, 'High'],
  [110, 'High 10'],
  [118, 'Multiview High'],
  [122, 'High 4:2:2'],
  [128, 'Stereo High'],
  [144, 'High 4:4:4'],
  [244, 'High 4:4:4 Predictive'],
]);
const H264_INTRA_PROFILES: ReadonlyMap<number, string> = new Map([
  [110, 'High 10 Intra'],
  [122, 'High 4:2:2 Intra'],
  [244, 'High 4:4:4 Intra'],
]);
const CONSTRAINT_SET1 = 0x40;
const CONSTRAINT_SET3 = 0x10;

/** `constraintFlags`: the byte of constraint_set flags, set 0 in the highest bit. */
export function h264ProfileName(profileIdc: number, constraintFlags: number): string {
  if (profileIdc === 66 && (constraintFlags & CONSTRAINT_SET1) !== 0) return 'Constrained Baseline';
  const intra = (constraintFlags & CONSTRAINT_SET3) === 0 ? undefined : H264_INTRA_PROFILES.get(profileIdc);
  return intra ?? H264_PROFILES.get(profileIdc) ?? String(profileIdc);
}

const H265_PROFILES: ReadonlyMap<number, string> = new Map([
  [1, 'Main'],
  [2, 'Main 10'],
  [3, 'Main Still Picture'],
  [4, 'Rext'],
  [6, 'Multiview Main'],
  [9, 'Scc'],
]);

/** By `general_profile_idc`. */
export function h265ProfileName(generalProfileIdc: number): string {
  return H265_PROFILES.get(generalProfileIdc) ?? String(generalProfileIdc);
}

/** By `general_profile_idc` of H.266. */
export function h266ProfileName(generalProfileIdc: number): string {
  if (generalProfileIdc === 1) return 'Main 10';
  return generalProfileIdc === 33 ? 'Main 10 4:4:4' : String(generalProfileIdc);
}

/** By `seq_profile`. */
export function av1ProfileName(seqProfile: number): string {
  return ['Main', 'High', 'Professional'][seqProfile] ?? String(seqProfile);
}

/** By the profile of the uncompressed header, 0 to 3. */
export function vp9ProfileName(profile: number): string {
  return `Profile ${profile}`;
}

/** By `profile_and_level_indication` (ISO/IEC 13818-2, Table 8-2); its escape bit says the 4:2:2 profile. */
export function mpeg2ProfileName(profileAndLevelIndication: number): string {
  if (profileAndLevelIndication >= 0x80) return '4:2:2';
  const profile = (profileAndLevelIndication >>> 4) & 7;
  return ['4:2:2', 'High', 'Spatially Scalable', 'SNR Scalable', 'Main', 'Simple'][profile] ?? String(profile);
}

const AAC_PROFILES: ReadonlyMap<number, string> = new Map([
  [1, 'Main'],
  [2, 'LC'],
  [3, 'SSR'],
  [4, 'LTP'],
  [5, 'HE-AAC'],
  [23, 'LD'],
  [29, 'HE-AACv2'],
  [39, 'ELD'],
  [42, 'xHE-AAC'],
]);

/** By the audio object type that a decoder needs to play all there is. */
export function aacProfileName(audioObjectType: number): string {
  return AAC_PROFILES.get(audioObjectType) ?? String(audioObjectType - 1);
}

const part2Profiles: readonly string[] = [
  'Simple Profile',
  'Simple Scalable Profile',
  'Core Profile',
  'Main Profile',
  'N-bit Profile',
  'Scalable Texture Profile',
  'Simple Face Animation Profile',
  'Basic Animated Texture Profile',
  'Hybrid Profile',
  'Advanced Real Time Simple Profile',
  'Code Scalable Profile',
  'Advanced Coding Profile',
  'Advanced Core Profile',
  'Advanced Scalable Texture Profile',
  'Simple Studio Profile',
  'Advanced Simple Profile',
];

/** MPEG-4 Part 2, by the upper four bits of profile_and_level_indication. */
export function part2ProfileName(profile: number): string | undefined {
  return part2Profiles[profile];
}
