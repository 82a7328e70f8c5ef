import type { IncomingHttpHeaders } from 'node:http';

export type ServiceName = 'vod' | 'cos' | 'sts' | 'oidc';

/**
 * What became of a request: the service's own answer or refusal (or a page in its place), a connection that the
 * emulator reset or closed, silence, or a client that went away first.
 */
export type Outcome = 'pending' | 'answered' | 'refused' | 'reset' | 'closed' | 'silent' | 'abandoned';

/** One request as an emulated service saw it. */
export interface LoggedRequest {
  id: number;
  service: ServiceName;
  /** `ApplyUpload`, `PutObject`, `UploadPart` and so on; empty when the request names none. */
  action: string;
  method: string;
  /** Host header, with the port when it was sent. */
  host: string;
  /** Decoded path, with its leading slash. */
  path: string;
  query: Record<string, string>;
  headers: IncomingHttpHeaders;
  /** Parsed parameters of an API request; `undefined` for COS. */
  body: unknown;
  /** Body bytes that were read. */
  bytes: number;
  /** When its head arrived: milliseconds since the epoch by the emulator's clock, without its skew. */
  startedAt: number;
  /** 0 while the request is in flight. */
  endedAt: number;
  /** HTTP status of the answer, 0 when none was sent. */
  status: number;
  /** Error code of the answer, empty on success. */
  code: string;
  requestId: string;
  /** The connection that carried it: requests with the same number shared one. */
  connection: number;
  /** Number of the request in its connection, from 1. */
  ordinal: number;
  remotePort: number;
  tls: boolean;
  /** True when the request came through the proxy. */
  proxied: boolean;
  /** Kind of the fault or outage that it met, empty when it met none. */
  fault: string;
  outcome: Outcome;
  /** True when it was refused because its action was asked for too often. */
  throttled: boolean;
}

/** What a request brings with it. */
export type Arriving = Omit<
  LoggedRequest,
  'id' | 'startedAt' | 'endedAt' | 'status' | 'code' | 'bytes' | 'fault' | 'outcome' | 'throttled'
>;

/** Highest number of requests in flight, and those in flight now. */
export interface InFlight {
  now: number;
  peak: number;
}

function noneInFlight(): Record<ServiceName, InFlight> {
  return {
    vod: { now: 0, peak: 0 },
    cos: { now: 0, peak: 0 },
    sts: { now: 0, peak: 0 },
    oidc: { now: 0, peak: 0 },
  };
}

/** Everything that was asked of the emulator, in order of arrival. */
export class RequestLog {
  readonly requests: LoggedRequest[] = [];
  inFlight = noneInFlight();
  private readonly active = new Set<LoggedRequest>();
  private sequence = 0;

  /** @param now milliseconds since the epoch */
  constructor(private readonly now: () => number = Date.now) {}

  /** Records the arrival of a request. */
  open(arrival: Arriving): LoggedRequest {
    this.sequence += 1;
    const entry: LoggedRequest = {
      ...arrival,
      id: this.sequence,
      bytes: 0,
      startedAt: this.now(),
      endedAt: 0,
      status: 0,
      code: '',
      fault: '',
      outcome: 'pending',
      throttled: false,
    };
    this.requests.push(entry);
    this.active.add(entry);
    const figure = this.inFlight[entry.service];
    figure.now += 1;
    figure.peak = Math.max(figure.peak, figure.now);
    return entry;
  }

  /** Counts a request out of those in flight: it was left hanging and its client may be gone unnoticed. */
  release(entry: LoggedRequest): void {
    if (this.active.delete(entry)) this.inFlight[entry.service].now -= 1;
  }

  /** Records that a request was answered or its connection is gone. */
  close(entry: LoggedRequest): void {
    entry.endedAt = this.now();
    this.release(entry);
  }

  /** Forgets finished requests and peaks; requests in flight stay counted. */
  reset(): void {
    this.requests.length = 0;
    for (const figure of Object.values(this.inFlight)) figure.peak = figure.now;
  }
}
