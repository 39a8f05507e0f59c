/** The pages as a browser shows them: what is drawn has the sizes that the report gives, nothing runs and nothing is fetched. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, test, type TestContext } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { RecordingReport } from '../../../src/media/report.ts';
import { entryOf, indexPage } from '../../../src/ui/html-report/index-page.ts';
import type { PageContext } from '../../../src/ui/html-report/page.ts';
import { recordingPage } from '../../../src/ui/html-report/recording-page.ts';
import { printable } from '../../../src/ui/printable.ts';
import { needsBrowser, openBrowser } from '../../support/browser.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { damaged, failed, hostileName, longReport, retimed } from './sample-reports.ts';

const context: PageContext = { operation: 'repair', salvorVersion: '0.0.0', writtenAt: new Date(0) };

/** Rectangles of a figure as they stand on the screen, with the figures they stand for. */
interface Shown {
  readonly kind: string;
  readonly start: number;
  readonly end: number;
  /** Share of the width of the figure. */
  readonly left: number;
  readonly width: number;
  readonly pixels: number;
}

describe('in a browser', needsBrowser(), () => {
  let browser: Browser;
  before(async () => {
    browser = await openBrowser();
  });
  after(async () => browser.close());

  /** Opens a page from a file, and holds that nothing was said and nothing but the file was asked for. */
  async function open(t: TestContext, html: string, dark = false): Promise<Page> {
    const path = join(scratchDirectory(t), 'page.html');
    writeFileSync(path, html);
    const page = await browser.newPage({
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width: 1100, height: 800 },
    });
    // Machines that build are busy.
    page.setDefaultTimeout(180_000);
    t.after(async () => page.close());
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => said.push(dialog.message()));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(path).href);
    assert.deepEqual(said, []);
    assert.deepEqual(asked, [pathToFileURL(path).href]);
    return page;
  }

  async function shown(page: Page, figure: string): Promise<Shown[]> {
    return page.$$eval(`${figure} rect[data-start]`, (rectangles) =>
      rectangles.map((rectangle) => {
        const box = rectangle.getBoundingClientRect();
        const frame = rectangle.closest('svg')!.getBoundingClientRect();
        return {
          kind: rectangle.getAttribute('class')!,
          start: Number(rectangle.getAttribute('data-start')),
          end: Number(rectangle.getAttribute('data-end')),
          left: (box.left - frame.left) / frame.width,
          width: box.width / frame.width,
          pixels: box.width,
        };
      }),
    );
  }

  test('bars are to scale, and no hole is narrower than can be seen', async (t) => {
    const page = await open(t, recordingPage(damaged, context));
    for (const [at, { ranges }] of damaged.tracks.entries()) {
      const total = 161.07;
      const bars = await shown(page, `.lane[data-track="${at}"]`);
      for (const { what, startSeconds, endSeconds } of ranges) {
        const bar = bars.find(({ kind, start, end }) => kind === what && start === startSeconds && end === endSeconds);
        assert.ok(bar !== undefined, `${what} from ${startSeconds} on is not drawn`);
        const middle = bar.left + bar.width / 2;
        assert.ok(Math.abs(middle - (startSeconds + endSeconds) / 2 / total) < 0.002, `${what} lies at ${middle}`);
        if (what === 'lost') assert.ok(bar.pixels > 2.5, `a hole is ${bar.pixels} pixels wide`);
        else assert.ok(Math.abs(bar.width - (endSeconds - startSeconds) / total) < 0.002);
      }
    }
    const bytes = await shown(page, 'figure.bytes');
    const hole = bytes.find(({ kind, start }) => kind === 'lost' && start === 30_004_000)!;
    assert.equal(hole.end, 30_034_720);
    assert.ok(Math.abs(hole.left - 30_004_000 / 82_000_000) < 0.003);
    assert.ok(bytes.some(({ kind, start, end }) => kind === 'spare' && start === 81_000_000 && end === 81_400_000));
  });

  test('holes are seen on a telephone, too', async (t) => {
    const page = await open(t, recordingPage(damaged, context));
    await page.setViewportSize({ width: 360, height: 700 });
    const holes = (await shown(page, '.lane')).filter(({ kind }) => kind === 'lost');
    // Its outline of 1.5 pixels, which does not shrink, comes on top.
    for (const { pixels } of holes) assert.ok(pixels > 0.5);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true);
  });

  test('the pictures are there: colours of what is kept and lost, in light and in dark', async (t) => {
    const paper: number[] = [];
    for (const dark of [false, true]) {
      const page = await open(t, recordingPage(damaged, context), dark);
      const png = await page.locator('figure.timeline .lane').first().screenshot();
      // The browser reads its own picture back: how many colours it has, and how bright it is where nothing is drawn.
      const reader = await browser.newPage();
      const { colours, corner } = await reader.evaluate<Pixels>(
        `(async () => {
          const image = new Image();
          image.src = 'data:image/png;base64,${png.toString('base64')}';
          await image.decode();
          const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
          const drawing = canvas.getContext('2d');
          drawing.drawImage(image, 0, 0);
          const { data } = drawing.getImageData(0, 0, image.width, image.height);
          const seen = new Set();
          for (let at = 0; at < data.length; at += 4) seen.add(data[at] * 65536 + data[at + 1] * 256 + data[at + 2]);
          return { colours: [...seen], corner: data[0] };
        })()`,
      );
      await reader.close();
      assert.ok(colours.length > 20, `only ${colours.length} colours`);
      assert.ok(colours.includes(dark ? 0xff7f32 : 0xd55e00), 'what is lost has its colour');
      assert.ok(colours.includes(dark ? 0x3d9bd9 : 0x0072b2), 'what is described has its colour');
      paper.push(corner);
    }
    assert.ok(paper[0]! > 200 && paper[1]! < 60, `the paper is light or dark: ${paper.join(', ')}`);
  });

  test('the text of every finding is there, whatever is in it, and nothing of a name is obeyed', async (t) => {
    for (const report of [damaged, failed, retimed]) {
      const page = await open(t, recordingPage(report, context));
      const text = await page.innerText('body');
      for (const { message, code } of report.findings) {
        assert.ok(text.includes(printable(message)), message);
        assert.ok(text.includes(code));
      }
      assert.ok(text.includes(printable(report.recording)));
      if (report.failure !== undefined) assert.ok(text.includes(report.failure.advice!));
      assert.equal(await page.locator('script, i, b, img, iframe, link').count(), 0);
      assert.equal(await page.title(), `${printable(report.recording)} – salvor repair`);
    }
  });

  test('the distance of audio and pictures is drawn over time, to scale', async (t) => {
    const page = await open(t, recordingPage(retimed, context));
    const curves = await page.$$eval('figure.distance path.curve', (paths) =>
      paths.map((path) => {
        const line = path as unknown as {
          getTotalLength(): number;
          getPointAtLength(at: number): { x: number; y: number };
        };
        const at = (x: number): number => {
          const length = line.getTotalLength();
          for (let along = 0; along <= length; along += 0.5) {
            const point = line.getPointAtLength(along);
            if (point.x >= x) return point.y;
          }
          return -1;
        };
        // In the middle of the 10th and of the 30th second of 60.
        return [10, 30].map((seconds) => at((seconds / 60) * 1000));
      }),
    );
    const [before, after] = curves;
    assert.ok(Math.abs(before![0]! - 45) < 1 && before![1]! < 5, `before: ${before!.join(', ')}`);
    assert.ok(
      after!.every((y) => Math.abs(y - 45) < 1),
      `after: ${after!.join(', ')}`,
    );
    const text = await page.innerText('figure.distance');
    assert.ok(text.includes('2.4 s late'), text);
  });

  test('every figure has a name, a description and the same in a table', async (t) => {
    const page = await open(t, recordingPage(damaged, context));
    const figures = await page.$$eval('svg[role="img"]', (drawings) =>
      drawings.map((drawing) => ({
        name: drawing.querySelector('title')!.textContent,
        description: drawing.querySelector('desc')!.textContent,
        labels: drawing.getAttribute('aria-labelledby')!,
        ids: [...drawing.querySelectorAll('title, desc')].map(({ id }) => id).join(' '),
        tables: drawing.closest('figure')!.querySelectorAll('table').length,
      })),
    );
    assert.ok(figures.length >= 5);
    for (const { name, description, labels, ids, tables } of figures) {
      assert.ok(name !== '' && description !== '' && tables > 0, name);
      assert.ok(ids.startsWith(labels), `${name} is named by ${labels}`);
    }
  });

  test('30 hours with 1800 holes are a page of less than 150 kB', async (t) => {
    const html = recordingPage(longReport(), context);
    assert.ok(Buffer.byteLength(html) < 150_000, `${Buffer.byteLength(html)} bytes`);
    const page = await open(t, html);
    // Of a second in every minute, drawn as one: as high as can be seen, and not as if all was lost.
    const heights = await page.$$eval(
      'figure.timeline rect[data-start].lost, figure.timeline rect[data-start].described',
      (rectangles) =>
        rectangles.map((rectangle) => `${rectangle.getAttribute('class')} ${rectangle.getBoundingClientRect().height}`),
    );
    assert.ok(
      heights.some((each) => each.startsWith('described 22')),
      heights.join(),
    );
    assert.ok(
      heights.some((each) => each.startsWith('lost 4.4')),
      heights.join(),
    );
  });

  test('an index has a line and a bar for each recording, and a way to its page', async (t) => {
    const reports: RecordingReport[] = [damaged, failed];
    const page = await open(
      t,
      indexPage(
        reports.map((report, at) => entryOf(report, `x/${at}.html`)),
        context,
      ),
    );
    const text = await page.innerText('body');
    assert.ok(text.includes(printable(hostileName)));
    assert.deepEqual(await page.$$eval('tbody a', (links) => links.map((link) => link.getAttribute('href'))), [
      'x/0.html',
      'x/1.html',
    ]);
    assert.ok((await shown(page, '.bar')).some(({ kind }) => kind === 'lost'));
  });
});

/** A picture as the browser reads it back: its colours, and how red the first pixel is. */
interface Pixels {
  readonly colours: readonly number[];
  readonly corner: number;
}
