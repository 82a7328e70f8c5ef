import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiLimits, type ApiLoads, type ApiRates } from './api-limits.js';
import { ApiRate } from './api-rate.js';
import { Authority } from './authority.js';
import { Clock } from './clock.js';
import { Cos } from './cos.js';
import { EmulatedNetwork } from './emulated-network.js';
import { type ArmedFault, type FaultRule, Faults } from './faults.js';
import { Front } from './front.js';
import { Gate } from './gate.js';
import { type Key, KeyRing } from './keys.js';
import type { MultipartUpload } from './multipart.js';
import { EmulatedNames } from './names.js';
import { NamesServer } from './names-server.js';
import { OidcIssuer } from './oidc.js';
import { type EmulatorOptions, type Settings, settingsOf } from './options.js';
import { createProxy, type ProxyFigures } from './proxy.js';
import { type InFlight, type LoggedRequest, RequestLog, type ServiceName } from './request-log.js';
import type { StoredObject } from './stored-object.js';
import { Sts } from './sts.js';
import { type Traffic, trafficOf } from './traffic.js';
import { objectsOf, type UploadSession } from './upload-session.js';
import { Vod } from './vod.js';
import { Account } from './vod-account.js';
import type { MediumState } from './vod-medium.js';
import { stateOf, type Task, type TaskState } from './vod-task.js';

export type { EmulatorOptions } from './options.js';
export type { LoggedRequest } from './request-log.js';

/** A medium that was committed and is still there, with what can be changed about it. */
export interface EmulatedMedium extends UploadSession, MediumState {
  /** Milliseconds since the epoch, by the emulator's clock. */
  createdAt: number;
  /** The media object, the cover, and for packages everything below the media object's folder. */
  objects: StoredObject[];
}

/** Where the emulator can be reached. */
export interface EmulatorUrls {
  /** CONNECT proxy, with its credentials when it asks for some. */
  proxyUrl: string;
  vodUrl: string;
  stsUrl: string;
  /** Takes requests for every bucket: the certificate tells which. */
  cosUrl: string;
  oidcUrl: string;
  vodTlsUrl: string;
  stsTlsUrl: string;
  cosTlsUrl: string;
  /** What the runner passes as ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  oidcRequestUrl: string;
  oidcRequestToken: string;
  /** Where a process of its own asks for names, by `names-preload.ts`. */
  namesUrl: string;
}

/** A running stand-in for VOD, COS, STS and the Actions OIDC endpoint, with the addresses of its services. */
export type Emulator = EmulatedCloud & EmulatorUrls;

/** What the emulator holds and has seen, and how to change it. */
export class EmulatedCloud extends EmulatedNetwork {
  /** PEM file of the CA, in a directory of its own that is removed on close. */
  readonly caFile: string;
  readonly caPem: string;
  /** What happens to the account beside what its clients ask for. */
  readonly account: Account;

  constructor(
    readonly settings: Settings,
    readonly clock: Clock,
    private readonly parts: {
      log: RequestLog;
      faults: Faults;
      keys: KeyRing;
      vod: Vod;
      cos: Cos;
      sts: Sts;
      gate: Gate;
      names: EmulatedNames;
      namesServer: NamesServer;
      limits: ApiLimits;
      rate: ApiRate;
      proxy: ProxyFigures;
      directory: string;
      caPem: string;
    },
  ) {
    super(parts.gate, parts.proxy, parts.names, parts.namesServer);
    this.caPem = parts.caPem;
    this.account = new Account(parts.vod, settings);
    this.caFile = join(parts.directory, 'ca.pem');
    writeFileSync(this.caFile, parts.caPem);
    this.setApiLimits();
  }

  /** Every request, in order of arrival. */
  get requests(): readonly LoggedRequest[] {
    return this.parts.log.requests;
  }

  /** The requests of a service, and of one of its actions. */
  requestsOf(service: ServiceName, action?: string): LoggedRequest[] {
    return this.requests.filter((request) => {
      return request.service === service && (action === undefined || request.action === action);
    });
  }

  /** Uploads that were applied for, committed or not. */
  get sessions(): UploadSession[] {
    return [...this.parts.vod.actions.uploads.sessions.values()];
  }

  /** Media that are neither deleted nor expired: those that were uploaded here in order of ApplyUpload, then others. */
  get media(): EmulatedMedium[] {
    const order = new Map(this.sessions.map(({ fileId }, index) => [fileId, index]));
    const place = ({ fileId }: { fileId: string }): number => order.get(fileId) ?? order.size;
    return this.parts.vod.actions.library.all
      .sort((a, b) => place(a) - place(b))
      .map(({ session, ...state }) => ({ ...session, ...state, objects: objectsOf(session, this.objects) }));
  }

  /** Tasks with their states, those that nobody can ask for yet, or any more, included. */
  get tasks(): (Task & TaskState)[] {
    const now = this.clock.now();
    return this.parts.vod.actions.tasks.all.map((task) => ({ ...task, ...stateOf(task, now) }));
  }

  /** Stored objects by key, without a leading slash. */
  get objects(): ReadonlyMap<string, StoredObject> {
    return this.parts.cos.objects;
  }

  get openMultiparts(): MultipartUpload[] {
    return [...this.parts.cos.multiparts.values()];
  }

  /** Requests in flight now and at most, by service. */
  get inFlight(): Readonly<Record<ServiceName, InFlight>> {
    return this.parts.log.inFlight;
  }

  /** The most storage requests that were in flight at once. */
  get peakStorageRequests(): number {
    return this.inFlight.cos.peak;
  }

  /** The most requests of the VOD API that arrived within any window of one second. */
  get maxApiPerSecond(): number {
    return this.trafficOf('vod').mostPerSecond;
  }

  /** What was asked of a service, or of one of its actions: how often, how fast, and what became of it. */
  trafficOf(service: ServiceName, action?: string): Traffic {
    return trafficOf(this.requestsOf(service, action));
  }

  /** Changes how many requests a second some actions take, `*` for those without a rate of their own. */
  setApiRates(rates: ApiRates): void {
    this.parts.limits.setRates(rates);
  }

  /** Changes what the account's other jobs ask of some actions; 0 ends it. */
  setApiLoads(loads: ApiLoads): void {
    this.parts.limits.setLoads(loads);
  }

  /** Makes something go wrong. Rules are asked in the order in which they were added. */
  fault(rule: FaultRule): ArmedFault {
    return this.parts.faults.add(rule);
  }

  clearFaults(): void {
    this.parts.faults.clear();
  }

  /** How often each action of a service was asked for, refused requests included. */
  requestCounts(service: ServiceName): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { action } of this.requestsOf(service)) counts[action] = (counts[action] ?? 0) + 1;
    return counts;
  }

  /** Makes a temporary API key with its token, as STS would. */
  issueTemporaryKey(seconds: number): Key {
    return this.parts.keys.issue(this.clock.seconds() + seconds);
  }

  /**
   * Forgets requests, uploads, media, objects, temporary keys, faults, outages, names, denials, changed lags and rates,
   * figures and a moved clock; the endpoints stay. Settles when ports that an outage had closed are open again.
   */
  async reset(): Promise<void> {
    this.clock.skewMs = this.settings.skewMs;
    const { log, faults, keys, vod, cos, rate } = this.parts;
    log.reset();
    faults.clear();
    keys.reset();
    vod.reset();
    cos.reset();
    rate.reset();
    this.setApiLimits();
    await this.resetNetwork();
  }

  /** Ends every connection, stops listening and removes the CA file. */
  async close(): Promise<void> {
    await this.closeNetwork();
    rmSync(this.parts.directory, { recursive: true, force: true });
  }

  private setApiLimits(): void {
    const { apiRatePerSecond, apiRates, apiLoads } = this.settings;
    this.parts.limits.clear();
    this.setApiRates({ '*': apiRatePerSecond, ...apiRates });
    this.setApiLoads(apiLoads);
  }
}

/** Starts an emulator on free ports of the loopback interface. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const settings = settingsOf(options);
  const clock = new Clock(settings.now, settings.skewMs);
  const keys = new KeyRing();
  const { secretId, secretKey } = settings;
  keys.add({ kind: 'permanent', secretId, secretKey, token: '', expiredTime: Number.POSITIVE_INFINITY });
  const log = new RequestLog(clock.unskewed);
  const faults = new Faults(clock.unskewed);
  const cos = new Cos(settings, keys, clock);
  const limits = new ApiLimits(clock.unskewed);
  const rate = new ApiRate(limits, settings.apiCountsRefused, clock.unskewed);
  const vod = new Vod(settings, keys, clock, cos.objects, rate);
  const oidc = new OidcIssuer(settings.oidc, clock);
  const sts = new Sts(settings, keys, clock, oidc, rate);
  const authority = await Authority.create();
  const gate = new Gate(
    new Front(log, faults, clock, settings.bodyIdleMs),
    { vod, cos, sts, oidc },
    authority,
    clock.unskewed,
  );
  const names = new EmulatedNames(gate.outages, clock.unskewed);
  const namesServer = await NamesServer.open(names);
  const proxy: ProxyFigures = { tunnels: 0, refused: [] };

  const auth = settings.proxyAuth;
  const login =
    auth === undefined ? '' : `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@`;
  const oidcUrl = `http://127.0.0.1:${await gate.open('oidc', false)}`;
  const urls: EmulatorUrls = {
    proxyUrl: `http://${login}127.0.0.1:${await gate.openProxy(createProxy(gate, auth, proxy))}`,
    vodUrl: `http://127.0.0.1:${await gate.open('vod', false)}`,
    stsUrl: `http://127.0.0.1:${await gate.open('sts', false)}`,
    cosUrl: `http://127.0.0.1:${await gate.open('cos', false)}`,
    oidcUrl,
    vodTlsUrl: `https://localhost:${await gate.open('vod', true)}`,
    stsTlsUrl: `https://localhost:${await gate.open('sts', true)}`,
    cosTlsUrl: `https://localhost:${await gate.open('cos', true)}`,
    oidcRequestUrl: `${oidcUrl}/token?api-version=2.0`,
    oidcRequestToken: oidc.requestToken,
    namesUrl: namesServer.url,
  };
  const directory = mkdtempSync(join(tmpdir(), 'vod-emulator-'));
  const { caPem } = authority;
  const cloud = new EmulatedCloud(settings, clock, {
    log,
    faults,
    keys,
    vod,
    cos,
    sts,
    gate,
    names,
    namesServer,
    limits,
    rate,
    proxy,
    directory,
    caPem,
  });
  return Object.assign(cloud, urls);
}
