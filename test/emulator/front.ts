import type { IncomingMessage, ServerResponse } from 'node:http';
import { Call, ConnectionGone } from './call.js';
import type { Clock } from './clock.js';
import type { Connection } from './connection.js';
import { happen } from './effect.js';
import type { Effect, Faults } from './faults.js';
import { hostnameOf } from './hosts.js';
import type { Outages } from './outages.js';
import type { LoggedRequest, RequestLog } from './request-log.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';

/** Splits a request target into its decoded path and its query. Throws on a malformed escape. */
function splitTarget(target: string): { path: string; query: Record<string, string> } {
  const absolute = /^https?:\/\/[^/?]*(.*)$/.exec(target);
  const [path = '', ...rest] = (absolute?.[1] ?? target).split('?');
  const query: Record<string, string> = {};
  for (const pair of rest.join('?').split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = at < 0 ? pair : pair.slice(0, at);
    query[decodeURIComponent(name)] = at < 0 ? '' : decodeURIComponent(pair.slice(at + 1));
  }
  return { path: decodeURIComponent(path === '' ? '/' : path), query };
}

/** The page that answers in the service's place because of an outage. */
function pageOf(
  outages: Outages,
  { service, host }: LoggedRequest,
  connection: Connection,
): Effect | undefined {
  const origin = { service, host, proxied: false };
  // Of what goes through a tunnel the proxy sees nothing, so it can't answer that.
  const viaProxy = connection.proxied && !connection.tunneled;
  const outage = viaProxy
    ? (outages.hit({ ...origin, proxied: true }, ['page']) ?? outages.hit(origin, ['refused', 'unresolved']))
    : outages.hit(origin, ['page']);
  if (outage === undefined) return undefined;
  const { status = 502, headers = {} } = outage.rule;
  return { kind: 'html', status, headers };
}

/** Takes requests, logs them, lets faults happen and sends what the service answers. */
export class Front {
  constructor(
    private readonly log: RequestLog,
    private readonly faults: Faults,
    private readonly clock: Clock,
    private readonly bodyIdleMs: number,
  ) {}

  /** Handles one request to its end. */
  async handle(
    service: Service,
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
    outages: Outages,
  ): Promise<void> {
    const host = request.headers.host ?? '';
    let target = { path: '', query: {} as Record<string, string> };
    let malformed = false;
    try {
      target = splitTarget(request.url ?? '/');
    } catch {
      malformed = true;
    }
    const entry = this.log.open({
      service: service.name,
      action: '',
      method: request.method ?? '',
      host,
      ...target,
      headers: request.headers,
      body: undefined,
      requestId: '',
      connection: connection.id,
      ordinal: ++connection.requests,
      remotePort: connection.socket.remotePort ?? 0,
      tls: connection.tls,
      proxied: connection.proxied,
    });
    const call = new Call(entry, request, response, connection.socket);
    call.bodyIdleMs = this.bodyIdleMs;
    call.onHold = () => this.log.release(entry);
    connection.carry(call);
    connection.cutShort = () => {
      const error = new ServiceError('IncompleteBody', 'The body is shorter than its Content-Length.');
      call.answerEarly(service.refuse(error, call));
    };
    try {
      if (malformed) throw new ServiceError('InvalidURI', `Cannot parse the URI of ${hostnameOf(host)}.`);
      const answer = await this.answer(service, call, connection, outages);
      if (answer !== undefined) await this.send(call, answer, service.latencyMs);
    } catch (error) {
      if (error instanceof ServiceError) {
        await this.send(call, service.refuse(error, call), service.latencyMs);
      } else if (!(error instanceof ConnectionGone)) {
        response.destroy();
        throw error;
      }
    } finally {
      connection.cutShort = undefined;
      connection.done(call);
      if (entry.outcome === 'pending') entry.outcome = connection.fate === 'reset' ? 'reset' : 'abandoned';
      if (entry.outcome === 'reset') call.blame('reset');
      this.log.close(entry);
    }
  }

  private async answer(
    service: Service,
    call: Call,
    connection: Connection,
    outages: Outages,
  ): Promise<Answer | undefined> {
    if (!(await call.thawed())) return undefined;
    if (service.payloadLimit > 0) call.payload = await call.readAll(service.payloadLimit);
    service.identify(call);
    outages.noticeRequest(call.entry);
    if (!(await call.thawed())) return undefined;
    const effect = pageOf(outages, call.entry, connection) ?? this.faults.draw(call.entry);
    if (effect !== undefined) call.blame(effect.kind);
    return happen(effect, service, call);
  }

  private async send(call: Call, answer: Answer, latencyMs: number): Promise<void> {
    const { response, entry } = call;
    await call.pause(latencyMs);
    if (!(await call.thawed())) return;
    entry.status = answer.status;
    entry.code = answer.code;
    entry.requestId = answer.requestId;
    // Node would send the machine's time; clients correct their clocks by the service's.
    response.setHeader('Date', new Date(this.clock.now()).toUTCString());
    const length = answer.slow === undefined && answer.status !== 204;
    if (length && !('Content-Length' in answer.headers)) {
      response.setHeader('Content-Length', Buffer.byteLength(answer.body));
    }
    response.writeHead(answer.status, answer.headers);
    for (let space = 0; space < (answer.slow?.spaces ?? 0) && !call.gone; space += 1) {
      response.write(' ');
      await call.pause(answer.slow?.intervalMs ?? 0);
      await call.thawed();
    }
    if (call.gone) return;
    entry.outcome = answer.code === '' ? 'answered' : 'refused';
    await new Promise<void>((resolve) => {
      response.once('close', () => resolve());
      response.end(call.request.method === 'HEAD' ? undefined : answer.body);
    });
  }
}
