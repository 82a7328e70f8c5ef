import Sign from 'tencentcloud-sdk-nodejs-common/tencentcloud/common/sign.js';
import type { ApiKeys } from '../keys.js';
import type { Clock } from '../network/clock.js';
import { asFinal, type ServiceError } from '../network/errors.js';
import { type Answer, bufferBody } from '../network/message.js';
import type { Transport } from '../network/transport.js';
import { apiError, foreignAnswer } from './errors.js';
import { type ApiResponse, object, text } from './fields.js';

/** One request of API 3.0. */
export interface ApiCall {
  /** `VOD` or `STS`, for errors and the log. */
  service: string;
  /** The service's name in the signature's scope, such as `vod`. */
  scope: string;
  endpoint: URL;
  version: string;
  action: string;
  region: string;
  payload: object;
  /** Absent for the actions that are called unsigned (`Authorization: SKIP`). */
  keys?: ApiKeys;
  signal: AbortSignal;
  /** True when no connection may be used that has served another request. */
  newConnection?: boolean;
}

const CONTENT_TYPE = 'application/json';

/**
 * Sends one request of API 3.0, signed by TC3-HMAC-SHA256 with the official SDK's signer, and reads the
 * answer. The SDK's own request stack is left out: it loses the code of network errors and the Date
 * header, signs with the uncorrected clock and can't be cancelled while it connects.
 *
 * @throws {ServiceError}
 */
export async function callApi(transport: Transport, clock: Clock, call: ApiCall): Promise<ApiResponse> {
  const { service, endpoint, keys } = call;
  const payload = Buffer.from(JSON.stringify(call.payload));
  const usedOffset = clock.offsetMs;
  const timestamp = Math.floor(clock.now() / 1000);
  const authorization = keys
    ? Sign.default.sign3({
        method: 'POST',
        url: endpoint.href,
        payload,
        timestamp,
        service: call.scope,
        secretId: keys.secretId,
        secretKey: keys.secretKey,
        multipart: false,
        boundary: '',
        headers: { 'Content-Type': CONTENT_TYPE },
      })
    : 'SKIP';
  const answer = await transport.send({
    service,
    method: 'POST',
    url: endpoint,
    path: '/',
    headers: {
      'Content-Type': CONTENT_TYPE,
      Authorization: authorization,
      'X-TC-Action': call.action,
      'X-TC-Version': call.version,
      'X-TC-Region': call.region,
      'X-TC-Timestamp': String(timestamp),
      'X-TC-Language': 'en-US',
      ...(keys?.token ? { 'X-TC-Token': keys.token } : {}),
    },
    body: bufferBody(payload),
    signal: call.signal,
    ...(call.newConnection ? { newConnection: true } : {}),
    requestIdOf: (received) => readResponse(received)?.RequestId ?? '',
  });
  const response = readResponse(answer);
  if (response === undefined) throw foreignAnswer(service, answer);
  // Nothing refuses an unsigned request for its time stamp, and what it brings lives by the service's time.
  if (!keys) clock.calibrate(answer.headers.date);
  clock.observe(answer.headers.date);
  const failed = readError(response);
  if (failed === undefined) return response;
  const error: ServiceError = apiError(service, { ...failed, requestId: response.RequestId }, answer);
  throw error.kind === 'corrected' && !clock.correct(error.date, usedOffset) ? asFinal(error) : error;
}

function readResponse(answer: Answer): ApiResponse | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(answer.body.toString('utf8'));
  } catch {
    return undefined;
  }
  const response = object(object(parsed)?.Response);
  return response && { ...response, RequestId: text(response.RequestId) ?? '' };
}

function readError(response: ApiResponse): { code: string; message: string } | undefined {
  const error = object(response.Error);
  return error && { code: text(error.Code) ?? 'UnknownError', message: text(error.Message) ?? '' };
}
