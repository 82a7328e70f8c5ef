/** The programs that are compared. */
export const CONTENDERS = ['ours', 'vod-node-sdk', 'limit'] as const;
export type Contender = (typeof CONTENDERS)[number];

/** What one run of a program showed; times in seconds, sizes in bytes. */
export interface Run {
  contender: Contender;
  /** From the start of the process to its end. */
  seconds: number;
  /** From the first storage request to the last answer, as the service saw them. */
  storageSeconds: number;
  storageRequests: number;
  apiRequests: number;
  /** Storage connections. */
  connections: number;
  /** The most storage requests in flight at once. */
  inFlight: number;
  cpuSeconds: number;
  peakMemory: number;
  /** CPU seconds of the emulator; absent where the system does not tell. */
  emulatorCpuSeconds?: number;
  /** CPU seconds of the relay; absent without a relay. */
  relayCpuSeconds?: number;
}

/** The medians of a program's runs. */
export interface Summary extends Run {
  rounds: number;
}

/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

/** The medians of one program's runs, figure by figure; undefined when it did not run. */
export function summarize(runs: readonly Run[], contender: Contender): Summary | undefined {
  const own = runs.filter((run) => run.contender === contender);
  if (own.length === 0) return undefined;
  const of = (figure: (run: Run) => number): number => median(own.map(figure));
  const optional = (name: 'emulatorCpuSeconds' | 'relayCpuSeconds'): Partial<Run> =>
    own.every((run) => run[name] !== undefined) ? { [name]: of((run) => run[name] ?? 0) } : {};
  return {
    contender,
    rounds: own.length,
    seconds: of((run) => run.seconds),
    storageSeconds: of((run) => run.storageSeconds),
    storageRequests: of((run) => run.storageRequests),
    apiRequests: of((run) => run.apiRequests),
    connections: of((run) => run.connections),
    inFlight: of((run) => run.inFlight),
    cpuSeconds: of((run) => run.cpuSeconds),
    peakMemory: of((run) => run.peakMemory),
    ...optional('emulatorCpuSeconds'),
    ...optional('relayCpuSeconds'),
  };
}
