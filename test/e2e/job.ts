import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Emulator, type EmulatorOptions, startEmulator } from '../emulator/emulator.js';
import type { StoredObject } from '../emulator/stored-object.js';
import { type EndedStep, type RunningStep, startStep } from './action.js';

/** Inputs and further variables of a step. */
export interface Step {
  inputs: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
}

/**
 * A workflow job: a fresh workspace and the services that its steps talk to. Steps reach the production
 * endpoints through the emulator's proxy, with the key of the account, unless they say otherwise.
 */
export class Job {
  readonly workspace: string;
  readonly temp: string;
  private readonly folder: string;

  private constructor(readonly emulator: Emulator) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'vod-job-')));
    this.workspace = join(this.folder, 'workspace');
    this.temp = join(this.folder, 'temp');
    mkdirSync(this.workspace);
    mkdirSync(this.temp);
  }

  /** Begins a job that ends with its test. */
  static async begin(test: TestContext, options: EmulatorOptions = {}): Promise<Job> {
    const job = new Job(await startEmulator(options));
    test.after(() => job.end());
    return job;
  }

  /** Absolute path of a file of the workspace. */
  file(path: string): string {
    return join(this.workspace, path);
  }

  /** Writes a file of the workspace; folders are made. */
  write(path: string, content: string | Buffer): void {
    mkdirSync(dirname(this.file(path)), { recursive: true });
    writeFileSync(this.file(path), content);
  }

  /** Makes a file of zeros that takes no room on disk. */
  writeSparse(path: string, bytes: number): void {
    this.write(path, '');
    truncateSync(this.file(path), bytes);
  }

  /** SHA-256 of a file of the workspace in hex. */
  sha256(path: string): string {
    return createHash('sha256')
      .update(readFileSync(this.file(path)))
      .digest('hex');
  }

  /** Starts a step. */
  start({ inputs, env = {} }: Step): RunningStep {
    const { emulator, workspace, temp } = this;
    const { secretId, secretKey } = emulator.settings;
    return startStep({
      workspace,
      temp,
      inputs: { 'secret-id': secretId, 'secret-key': secretKey, ...inputs },
      env: { HTTPS_PROXY: emulator.proxyUrl, NODE_EXTRA_CA_CERTS: emulator.caFile, ...env },
    });
  }

  /** Runs a step to its end. */
  async run(step: Step): Promise<EndedStep> {
    return this.start(step).ended;
  }

  /** The stored object of a published medium's main file. */
  object(fileId: string | undefined): StoredObject | undefined {
    const medium = this.emulator.media.find((one) => one.fileId === fileId);
    return medium && this.emulator.objects.get(medium.mediaKey);
  }

  private async end(): Promise<void> {
    await this.emulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
