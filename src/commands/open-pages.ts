/** The pages of `--report`, whose code is loaded only where one is wanted. */
import type { PageOptions, ReportPages } from './report-pages.ts';

/** Undefined where no page is wanted. Throws `usage` and `output` errors where one could not be written in the end. */
export async function openPages(options: PageOptions): Promise<ReportPages | undefined> {
  if (options.report === undefined) return undefined;
  const pages = await import('./report-pages.ts');
  return new pages.ReportPages(options.report, options);
}
