/** What the functions of the package have in common. It knows no format and no verb. */

/** What every function takes. */
export interface CommonOptions {
  /** Ends the work at a safe point: the promise is rejected with a `SalvorError` of the kind `interrupted`, and everything is as it was. */
  readonly signal?: AbortSignal;
  /**
   * Called while the work goes on.
   *
   * @param done - bytes, from 0 to `total`
   * @param total - bytes of the step in progress; a work may have several steps
   */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What the functions take that write a file. */
export interface OutputOptions extends CommonOptions {
  /** Replace a file that is there already. By default that is refused. */
  readonly force?: boolean;
  /** Do everything but write: the report says what would be done. */
  readonly dryRun?: boolean;
  /** Seconds to wait for a recorder that has an input open to close it. By default there is no wait, and the input is refused as `busy`. */
  readonly waitSeconds?: number;
}

/** A progress callback that also gets the name of the step, for those who do not want the name. */
export function withoutStep(
  onProgress: CommonOptions['onProgress'],
): ((step: string, done: number, total: number) => void) | undefined {
  return onProgress === undefined ? undefined : (_step, done, total) => onProgress(done, total);
}

/** For engines that always report their progress. */
export function ignoreProgress(): void {
  // Nobody asked.
}
