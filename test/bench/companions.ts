import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { LoggedRequest } from '../emulator/request-log.js';
import { compiled, cpuSecondsOf } from './measured-process.js';

/** Where the emulator is, and its key. */
export interface EmulatorAddress {
  proxyUrl: string;
  caFile: string;
  secretId: string;
  secretKey: string;
  subAppIds: number[];
}

/** What the emulator holds and has seen. */
export interface EmulatorReport {
  requests: LoggedRequest[];
  media: { commits: number }[];
  objects: { key: string; size: number; writes: number }[];
  openMultiparts: unknown[];
  peakStorageRequests: number;
  connections: Record<string, number>;
}

/** A program that runs beside the measured one and ends when its stdin does. */
class Companion {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: Interface;
  private readonly answers: AsyncIterator<string>;

  protected constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.child.stdout });
    this.answers = this.lines[Symbol.asyncIterator]();
  }

  /** Seconds of CPU so far; undefined where the system does not tell. */
  get cpuSeconds(): number | undefined {
    return cpuSecondsOf(Number(this.child.pid));
  }

  protected async read(): Promise<string> {
    const { value, done } = await this.answers.next();
    if (done === true) throw new Error('a companion of the bench has ended');
    return value;
  }

  protected write(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.child.once('close', resolve));
    this.child.stdin.end();
    await closed;
    this.lines.close();
  }
}

/** The emulator in a process of its own, so that its work is not counted as the sender's. */
export class EmulatorProcess extends Companion {
  address: EmulatorAddress = { proxyUrl: '', caFile: '', secretId: '', secretKey: '', subAppIds: [] };

  static async start(): Promise<EmulatorProcess> {
    const emulator = new EmulatorProcess([compiled('../emulator/cli.js'), '--no-digests']);
    emulator.address = JSON.parse(await emulator.read()) as EmulatorAddress;
    return emulator;
  }

  /** Forgets what was uploaded and asked. */
  async reset(): Promise<void> {
    await this.ask('reset');
  }

  report(): Promise<EmulatorReport> {
    return this.ask('report') as Promise<EmulatorReport>;
  }

  private async ask(command: string): Promise<unknown> {
    this.write(command);
    return JSON.parse(await this.read());
  }
}

/** A line of this length and rate, in a process of its own. */
export class RelayProcess extends Companion {
  port = 0;

  /** @param bytesPerSecond of each connection and direction; 0 for no limit */
  static async start(target: number, rttMs: number, bytesPerSecond: number): Promise<RelayProcess> {
    const relay = new RelayProcess([
      compiled('relay.js'),
      ...['--target', String(target)],
      ...['--rtt-ms', String(rttMs)],
      ...['--bytes-per-second', String(bytesPerSecond)],
    ]);
    relay.port = Number(await relay.read());
    return relay;
  }
}
