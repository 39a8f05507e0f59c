/** Numbers as people read them. */

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** `1234567` → `1.23 MB` (decimal units, as disks are sold and `ls --si` prints). */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  if (unit === 0) return `${bytes} byte${bytes === 1 ? '' : 's'}`;
  return `${value.toPrecision(3)} ${units[unit]}`;
}

/** Seconds as `12.48 s`, `3:07.20` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60) % 60;
  const hours = Math.floor(whole / 3600);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours > 0) return `${hours}:${two(minutes)}:${two(whole % 60)}`;
  return `${minutes}:${(seconds - minutes * 60).toFixed(2).padStart(5, '0')}`;
}

/** `1 sample`, `2 samples`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
