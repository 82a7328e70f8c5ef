import { whyNeverDeaf } from './deaf-port.js';
import { hostMatches, serviceOfHost } from './hosts.js';
import type { LoggedRequest, ServiceName } from './request-log.js';
import { checkSample, isPartial, type Sample, Sampler } from './sample.js';
import { checkSpan, type Span, Window } from './span.js';

/** What an outage can meet: a service, or the CONNECT proxy with everything that goes through it. */
export type Target = ServiceName | 'proxy';

export const TARGETS: readonly Target[] = ['vod', 'cos', 'sts', 'oidc', 'proxy'];

/**
 * What is out of order. `silence` and `unanswered` also silence the connections that are open when they begin,
 * and `reset` resets them; the others leave them alone. Behind the proxy, `refused` and `unresolved` services
 * show as 502 to CONNECT.
 */
export type OutageKind =
  /** Nobody listens: new connections are refused. */
  | 'refused'
  /** New connections get no answer to their first packet (Linux only). */
  | 'unanswered'
  /** New connections are reset as soon as they are made. */
  | 'reset'
  /** New connections are accepted; nothing is read and nothing is answered. */
  | 'silence'
  /** Requests, or CONNECTs to the proxy, are answered by a page of HTML. */
  | 'page'
  /** Names can't be resolved, by those who ask the emulator for them. */
  | 'unresolved';

const KINDS: readonly OutageKind[] = ['refused', 'unanswered', 'reset', 'silence', 'page', 'unresolved'];

/** Where a connection leads. */
export interface Place {
  /** Unknown until a connection to the proxy has said where it wants to go. */
  service: ServiceName | undefined;
  proxied: boolean;
  /** Host name, as far as it is known: from CONNECT, or from the Host header of the first request. */
  host: string;
}

/**
 * An outage as data. Its time counts from now unless `from` says otherwise. `every` and `share` choose among
 * connections (for `page` among requests, for `unresolved` among questions).
 */
export interface OutageRule extends Span, Sample {
  target: Target | readonly Target[];
  kind: OutageKind;
  /** Meets this host name only, or `*.` and an end; connections that have not said where they lead are spared. */
  host?: string;
  /** Begins with the request after this many; `afterMs` and `forMs` count from there. */
  after?: number;
  /** The action that `after` and `from: 'first'` wait for. The outage itself meets all of the target. */
  action?: string;
  /** Leaves connections alone that are open when it begins. */
  newOnly?: boolean;
  /** Lets silenced connections go on when it is over. By default they stay dead, as after the failover of a NAT. */
  resumes?: boolean;
  /** Of a page, also of a refused CONNECT: 502 unless given. */
  status?: number;
  /** Headers of a page. */
  headers?: Record<string, string>;
  /** Of an unresolved name: ENOTFOUND unless given. */
  code?: 'ENOTFOUND' | 'EAI_AGAIN';
  /** Milliseconds until a name turns out to be unresolved. */
  lookupMs?: number;
}

/** Raises an error for a rule that means nothing or can't be done on this system. */
function checkRule(rule: OutageRule, targets: readonly Target[]): void {
  checkSpan(rule);
  checkSample(rule);
  if (!KINDS.includes(rule.kind)) throw new RangeError(`kind is ${rule.kind}; it takes ${KINDS.join(', ')}.`);
  const unknown = targets.find((target) => !TARGETS.includes(target));
  if (targets.length === 0 || unknown !== undefined) {
    throw new RangeError(`target is ${unknown}; it takes ${TARGETS.join(', ')}.`);
  }
  const whole = rule.kind === 'refused' || rule.kind === 'unanswered';
  if (whole && (isPartial(rule) || rule.host !== undefined)) {
    throw new RangeError(`"${rule.kind}" meets all connections; use "reset" or "silence" for some of them.`);
  }
  if (rule.kind === 'unanswered' && whyNeverDeaf !== undefined) throw new Error(whyNeverDeaf);
}

/** An outage that was armed, and what it has done. */
export class Outage {
  /** Connections, requests and questions that it met. */
  hits = 0;
  /** True while it is on, as far as its effects have been applied. */
  on = false;
  readonly targets: readonly Target[];
  private toPass: number;
  private window: Window | undefined;
  private readonly sampler: Sampler;
  private disarmed = false;

  constructor(
    readonly id: number,
    readonly rule: Readonly<OutageRule>,
    armedAt: number,
  ) {
    this.targets = typeof rule.target === 'string' ? [rule.target] : rule.target;
    checkRule(rule, this.targets);
    this.sampler = new Sampler(rule);
    this.toPass = rule.after ?? 0;
    if (this.toPass === 0 && rule.action === undefined) this.window = this.windowFrom(armedAt);
  }

  /** When it began or will begin, by the emulator's clock; `undefined` while it waits for requests. */
  get beganAt(): number | undefined {
    return this.window?.beganAt;
  }

  isOver(now: number): boolean {
    return this.disarmed || this.window?.phase(now) === 'over';
  }

  isOn(now: number): boolean {
    return !this.disarmed && this.window?.phase(now) === 'on';
  }

  /** When it begins, ends, comes or goes by itself next. */
  nextChange(now: number): number | undefined {
    return this.disarmed ? undefined : this.window?.nextChange(now);
  }

  disarm(): void {
    this.disarmed = true;
  }

  /** True when it meets a place. */
  concerns({ service, proxied, host }: Place): boolean {
    if (this.rule.host !== undefined && !hostMatches(this.rule.host, host)) return false;
    return (
      (service !== undefined && this.targets.includes(service)) || (proxied && this.targets.includes('proxy'))
    );
  }

  /** True when it meets a name: that of its rule, one of its services, or `localhost`, which stands for all. */
  concernsName(hostname: string): boolean {
    if (this.rule.host !== undefined) return hostMatches(this.rule.host, hostname);
    const service = serviceOfHost(hostname);
    return service === undefined ? hostname === 'localhost' : this.targets.includes(service);
  }

  /** Notices a connection, and lets an outage begin that waits for one. */
  noticeConnection(place: Place, now: number): void {
    if (this.rule.action === undefined && this.concerns(place)) this.begin(now);
  }

  /** Notices a question, and lets an outage of names begin that waits for one. */
  noticeName(hostname: string, now: number): void {
    const waits = this.rule.kind === 'unresolved' && this.rule.action === undefined;
    if (waits && this.concernsName(hostname)) this.begin(now);
  }

  /** Notices a request, and lets an outage begin that waits for it. */
  noticeRequest(request: LoggedRequest, now: number): void {
    if (this.rule.action !== undefined && this.rule.action !== request.action) return;
    if (!this.concerns(request)) return;
    if (this.toPass > 0) {
      this.toPass -= 1;
      return;
    }
    this.window ??= this.windowFrom(now);
    this.begin(now);
  }

  /** Draws whether it hits one more. */
  draw(): boolean {
    const hit = this.sampler.draw();
    if (hit) this.hits += 1;
    return hit;
  }

  private windowFrom(now: number): Window {
    return new Window({ from: 'now', ...this.rule }, now);
  }

  private begin(now: number): void {
    if (this.window?.isOpen(now)) this.window.begin(now);
  }
}
