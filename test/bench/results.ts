import type { Run, Summary } from './figures.js';
import type { Loading } from './load.js';
import type { Finding } from './scenarios.js';

/** A scenario with everything that came of it. */
export interface ScenarioResult {
  id: string;
  title: string;
  bytes: number;
  objects: number;
  summaries: Summary[];
  findings: Finding[];
  runs: Run[];
}

/** A whole run of the bench. */
export interface BenchResult {
  command: string;
  /** ISO 8601. */
  date: string;
  machine: {
    processor: string;
    cores: number;
    node: string;
    system: string;
    /** Average number of other programs that wanted to run in the minute before. */
    load: number;
  };
  concurrency: number;
  quick: boolean;
  scenarios: ScenarioResult[];
  loading?: Loading;
}
