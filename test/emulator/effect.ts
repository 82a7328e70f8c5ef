import { STATUS_CODES } from 'node:http';
import type { Call } from './call.js';
import type { Effect, ErrorEffect } from './faults.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';

function htmlPage(status: number, headers: Record<string, string> = {}): Answer {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`;
  return {
    status,
    headers: { 'Content-Type': 'text/html', ...headers },
    body: `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    code: `HTTP ${status}`,
    requestId: '',
  };
}

function refusal(service: Service, call: Call, effect: Omit<ErrorEffect, 'kind'>): Answer {
  const message = effect.message ?? `The emulator was told to answer ${effect.code}.`;
  const answer = service.refuse(new ServiceError(effect.code, message, { status: effect.status ?? 0 }), call);
  return { ...answer, headers: { ...answer.headers, ...effect.headers } };
}

/** A decimal CRC that differs from the given one in its lowest bit. */
function otherCrc(crc: string): string {
  return (BigInt(crc) ^ 1n).toString();
}

/**
 * Lets a request happen under an effect.
 * Returns the answer to send, or `undefined` when the effect has dealt with the connection itself.
 */
export async function happen(
  effect: Effect | undefined,
  service: Service,
  call: Call,
): Promise<Answer | undefined> {
  switch (effect?.kind) {
    case undefined:
      return service.serve(call);
    case 'error':
      await call.drain();
      return refusal(service, call, effect);
    case 'html':
      if (effect.early === true) {
        call.answerEarly(htmlPage(effect.status ?? 502, effect.headers));
        await call.hold();
        return undefined;
      }
      await call.drain();
      return htmlPage(effect.status ?? 502, effect.headers);
    case 'reset-before':
      call.reset();
      return undefined;
    case 'close-before':
      call.close();
      return undefined;
    case 'reset-amid':
      call.trap = { afterBytes: effect.afterBytes, spring: () => call.reset() };
      return service.serve(call);
    case 'reset-after':
      await service.serve(call);
      call.reset();
      return undefined;
    case 'reset-after-unprocessed':
      await call.drain();
      call.reset();
      return undefined;
    case 'stall':
      if ((effect.afterBytes ?? 0) === 0) {
        await call.hold();
        return undefined;
      }
      call.trap = { afterBytes: effect.afterBytes ?? 0, spring: () => call.stall() };
      return service.serve(call);
    case 'early-answer': {
      const answer = refusal(service, call, effect);
      const headers = effect.close === true ? { ...answer.headers, Connection: 'close' } : answer.headers;
      call.answerEarly({ ...answer, headers });
      await call.hold();
      return undefined;
    }
    case 'wrong-crc': {
      const answer = await service.serve(call);
      const crc = answer.headers['x-cos-hash-crc64ecma'];
      if (crc === undefined) return answer;
      return { ...answer, headers: { ...answer.headers, 'x-cos-hash-crc64ecma': otherCrc(crc) } };
    }
    case '200-error':
      await call.drain();
      return { ...refusal(service, call, effect), status: 200 };
    case 'slow-complete': {
      if (effect.code !== undefined) await call.drain();
      const answer =
        effect.code === undefined
          ? await service.serve(call)
          : { ...refusal(service, call, { ...effect, code: effect.code }), status: 200 };
      const { 'x-cos-hash-crc64ecma': crc, ...headers } = answer.headers;
      return {
        ...answer,
        headers: effect.withoutCrc === true || crc === undefined ? headers : answer.headers,
        slow: { spaces: effect.spaces, intervalMs: effect.intervalMs },
      };
    }
    case 'delay':
      await call.pause(effect.ms);
      return service.serve(call);
    case 'wait':
      await call.waitFor(effect.until);
      return service.serve(call);
    case 'throttle':
      call.bytesPerSecond = effect.bytesPerSecond;
      return service.serve(call);
  }
}
