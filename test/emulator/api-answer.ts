import { randomUUID } from 'node:crypto';
import type { Call } from './call.js';
import type { Answer } from './service.js';
import { ServiceError } from './service-error.js';

/** Wraps what an action returns, as every API of the cloud does: status 200 and a `Response` with its RequestId. */
export function apiAnswer(response: Record<string, unknown>, code = ''): Answer {
  const requestId = randomUUID();
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', Server: 'nginx' },
    body: JSON.stringify({ Response: { ...response, RequestId: requestId } }),
    code,
    requestId,
  };
}

/** Words a refusal; handled requests have status 200 unless the error brings another. */
export function apiRefusal(error: ServiceError): Answer {
  const answer = apiAnswer({ Error: { Code: error.code, Message: error.message } }, error.code);
  return error.status === 0 ? answer : { ...answer, status: error.status };
}

/** The body of a JSON request for the log; `undefined` when it is none, which {@link jsonParameters} refuses. */
export function jsonBody(call: Call): unknown {
  try {
    return JSON.parse(call.payload.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The parameters of a JSON request. Raises InvalidParameter when the body is not a JSON object, or not called one. */
export function jsonParameters(call: Call): Record<string, unknown> {
  const { body, headers } = call.entry;
  if (!/^application\/json\s*(;|$)/.test(headers['content-type'] ?? '')) {
    throw new ServiceError('InvalidParameter', 'The Content-Type is not application/json.');
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ServiceError('InvalidParameter', 'The body is not a JSON object.');
  }
  return { ...body };
}
