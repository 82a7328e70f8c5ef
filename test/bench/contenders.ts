import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { EmulatorAddress } from './companions.js';
import type { Contender } from './figures.js';
import type { LimitOrder } from './limit-sender.js';
import { type Command, compiled } from './measured-process.js';
import type { Workload } from './workload.js';

/** What every program is told. */
export interface Assignment {
  workload: Workload;
  emulator: EmulatorAddress;
  /** The emulator's proxy, or the relay in front of it. */
  proxyUrl: string;
  concurrency: number;
  /** An empty directory for whatever the program leaves behind. */
  directory: string;
}

export const BUNDLE = resolve('dist', 'index.js');
export const SDK_FOLDER = resolve('test', 'vod-node-sdk');

/** Whether the published SDK is installed in its folder. */
export function hasSdk(): boolean {
  return existsSync(join(SDK_FOLDER, 'node_modules', 'vod-node-sdk'));
}

/** The command that makes a program publish a workload. */
export function commandOf(contender: Contender, assignment: Assignment): Command {
  mkdirSync(assignment.directory, { recursive: true });
  switch (contender) {
    case 'ours':
      return ours(assignment);
    case 'vod-node-sdk':
      return publishedSdk(assignment);
    case 'limit':
      return limit(assignment);
  }
}

/** The bundle as the runner starts it. */
function ours({ workload, emulator, proxyUrl, concurrency, directory }: Assignment): Command {
  const outputFile = join(directory, 'output');
  const summaryFile = join(directory, 'summary.md');
  writeFileSync(outputFile, '');
  writeFileSync(summaryFile, '');
  return {
    args: [BUNDLE],
    directory,
    env: {
      HTTPS_PROXY: proxyUrl,
      NODE_EXTRA_CA_CERTS: emulator.caFile,
      GITHUB_WORKSPACE: workload.directory,
      GITHUB_OUTPUT: outputFile,
      GITHUB_STEP_SUMMARY: summaryFile,
      RUNNER_TEMP: directory,
      INPUT_FILES: '**',
      'INPUT_SUB-APP-ID': String(emulator.subAppIds[0]),
      INPUT_CONCURRENCY: String(concurrency),
      'INPUT_SECRET-ID': emulator.secretId,
      'INPUT_SECRET-KEY': emulator.secretKey,
    },
  };
}

/** The published SDK with its defaults: one medium after the other. */
function publishedSdk({ workload, emulator, proxyUrl, directory }: Assignment): Command {
  const uploads = workload.media.map(({ files: [own] }) => ({
    MediaFilePath: own?.file,
    SubAppId: emulator.subAppIds[0],
  }));
  const { secretId, secretKey } = emulator;
  return {
    args: [join(SDK_FOLDER, 'upload.cjs'), JSON.stringify({ secretId, secretKey, uploads })],
    directory,
    env: {
      // It keeps a cache of upload ids in the home directory.
      HOME: directory,
      NODE_EXTRA_CA_CERTS: emulator.caFile,
      NODE_NO_WARNINGS: '1',
      http_proxy: proxyUrl,
      https_proxy: proxyUrl,
    },
  };
}

function limit({ workload, emulator, proxyUrl, concurrency, directory }: Assignment): Command {
  const order: LimitOrder = {
    proxyUrl,
    secretId: emulator.secretId,
    secretKey: emulator.secretKey,
    subAppId: emulator.subAppIds[0] ?? 0,
    connections: concurrency,
    media: workload.media,
  };
  const orderFile = join(directory, 'order.json');
  writeFileSync(orderFile, JSON.stringify(order));
  return {
    args: [compiled('limit-sender.js'), relative(directory, orderFile)],
    directory,
    env: { NODE_EXTRA_CA_CERTS: emulator.caFile },
  };
}
