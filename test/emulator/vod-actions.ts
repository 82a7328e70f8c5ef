import type { Clock } from './clock.js';
import type { KeyRing } from './keys.js';
import { manifestSegments } from './manifest-segments.js';
import type { Settings } from './options.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import { subAppIdOf } from './vod-apply.js';
import type { Parameters } from './vod-fields.js';
import { describeMediaInfos, MediaInfos } from './vod-media-info.js';
import { MediaLibrary } from './vod-media-library.js';
import { type Medium, newMedium } from './vod-medium.js';
import type { Answered, DescribeMediaInfosRequest, DescribeMediaInfosResponse } from './vod-models.js';
import { modifyMediaInfo } from './vod-modify.js';
import type { Lags } from './vod-options.js';
import { deleteMedia, forbidMediaDistribution } from './vod-removal.js';
import type { Requests } from './vod-requests.js';
import { searchMedia } from './vod-search.js';
import { Uploads } from './vod-uploads.js';

type Handler<Request> = (request: Request, subAppId: number) => Record<string, unknown>;

/** What the actions do, for requests that may be made and whose parameters were checked. */
export class VodActions {
  readonly uploads: Uploads;
  readonly library: MediaLibrary;
  private readonly infos: MediaInfos;
  private readonly lags: Lags;
  private readonly handlers: { [Action in keyof Requests]: Handler<Requests[Action]> };

  constructor(
    private readonly settings: Settings,
    keys: KeyRing,
    private readonly clock: Clock,
    objects: ReadonlyMap<string, StoredObject>,
  ) {
    const { vod } = settings;
    this.lags = { ...vod.lags };
    const library = new MediaLibrary(clock, vod.lags);
    const infos = new MediaInfos(objects, clock, vod);
    const uploads = new Uploads(settings, keys, clock, objects, (session) => library.add(session));
    this.library = library;
    this.infos = infos;
    this.uploads = uploads;
    this.handlers = {
      ApplyUpload: (request, subAppId) => uploads.apply(request, subAppId),
      CommitUpload: (request, subAppId) => uploads.commit(request, subAppId),
      ParseStreamingManifest: ({ MediaManifestContent, ManifestType = 'm3u8' }) => ({
        MediaSegmentSet: manifestSegments(MediaManifestContent, ManifestType),
      }),
      DescribeMediaInfos: (request, subAppId) => this.describe(request, subAppId),
      SearchMedia: (request, subAppId) => {
        const known = library.index.media(clock.now()).filter((medium) => medium.subAppId === subAppId);
        return searchMedia(request, known, infos);
      },
      ModifyMediaInfo: (request, subAppId) => modifyMediaInfo(request, subAppId, library, vod, clock.now()),
      DeleteMedia: (request, subAppId) => deleteMedia(request, subAppId, library),
      ForbidMediaDistribution: (request, subAppId) => forbidMediaDistribution(request, subAppId, library),
    };
  }

  /** Does an action for the application that it names. */
  act(action: string, parameters: Parameters): Record<string, unknown> {
    const handler = this.handlers[action as keyof Requests] as Handler<Parameters>;
    // The one action that is about no application has no such parameter, even where accounts must name theirs.
    if (action === 'ParseStreamingManifest') return handler(parameters, this.settings.appId);
    const { SubAppId } = parameters as { SubAppId?: number };
    return handler(parameters, subAppIdOf(SubAppId, this.settings));
  }

  /** Forgets all uploads and media, and goes back to the lags of the options. */
  reset(): void {
    this.uploads.sessions.clear();
    this.library.clear();
    Object.assign(this.settings.vod.lags, this.lags);
  }

  private describe(
    request: DescribeMediaInfosRequest,
    subAppId: number,
  ): Answered<DescribeMediaInfosResponse> {
    const { FileIds } = request;
    if (FileIds.length === 0) {
      throw new ServiceError('InvalidParameterValue.FileIdsEmpty', 'FileIds is empty.');
    }
    const asked = new Set(FileIds);
    const media = [...asked].map((id) => this.library.find(subAppId, id) ?? this.uncommitted(subAppId, id));
    const found = media.filter((medium) => medium !== undefined);
    return describeMediaInfos(
      request,
      found.sort((a, b) => (a.fileId < b.fileId ? -1 : 1)),
      this.infos,
    );
  }

  /** An upload that was applied for, where it can be described as if it were a medium. */
  private uncommitted(subAppId: number, fileId: string): Medium | undefined {
    if (!this.settings.vod.describeUncommitted) return undefined;
    const session = [...this.uploads.sessions.values()].find((candidate) => {
      return candidate.fileId === fileId && candidate.subAppId === subAppId && candidate.commits === 0;
    });
    return session === undefined ? undefined : newMedium(session, this.clock.now());
  }
}
