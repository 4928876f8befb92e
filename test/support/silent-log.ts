/** A log that nobody reads: what is logged is no behaviour that a test may rely on. */
export const silentLog = {
  info(): void {},
  warn(): void {},
}
