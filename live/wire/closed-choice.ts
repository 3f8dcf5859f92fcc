/** Which connections a view has: open ones, all, or closed ones. */
export const CLOSED_CHOICES = ['false', 'true', 'only'] as const;
/** One of {@link CLOSED_CHOICES}. */
export type ClosedChoice = (typeof CLOSED_CHOICES)[number];
