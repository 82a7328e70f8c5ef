import type { ServiceError } from '../errors.js';
import type { FailureClass } from './attempt.js';

/** Codes of silence: nothing moved for as long as is waited. */
const SILENCE = new Set(['Stalled', 'ETIMEDOUT']);

/** What a failure means for the call and its host. */
export function classifyFailure(error: ServiceError): FailureClass {
  const isAnswered = error.status > 0;
  switch (error.kind) {
    case 'cancelled':
      return 'hopeless';
    case 'final':
      return isAnswered ? 'refused' : 'hopeless';
    case 'corrected':
      return 'corrected';
    case 'throttled':
      return 'throttled';
    case 'damaged':
      return 'flawed';
    case 'transient':
      if (isAnswered) return 'answer';
      if (error.stale) return 'stale-connection';
      if (error.unreached) return 'unreached';
      return SILENCE.has(error.code) ? 'stall' : 'connection';
  }
}
