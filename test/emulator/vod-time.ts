/** Expiry of a medium that never expires. */
export const NEVER = '9999-12-31T23:59:59Z';

/** True for an ISO 8601 date-time with seconds and an offset, which is the form that the API takes. */
export function isTime(text: string): boolean {
  return (
    /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text))
  );
}

/** A time in milliseconds since the epoch as the API writes it: UTC, whole seconds. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A time as the API reads it, in the form in which the API writes it. */
export function normalTime(text: string): string {
  return isoTime(Date.parse(text));
}
