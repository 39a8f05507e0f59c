/** What the parts of the catalogue have in common. */

/** note: nothing is lost. warning: something is not as it should be, the media is kept. error: media cannot be kept or trusted. */
export type Severity = 'note' | 'warning' | 'error';

/** Codes with their severity and their meaning: a sentence without its capital and its stop. */
export type FindingCodes = Readonly<Record<string, readonly [Severity, string]>>;
