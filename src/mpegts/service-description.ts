/** The service description table (ETSI EN 300 468, 5.2.3): the names of programs and of who provides them. */
import { DescriptorTag, findDescriptor, parseDescriptors } from './descriptors.ts';
import type { TableSection } from './section.ts';

/** The table of this stream; 0x46 is that of others. */
export const sdtTableId = 0x42;

/** One service; its texts are decoded, empty where there is no service descriptor. */
export interface Service {
  /** The `program_number` it describes. */
  readonly programNumber: number;
  readonly provider: string;
  readonly name: string;
}

/** The services of one section; one that claims more than there is ends it. */
export function parseServices({ body }: TableSection): Service[] {
  const services: Service[] = [];
  for (let at = 3; at + 5 <= body.length;) {
    const end = at + 5 + (((body[at + 3]! & 0x0f) << 8) | body[at + 4]!);
    if (end > body.length) break;
    const service = findDescriptor(parseDescriptors(body.subarray(at + 5, end)), DescriptorTag.service);
    const provider = textAt(service, 1);
    const name = textAt(service, 2 + (service?.[1] ?? 0));
    services.push({ programNumber: (body[at]! << 8) | body[at + 1]!, provider, name });
    at = end;
  }
  return services;
}

/** A length and a text (Annex A). A first byte below 0x20 names the character table: UTF-8 is 0x15, all others read as Latin. */
function textAt(bytes: Uint8Array | undefined, at: number): string {
  const text = bytes?.subarray(at + 1, at + 1 + (bytes[at] ?? 0)) ?? new Uint8Array(0);
  const first = text[0] ?? 0x20;
  if (first >= 0x20) return new TextDecoder('latin1').decode(text);
  // 0x10 is followed by two bytes that tell the table.
  return new TextDecoder(first === 0x15 ? 'utf-8' : 'latin1').decode(text.subarray(first === 0x10 ? 3 : 1));
}
