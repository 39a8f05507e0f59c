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
  if (unit === 0) return plural(bytes, 'byte');
  return `${value.toPrecision(3)} ${units[unit]}`;
}

/** Seconds as `12.48 s`, `3:07.20` or `1:02:03`. */
export function formatDuration(seconds: number): string {
  // Rounded before it is taken apart: 119.999 s are 2:00.00, not 1:60.00.
  const hundredths = Math.round(seconds * 100);
  if (hundredths < 60 * 100) return `${(hundredths / 100).toFixed(2)} s`;
  if (hundredths < 3600 * 100) {
    const minutes = Math.floor(hundredths / 6000);
    return `${minutes}:${((hundredths - minutes * 6000) / 100).toFixed(2).padStart(5, '0')}`;
  }
  return formatClock(Math.round(seconds));
}

/** A time to wait, which nobody knows to the hundredth: `4 s`, `3:07`, `1:02:03`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  return whole < 60 ? `${whole} s` : formatClock(whole);
}

/** Whole seconds as `3:07` or `1:02:03`. */
function formatClock(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60) % 60;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `1 sample`, `2 samples`; `several`: the plural of a noun that makes it another way. */
export function plural(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
