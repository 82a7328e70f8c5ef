import { accountCommands } from './account-commands.js';
import type { ApiLoads, ApiRates } from './api-limits.js';
import type { DeadKind } from './dead-address.js';
import type { Emulator } from './emulator.js';
import type { ArmedFault, Effect, FaultRule } from './faults.js';
import type { Outage, OutageRule } from './outage.js';
import { type RandomFaultOptions, randomFaults } from './random-faults.js';
import { type RandomOutageOptions, randomOutages } from './random-outages.js';
import type { Sample } from './sample.js';
import type { Span } from './span.js';
import { trafficByAction } from './traffic.js';

/** A rule as another process can send it. */
type FaultCommand = Omit<FaultRule, 'match' | 'effect'> & { effect: Effect };

const SAMPLED_SPAN: Record<keyof (Span & Sample), true> = {
  afterMs: true,
  forMs: true,
  from: true,
  flap: true,
  every: true,
  share: true,
  seed: true,
};
const FAULT_FIELDS: Record<keyof FaultCommand, true> = {
  service: true,
  action: true,
  host: true,
  requestOfConnection: true,
  times: true,
  after: true,
  effect: true,
  ...SAMPLED_SPAN,
};
const OUTAGE_FIELDS: Record<keyof OutageRule, true> = {
  target: true,
  kind: true,
  host: true,
  after: true,
  action: true,
  newOnly: true,
  resumes: true,
  status: true,
  headers: true,
  code: true,
  lookupMs: true,
  ...SAMPLED_SPAN,
};
/** An event of a test can't be told to another process. */
const EFFECTS: Record<Exclude<Effect['kind'], 'wait'>, true> = {
  error: true,
  html: true,
  'reset-before': true,
  'close-before': true,
  'reset-amid': true,
  'reset-after': true,
  'reset-after-unprocessed': true,
  stall: true,
  'early-answer': true,
  'wrong-crc': true,
  '200-error': true,
  'slow-complete': true,
  delay: true,
  throttle: true,
};

/** A misspelt field would quietly arm something else than was meant. */
function checkFields(given: object, known: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) throw new RangeError(`There is no field ${unknown}.`);
}

function fail(message: string): never {
  throw new RangeError(message);
}

/** What another process can ask of an emulator: lines of a word and, for most, an object in JSON. */
export class Commands {
  private readonly faults = new Map<number, ArmedFault>();
  private readonly outages = new Map<number, Outage>();
  private readonly account: ReadonlyMap<string, (argument: string) => void>;

  /** @param arm what is to be done at the start and after every reset */
  constructor(
    private readonly emulator: Emulator,
    private readonly arm: () => void,
  ) {
    this.account = accountCommands(emulator);
    arm();
  }

  /** Carries out a command and returns what to answer. Rejects for one that makes no sense. */
  async obey(line: string): Promise<unknown> {
    const [, command = '', text = ''] = /^\s*(\S*)\s*(.*)$/.exec(line) ?? [];
    const { emulator } = this;
    const given: unknown = text === '' || this.account.has(command) ? {} : JSON.parse(text);
    switch (command) {
      case 'report':
        return this.report();
      case 'traffic':
        return this.traffic();
      case 'reset':
        this.faults.clear();
        this.outages.clear();
        await emulator.reset();
        this.arm();
        return { ok: true };
      case 'fault':
        return this.fault(given as FaultCommand);
      case 'random-faults':
        return this.keep(emulator.fault(randomFaults(given as RandomFaultOptions)));
      case 'outage':
        return this.outage(given as OutageRule);
      case 'random-outages': {
        const rules = randomOutages(given as RandomOutageOptions);
        for (const rule of rules) await this.outage(rule);
        return { ok: true, outages: rules };
      }
      case 'disarm':
        return this.disarm(given as { fault?: number; outage?: number });
      case 'clear':
        emulator.clearFaults();
        await emulator.clearOutages();
        return { ok: true };
      case 'rates':
        emulator.setApiRates(given as ApiRates);
        return { ok: true };
      case 'loads':
        emulator.setApiLoads(given as ApiLoads);
        return { ok: true };
      case 'names':
        for (const [name, addresses] of Object.entries(given as Record<string, string[]>)) {
          emulator.names.set(name, addresses);
        }
        return { ok: true };
      case 'dead-address': {
        const { url, kind } = given as { url: string; kind: DeadKind };
        return { ok: true, address: (await emulator.deadAddress(url, kind)).address };
      }
      default: {
        const run = this.account.get(command) ?? fail(`There is no command ${command}.`);
        run(text);
        return { ok: true };
      }
    }
  }

  private fault(rule: FaultCommand): unknown {
    checkFields(rule, FAULT_FIELDS);
    if (!Object.hasOwn(EFFECTS, rule.effect?.kind)) {
      throw new RangeError(`effect takes a kind: ${Object.keys(EFFECTS).join(', ')}.`);
    }
    return this.keep(this.emulator.fault(rule));
  }

  private keep(fault: ArmedFault): unknown {
    this.faults.set(fault.id, fault);
    return { ok: true, id: fault.id };
  }

  private async outage(rule: OutageRule): Promise<unknown> {
    checkFields(rule, OUTAGE_FIELDS);
    const outage = await this.emulator.outage(rule);
    this.outages.set(outage.id, outage);
    return { ok: true, id: outage.id };
  }

  private async disarm(which: { fault?: number; outage?: number }): Promise<unknown> {
    const fault = this.faults.get(which.fault ?? 0);
    const outage = this.outages.get(which.outage ?? 0);
    if (fault === undefined && outage === undefined)
      throw new RangeError('There is no such fault or outage.');
    fault?.disarm();
    if (outage !== undefined) await this.emulator.endOutage(outage);
    return { ok: true };
  }

  /** What it holds and has seen, without bodies, headers and keys. */
  private report(): unknown {
    const { requests, media, objects, openMultiparts, peakStorageRequests, maxApiPerSecond } = this.emulator;
    const bare = [...objects.values()].map(({ body: _body, ...object }) => object);
    return {
      requests: requests.map(({ headers: _headers, ...request }) => request),
      media: media.map(({ certificate: _certificate, objects: own, ...medium }) => ({
        ...medium,
        objects: own.map((object) => object.key),
      })),
      tasks: this.emulator.tasks,
      objects: bare,
      openMultiparts: openMultiparts.map(({ uploadId, key, parts }) => ({
        uploadId,
        key,
        parts: parts.size,
      })),
      peakStorageRequests,
      maxApiPerSecond,
      connections: this.emulator.connections,
      requestCounts: { vod: this.emulator.requestCounts('vod'), cos: this.emulator.requestCounts('cos') },
      proxy: this.emulator.proxy,
    };
  }

  /** What was asked of each action and how fast, and what became of connections, faults, outages and names. */
  private traffic(): unknown {
    const { requests, connectionLog, names } = this.emulator;
    return {
      actions: trafficByAction(requests),
      connections: connectionLog,
      faults: [...this.faults.values()].map(({ id, hits, beganAt }) => ({ id, hits, beganAt })),
      outages: [...this.outages.values()].map(({ id, hits, beganAt, on }) => ({ id, hits, beganAt, on })),
      names: names.questions,
    };
  }
}
