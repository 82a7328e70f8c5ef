/** A refusal by an emulated service, in the service's own words. Each service turns it into its own shape. */
export class ServiceError extends Error {
  /** HTTP status; 0 lets the service look it up by the code. */
  readonly status: number;
  /** Further elements of a COS error document, by element name. */
  readonly details: Readonly<Record<string, string>>;

  constructor(
    readonly code: string,
    message: string,
    options: { status?: number; details?: Record<string, string> } = {},
  ) {
    super(message);
    this.name = 'ServiceError';
    this.status = options.status ?? 0;
    this.details = options.details ?? {};
  }
}
