/**
 * A real browser that opens what salvor writes: Debian's Chromium. Tests that need it are skipped where it is missing and say
 * so; with CI=true they fail.
 */
import { accessSync, constants } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

function findChromium(): string | undefined {
  return places.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The option of a test that cannot do without the browser. */
export function needsBrowser(): { readonly skip?: string } {
  if (findChromium() !== undefined || process.env['CI'] === 'true') return {};
  return { skip: 'NOT TESTED: no chromium here; apt-get install chromium' };
}

/** Starts it; whoever does has to close it. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('chromium is missing: apt-get install chromium');
  // The sandbox does not work for root, and what is opened is ours.
  return chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 120_000 });
}
