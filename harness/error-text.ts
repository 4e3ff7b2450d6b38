/** What an error that was thrown says, for reports: its message, or whatever was thrown instead of an error, as text. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
