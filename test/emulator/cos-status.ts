const CODES: ReadonlyArray<readonly [status: number, codes: string]> = [
  [402, 'PaymentRequired'],
  [
    403,
    `AccessDenied AccessForbidden InvalidAccessKeyId SignatureDoesNotMatch InvalidObjectState RequestTimeTooSkewed`,
  ],
  [404, 'NoSuchBucket NoSuchKey NoSuchUpload'],
  [405, 'MethodNotAllowed'],
  [409, 'PathConflict UploadConflict'],
  [411, 'MissingContentLength'],
  [412, 'PreconditionFailed'],
  [416, 'InvalidRange'],
  [451, 'UnavailableForLegalReasons DomainAuditFailed'],
  [500, 'InternalError'],
  [501, 'NotImplemented'],
  [503, 'SlowDown ServiceUnavailable'],
];

const STATUSES = new Map(
  CODES.flatMap(([status, codes]) => codes.split(' ').map((code) => [code, status] as const)),
);

/** The HTTP status that goes with a COS error code; every code that is not listed goes with 400. */
export function cosStatus(code: string): number {
  return STATUSES.get(code) ?? 400;
}
