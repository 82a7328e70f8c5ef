import { setMaxListeners } from 'node:events';
import { ServiceError } from '../../src/network/errors.js';
import type { HealthEvent } from '../../src/network/health/decisions.js';
import { Retrier } from '../../src/network/health/retrier.js';
import { classify, type HostScript, SimulatedHost } from './simulated-host.js';
import { seededRandom } from './simulated-line.js';
import { VirtualTime } from './virtual-time.js';

export interface SimulatedCall {
  name: string;
  size: number;
  host?: string;
  action?: string;
  /** Milliseconds before it begins. */
  at?: number;
}

export interface Simulation {
  calls: readonly SimulatedCall[];
  hosts: Readonly<Record<string, HostScript>>;
  /** Requests in flight at once. */
  slots?: number;
  /** Calls that are run at once; all of them, unless told. */
  lanes?: number;
  maxAttempts?: number;
  outageTimeoutMs?: number;
  seed?: number;
  /** When everything is stopped, in milliseconds. */
  stopAt?: number;
}

export interface CallReport {
  name: string;
  /** Empty for a call that succeeded. */
  code: string;
  message: string;
  /** Attempts that went out. */
  sent: number;
  begunAt: number;
  endedAt: number;
}

export interface SimulationReport {
  calls: CallReport[];
  failed: CallReport[];
  endedAt: number;
  events: (HealthEvent & { at: number })[];
  hosts: Readonly<Record<string, SimulatedHost>>;
  /** Most attempts that held a slot at once. */
  mostInFlight: number;
  retries: number;
  /** Timers left when the last call had ended. */
  timersLeft: number;
}

/** So many calls of these sizes, in turn. */
export function callsOf(count: number, ...sizes: readonly number[]): SimulatedCall[] {
  return Array.from({ length: count }, (_, at) => ({
    name: `${at + 1}`,
    size: sizes[at % sizes.length] ?? 0,
  }));
}

/** Slots as storage has them: the first that waits gets the next one, but a probe goes before all. */
class Slots {
  inFlight = 0;
  most = 0;
  private readonly waiting: { isUrgent: boolean; start(): void }[] = [];

  constructor(private readonly limit: number) {}

  async acquire(isUrgent: boolean): Promise<() => void> {
    await new Promise<void>((start) => {
      const behind = this.waiting.findIndex((one) => isUrgent && !one.isUrgent);
      this.waiting.splice(behind < 0 ? this.waiting.length : behind, 0, { isUrgent, start });
      this.admit();
    });
    return () => {
      this.inFlight--;
      this.admit();
    };
  }

  private admit(): void {
    while (this.inFlight < this.limit && this.waiting.length > 0) {
      this.inFlight++;
      this.most = Math.max(this.most, this.inFlight);
      this.waiting.shift()?.start();
    }
  }
}

/** Runs calls against simulated hosts until the last of them has ended. */
export async function simulate(simulation: Simulation): Promise<SimulationReport> {
  const { calls, slots = 32, lanes = calls.length, maxAttempts = 5, outageTimeoutMs = 300_000 } = simulation;
  const { seed = 1, stopAt } = simulation;
  const time = new VirtualTime();
  const hosts = Object.fromEntries(
    Object.entries(simulation.hosts).map(([name, script]) => [name, new SimulatedHost(time, script)]),
  );
  const [defaultHost = ''] = Object.keys(hosts);
  const budget = new Slots(slots);
  const events: SimulationReport['events'] = [];
  let retries = 0;
  const retrier = new Retrier({
    maxAttempts,
    outageTimeoutMs,
    classify,
    onEvent: (event) => events.push({ ...event, at: time.now() }),
    onRetry: () => retries++,
    timers: time,
    random: seededRandom(seed),
  });
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  if (stopAt !== undefined) time.after(stopAt, () => stop.abort());
  const reports: CallReport[] = [];

  const runOne = async ({ name, size, host = defaultHost, action, at = 0 }: SimulatedCall): Promise<void> => {
    if (at > time.now()) await time.sleep(at - time.now());
    const report: CallReport = { name, code: '', message: '', sent: 0, begunAt: time.now(), endedAt: 0 };
    reports.push(report);
    const { signal } = stop;
    const request = { what: name, service: 'Simulation', host, size, signal, ...(action ? { action } : {}) };
    try {
      await retrier.run(request, async (attempt) => {
        const release = await budget.acquire(attempt.isProbe || attempt.goesFirst);
        try {
          await attempt.send(async () => {
            report.sent++;
            await hosts[host]?.request({ name, size, signal: attempt.signal, moved: () => attempt.moved() });
          });
        } finally {
          release();
        }
      });
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      report.code = error.code;
      report.message = error.message;
    }
    report.endedAt = time.now();
  };

  const queue = [...calls];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) await runOne(next);
  };
  await time.run(Promise.all(Array.from({ length: lanes }, lane)));
  return {
    calls: reports,
    failed: reports.filter(({ code }) => code !== ''),
    endedAt: Math.max(...reports.map(({ endedAt }) => endedAt)),
    events,
    hosts,
    mostInFlight: budget.most,
    retries,
    timersLeft: time.pending,
  };
}
