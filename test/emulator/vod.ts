import { apiAnswer, apiRefusal, jsonBody, jsonParameters } from './api-answer.js';
import { header, required, verifyForm, verifyTc3 } from './api-auth.js';
import type { ApiRate } from './api-rate.js';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { hostnameOf, isLoopback, serviceOfHost } from './hosts.js';
import type { KeyRing } from './keys.js';
import type { Settings } from './options.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import { VodActions } from './vod-actions.js';
import { Permissions } from './vod-permissions.js';
import { checkParameters, formParameters } from './vod-requests.js';

const VERSION = '2018-07-17';
/** Largest body of a request that is signed by signature method 1. */
const LARGEST_FORM = 1024 * 1024;

/** The VOD API, version 2018-07-17, as far as publishing needs it: who may ask for what. */
export class Vod implements Service {
  readonly name = 'vod';
  readonly payloadLimit = 10 * 1024 * 1024;
  readonly latencyMs: number;
  readonly permissions: Permissions;
  readonly actions: VodActions;

  constructor(
    settings: Settings,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    objects: ReadonlyMap<string, StoredObject>,
    private readonly rate: ApiRate,
  ) {
    this.latencyMs = settings.apiLatencyMs;
    this.permissions = new Permissions(settings.vod);
    this.actions = new VodActions(settings, keys, clock, objects);
  }

  identify(call: Call): void {
    const { entry } = call;
    const form = this.formOf(call);
    if (form !== undefined) {
      entry.action = form.get('Action') ?? '';
      entry.body = formParameters(entry.action, form);
      return;
    }
    entry.action = header(call, 'x-tc-action') ?? '';
    entry.body = jsonBody(call);
  }

  refuse(error: ServiceError): Answer {
    return apiRefusal(error);
  }

  async serve(call: Call): Promise<Answer> {
    const { entry } = call;
    const hostname = hostnameOf(entry.host);
    if (!isLoopback(hostname) && serviceOfHost(hostname) !== 'vod') {
      throw new ServiceError('InvalidParameter', `The host ${entry.host} is not an endpoint of VOD.`);
    }
    if (entry.method !== 'POST' || entry.path !== '/' || Object.keys(entry.query).length > 0) {
      throw new ServiceError('UnsupportedOperation', 'Requests are POSTed to the path "/".');
    }
    this.rate.count(entry);
    const form = this.formOf(call);
    const version = form === undefined ? header(call, 'x-tc-version') : form.get('Version');
    const region = form === undefined ? header(call, 'x-tc-region') : form.get('Region');
    required(entry.action, 'Action');
    if (required(version, 'Version') !== VERSION) {
      throw new ServiceError('NoSuchVersion', `The version ${version} does not exist.`);
    }
    const key =
      form === undefined
        ? verifyTc3(call, 'vod', this.keys, this.clock)
        : verifyForm(call, form, this.keys, this.clock);
    this.permissions.check(entry.action, key);
    const given = form === undefined ? jsonParameters(call) : formParameters(entry.action, form);
    const parameters = checkParameters(entry.action, given);
    if (entry.action === 'ApplyUpload' || entry.action === 'CommitUpload') {
      if (!/^(ap|na|eu|sa|me|af)-[a-z]+(-[a-z0-9]+)*$/.test(required(region, 'Region'))) {
        throw new ServiceError('UnsupportedRegion', `The region ${region} is not supported.`);
      }
    }
    return apiAnswer(this.actions.act(entry.action, parameters));
  }

  /** Forgets all uploads, media and denials. */
  reset(): void {
    this.permissions.reset();
    this.actions.reset();
  }

  private formOf(call: Call): Map<string, string> | undefined {
    const type = header(call, 'content-type') ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
    if (call.payload.length > LARGEST_FORM) {
      throw new ServiceError('InvalidRequest', `The form is larger than ${LARGEST_FORM} bytes.`);
    }
    return new Map(new URLSearchParams(call.payload.toString('utf8')));
  }
}
