/** Durations, sizes and times as people write them on the command line. */
import { SalvorError } from '../media/errors.ts';

const secondsOf: Readonly<Record<string, number>> = { '': 1, ms: 0.001, s: 1, m: 60, min: 60, h: 3600 };

function refuse(text: string, what: string, examples: string): SalvorError {
  return new SalvorError('usage', `'${text}' is not ${what}`, { advice: `write it like ${examples}` });
}

/** `90`, `90s`, `15m`, `1h`, `1h30m`, `1:30`, `1:02:03.5` in seconds. */
export function parseSeconds(text: string): number {
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (clock !== null) {
    return Number(clock[1] ?? 0) * 3600 + Number(clock[2]) * 60 + Number(clock[3]);
  }
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|min|m|h)?)+$/.test(text)) throw refuse(text, 'a time', '10s, 15m, 1h30m or 1:02:03.5');
  let seconds = 0;
  for (const [, number, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|min|m|h)?/g)) {
    seconds += Number(number) * secondsOf[unit ?? '']!;
  }
  return seconds;
}

/** Seconds of `10s`, `15m`, `1h`, `0:30` or the like. Throws a usage error for what is no duration above 0. */
export function parseDuration(text: string): number {
  const seconds = parseSeconds(text);
  if (seconds <= 0) throw refuse(text, 'a duration above 0', '10s, 15m or 1h');
  return seconds;
}

/** Comma-separated times, rising. */
export function parseTimes(text: string): number[] {
  return [...new Set(text.split(',').map((each) => parseSeconds(each.trim())))].toSorted((a, b) => a - b);
}

const bytesOf: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 };

/** `500M`, `1G`, `1GB` (powers of 1000), `1GiB` (powers of 1024), plain bytes. */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(i?)B?$/i.exec(text);
  const value =
    match === null ? 0 : Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** bytesOf[match[2]!.toUpperCase()]!;
  if (value < 1) throw refuse(text, 'a size', '500M, 1G or 1GiB');
  return Math.floor(value);
}

/** `5%` as 0.05. */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]) / 100;
  if (value >= 0 && value < 1) return value;
  throw refuse(text, 'a share', '--reserve 5%');
}

/** A number that was given for an option; `otherwise` where none was. Throws a usage error for what does not count anything. */
export function parseCount(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (Number.isInteger(value) && value >= 1) return value;
  throw new SalvorError('usage', `--${name} has to be a number from 1`);
}
