import { type Arriving, type LoggedRequest, RequestLog } from './request-log.js';

/** A request for tests of decisions that need no connection: a PutObject by default. */
export function sampleRequest(changes: Partial<Arriving> = {}, now = 0): LoggedRequest {
  return new RequestLog(() => now).open({
    service: 'cos',
    action: 'PutObject',
    method: 'PUT',
    host: '',
    path: '/a',
    query: {},
    headers: {},
    body: undefined,
    requestId: '',
    connection: 1,
    ordinal: 1,
    remotePort: 1,
    tls: false,
    proxied: false,
    ...changes,
  });
}
