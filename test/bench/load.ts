import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLE, hasSdk, SDK_FOLDER } from './contenders.js';
import { median } from './figures.js';
import { time } from './measured-process.js';
import { atMost, below, type Finding } from './scenarios.js';

/** How long programs take to load, in seconds, and what is asked of the bundle. */
export interface Loading {
  rounds: number;
  emptySeconds: number;
  bundleSeconds: number;
  /** Absent when the SDK is not installed. */
  sdkSeconds?: number;
  bundleBytes: number;
  findings: Finding[];
}

/** Measures the time that the bundle needs to load and to refuse missing inputs, against an empty Node. */
export async function measureLoading(rounds: number, directory: string): Promise<Loading> {
  const own = join(directory, 'f');
  mkdirSync(own, { recursive: true });
  const empty = join(own, 'empty.mjs');
  writeFileSync(empty, '');
  const env = { GITHUB_WORKSPACE: own, RUNNER_TEMP: own, INPUT_SUMMARY: 'false' };
  const seconds = { empty: [] as number[], bundle: [] as number[], sdk: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    seconds.empty.push(await time({ args: [empty], directory: own, env }));
    seconds.bundle.push(await time({ args: [BUNDLE], directory: own, env }, 1));
    if (!hasSdk()) continue;
    const load = ['--eval', 'require("vod-node-sdk")'];
    seconds.sdk.push(await time({ args: load, directory: SDK_FOLDER, env: { NODE_NO_WARNINGS: '1' } }));
  }
  rmSync(own, { recursive: true, force: true });
  const emptySeconds = median(seconds.empty);
  const bundleSeconds = median(seconds.bundle);
  const bundleBytes = statSync(BUNDLE).size;
  return {
    rounds,
    emptySeconds,
    bundleSeconds,
    ...(seconds.sdk.length === 0 ? {} : { sdkSeconds: median(seconds.sdk) }),
    bundleBytes,
    findings: [
      atMost(5, bundleSeconds / emptySeconds, 'times an empty Node'),
      below(2.5, bundleBytes / 1e6, 'MB of bundle'),
    ],
  };
}
