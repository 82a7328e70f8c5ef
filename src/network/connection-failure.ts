import { ServiceError } from './errors.js';
import { ProxyError } from './proxy.js';

/** Certificates that will not become valid by trying again. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH)/;

/** How far a request got. */
export interface RequestProgress {
  /** True when the service may have carried it out. */
  unanswered: boolean;
  /** True when no connection to the service came about. */
  unreached: boolean;
  /** True when the connection had served another request and brought nothing of an answer. */
  stale: boolean;
}

/**
 * What kept a request from being answered, in plain words: names that do not resolve, certificates and
 * proxies get an explanation; other failures of a connection are transient, since a next one can succeed.
 *
 * @param progress how far the request got
 * @param isGiven true when the user gave the endpoint, whose name may be misspelt then
 */
export function connectionFailure(
  service: string,
  url: URL,
  error: Error,
  progress: RequestProgress,
  isGiven: boolean,
): ServiceError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ConnectionFailed';
  const failure = (message: string, kind: 'final' | 'transient'): ServiceError =>
    new ServiceError(service, { code, message, kind, ...progress });
  if (error instanceof ProxyError) return failure(error.message, error.transient ? 'transient' : 'final');
  if (code === 'ENOTFOUND') {
    return isGiven
      ? failure(`There is no host named ${url.hostname}; check the spelling of the endpoint input.`, 'final')
      : failure(`The name ${url.hostname} is not known; the runner may be offline.`, 'transient');
  }
  if (code === 'EAI_AGAIN') {
    return failure(`The name ${url.hostname} could not be resolved right now.`, 'transient');
  }
  if (CERTIFICATE_CODES.test(code)) {
    return failure(
      `The TLS certificate of ${url.host} is not accepted (${error.message}); ${certificateAdvice(code)}.`,
      'final',
    );
  }
  return failure(`The connection to ${url.host} failed: ${error.message}.`, 'transient');
}

/** What to do about a TLS certificate that is not accepted. */
function certificateAdvice(code: string): string {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return "check the runner's clock, and whether a gateway presents a certificate of its own";
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'HOSTNAME_MISMATCH':
      return 'check the endpoint inputs, and whether a gateway presents a certificate of its own';
    default:
      return 'for a private CA set NODE_EXTRA_CA_CERTS';
  }
}
