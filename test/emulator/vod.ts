import { apiAnswer, apiRefusal, jsonBody, jsonParameters } from './api-answer.js';
import { header, required, verifyForm, verifyTc3 } from './api-auth.js';
import { ApiRate } from './api-rate.js';
import type { Call } from './call.js';
import type { Clock } from './clock.js';
import { hostnameOf, isLoopback, serviceOfHost } from './hosts.js';
import type { KeyRing } from './keys.js';
import { manifestSegments } from './manifest-segments.js';
import type { Settings } from './options.js';
import type { Answer, Service } from './service.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import type { UploadSession } from './upload-session.js';
import { applyUpload, subAppIdOf } from './vod-apply.js';
import { checkParameters, type Parameters, parametersOfForm } from './vod-fields.js';

const VERSION = '2018-07-17';
const PARSE_RATE = 20;
const FORM_FIELDS = new Set(
  'Action Version Region Timestamp Nonce SecretId Token RequestClient SignatureMethod Signature Language'.split(
    ' ',
  ),
);

/** The VOD API, version 2018-07-17, as far as an upload needs it. */
export class Vod implements Service {
  readonly name = 'vod';
  readonly payloadLimit = 10 * 1024 * 1024;
  readonly latencyMs: number;
  readonly sessions = new Map<string, UploadSession>();
  readonly rate = new ApiRate();
  private coverless = 0;

  constructor(
    private readonly settings: Settings,
    private readonly keys: KeyRing,
    private readonly clock: Clock,
    private readonly objects: ReadonlyMap<string, StoredObject>,
  ) {
    this.latencyMs = settings.apiLatencyMs;
  }

  identify(call: Call): void {
    const { entry } = call;
    const form = this.formOf(call);
    if (form !== undefined) {
      entry.action = form.get('Action') ?? '';
      entry.body = parametersOfForm(entry.action, form, FORM_FIELDS);
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
    this.rate.count(entry.action, this.rateOf(entry.action), Date.now());
    const form = this.formOf(call);
    const version = form === undefined ? header(call, 'x-tc-version') : form.get('Version');
    const region = form === undefined ? header(call, 'x-tc-region') : form.get('Region');
    required(entry.action, 'Action');
    if (required(version, 'Version') !== VERSION) {
      throw new ServiceError('NoSuchVersion', `The version ${version} does not exist.`);
    }
    if (form === undefined) verifyTc3(call, 'vod', this.keys, this.clock);
    else verifyForm(call, form, this.keys, this.clock);
    const given =
      form === undefined ? jsonParameters(call) : parametersOfForm(entry.action, form, FORM_FIELDS);
    const parameters = checkParameters(entry.action, given);
    if (entry.action === 'ApplyUpload' || entry.action === 'CommitUpload') {
      if (!/^(ap|na|eu|sa|me|af)-[a-z]+(-[a-z0-9]+)*$/.test(required(region, 'Region'))) {
        throw new ServiceError('UnsupportedRegion', `The region ${region} is not supported.`);
      }
    }
    return apiAnswer(this.act(entry.action, parameters));
  }

  /** Forgets all uploads. */
  reset(): void {
    this.sessions.clear();
    this.rate.reset();
  }

  private rateOf(action: string): number {
    const limit = this.settings.apiRatePerSecond;
    return action === 'ParseStreamingManifest' ? Math.min(limit, PARSE_RATE) : limit;
  }

  private formOf(call: Call): Map<string, string> | undefined {
    const type = header(call, 'content-type') ?? '';
    if (!type.startsWith('application/x-www-form-urlencoded')) return undefined;
    return new Map(new URLSearchParams(call.payload.toString('utf8')));
  }

  private act(action: string, parameters: Parameters): Record<string, unknown> {
    switch (action) {
      case 'ApplyUpload':
        return this.apply(parameters);
      case 'CommitUpload':
        return this.commit(parameters);
      case 'ParseStreamingManifest': {
        const content = String(parameters.MediaManifestContent);
        return { MediaSegmentSet: manifestSegments(content, String(parameters.ManifestType ?? 'm3u8')) };
      }
      default:
        return this.describe(parameters);
    }
  }

  private apply(parameters: Parameters): Record<string, unknown> {
    const session = applyUpload(parameters, this.settings, this.keys, this.clock);
    this.sessions.set(session.vodSessionKey, session);
    const { certificate } = session;
    let cover: string | null = `/${session.coverKey}`;
    if (session.coverKey === '') {
      // Both answers have been seen for uploads without a cover, so clients must stand both.
      this.coverless += 1;
      cover = this.coverless % 2 === 0 ? '' : null;
    }
    return {
      StorageBucket: session.bucket,
      StorageRegion: session.storageRegion,
      VodSessionKey: session.vodSessionKey,
      MediaStoragePath: `/${session.mediaKey}`,
      CoverStoragePath: cover,
      TempCertificate: {
        SecretId: certificate.secretId,
        SecretKey: certificate.secretKey,
        Token: certificate.token,
        ExpiredTime: certificate.expiredTime,
      },
    };
  }

  private commit(parameters: Parameters): Record<string, unknown> {
    const subAppId = subAppIdOf(parameters, this.settings);
    const session = this.sessions.get(String(parameters.VodSessionKey));
    if (session === undefined || session.subAppId !== subAppId) {
      throw new ServiceError('InvalidParameterValue.VodSessionKey', 'The VodSessionKey is not valid.');
    }
    session.commitAttempts += 1;
    if (session.commits > 0 && this.settings.repeatedCommit !== 'same-answer') {
      throw new ServiceError(this.settings.repeatedCommit, 'The upload has been committed before.');
    }
    for (const key of session.coverKey === '' ? [session.mediaKey] : [session.mediaKey, session.coverKey]) {
      if ((this.objects.get(key)?.size ?? 0) === 0) {
        throw new ServiceError('ResourceNotFound', `The object /${key} is missing or empty.`);
      }
    }
    session.commits = 1;
    return { FileId: session.fileId, MediaUrl: session.mediaUrl, CoverUrl: session.coverUrl };
  }

  private describe(parameters: Parameters): Record<string, unknown> {
    const subAppId = subAppIdOf(parameters, this.settings);
    const given = parameters.FileIds;
    const fileIds = Array.isArray(given) ? given : [];
    if (fileIds.length === 0)
      throw new ServiceError('InvalidParameterValue.FileIdsEmpty', 'FileIds is empty.');
    if (fileIds.length > 20) {
      throw new ServiceError('InvalidParameterValue.FileIdsOverLimit', 'FileIds holds more than 20 ids.');
    }
    const committed = [...this.sessions.values()].filter((session) => session.commits > 0);
    const found = committed.filter(
      (session) => session.subAppId === subAppId && fileIds.includes(session.fileId),
    );
    const foundIds = new Set(found.map((session) => session.fileId));
    return {
      MediaInfoSet: found.map((session) => ({
        FileId: session.fileId,
        BasicInfo: {
          Name: session.request.MediaName ?? '',
          MediaUrl: session.mediaUrl,
          CoverUrl: session.coverUrl,
          Type: session.request.MediaType,
          ClassId: session.request.ClassId ?? 0,
          ExpireTime: session.request.ExpireTime ?? '9999-12-31T23:59:59Z',
          StorageRegion: session.storageRegion,
          SourceInfo: { SourceType: 'Upload', SourceContext: session.request.SourceContext ?? '' },
        },
        MetaData: null,
      })),
      NotExistFileIdSet: fileIds.filter((id) => !foundIds.has(id)),
    };
  }
}
