/** The fields of ffprobe that facts only pass on, picked from all that are known of a codec. */

/** Those of `names` that `fields` has. */
export function furtherFields<T extends object>(
  fields: T,
  names: readonly (keyof T & string)[],
): Readonly<Record<string, string | number>> {
  const picked: Record<string, string | number> = {};
  for (const name of names) {
    const value: unknown = fields[name];
    if (typeof value === 'string' || typeof value === 'number') picked[name] = value;
  }
  return picked;
}
