/** The program association table (ISO/IEC 13818-1, 2.4.4.3): which programs there are and where their maps are. */
import type { TableSection } from './section.ts';

/** `table_id` of a program association section. */
export const patTableId = 0;

/** One entry of the table. */
export interface ProgramAssociation {
  /** `program_number`; 0 stands for the network information and is no program. */
  readonly programNumber: number;
  /** PID of the program's map. */
  readonly pid: number;
}

/** The entries of one section, in order; what is left of an incomplete one is passed over. */
export function parseProgramAssociations({ body }: TableSection): ProgramAssociation[] {
  const associations: ProgramAssociation[] = [];
  for (let at = 0; at + 4 <= body.length; at += 4) {
    const programNumber = (body[at]! << 8) | body[at + 1]!;
    associations.push({ programNumber, pid: ((body[at + 2]! & 0x1f) << 8) | body[at + 3]! });
  }
  return associations;
}

/**
 * The writing half of the structure above.
 */
export function programAssociationBody(associations: readonly ProgramAssociation[]): Uint8Array {
  return Uint8Array.from(
    associations.flatMap(({ programNumber, pid }) => [
      programNumber >>> 8,
      programNumber & 0xff,
      0xe0 | (pid >>> 8),
      pid & 0xff,
    ]),
  );
}
