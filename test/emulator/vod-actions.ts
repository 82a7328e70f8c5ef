import type { Clock } from './clock.js';
import type { KeyRing } from './keys.js';
import { manifestSegments } from './manifest-segments.js';
import type { Settings } from './options.js';
import { ServiceError } from './service-error.js';
import type { StoredObject } from './stored-object.js';
import { subAppIdOf } from './vod-apply.js';
import { attachSubtitles } from './vod-attach.js';
import type { Parameters } from './vod-fields.js';
import { Flows } from './vod-flows.js';
import { describeMediaInfos, MediaInfos } from './vod-media-info.js';
import { MediaLibrary } from './vod-media-library.js';
import { type Medium, type MediumState, newMedium } from './vod-medium.js';
import type {
  Answered,
  ApplyUploadRequest,
  DescribeMediaInfosRequest,
  DescribeMediaInfosResponse,
  DescribeTaskDetailRequest,
  DescribeTaskDetailResponse,
} from './vod-models.js';
import { modifyMediaInfo } from './vod-modify.js';
import type { Lags } from './vod-options.js';
import { Procedures } from './vod-procedures.js';
import { deleteMedia, forbidMediaDistribution } from './vod-removal.js';
import type { Requests } from './vod-requests.js';
import { searchMedia } from './vod-search.js';
import { taskDetail } from './vod-task-detail.js';
import { Tasks } from './vod-tasks.js';
import { Uploads } from './vod-uploads.js';

/** A medium of somebody else: what its ApplyUpload asked for, and what it has become. */
export interface OtherMedium extends Partial<MediumState> {
  /** The primary application unless given. */
  subAppId?: number;
  /** Milliseconds since the epoch; now unless given. */
  createdAt?: number;
  request?: Partial<ApplyUploadRequest>;
}

type Handler<Request> = (request: Request, subAppId: number) => Record<string, unknown>;

/** What the actions do, for requests that may be made and whose parameters were checked. */
export class VodActions {
  readonly uploads: Uploads;
  readonly library: MediaLibrary;
  readonly tasks: Tasks;
  readonly procedures: Procedures;
  readonly flows: Flows;
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
    const tasks = new Tasks(clock, vod.lags);
    const procedures = new Procedures(vod.procedures);
    const flows = new Flows(procedures, tasks, library, clock);
    const infos = new MediaInfos(objects, clock, vod, tasks);
    const uploads = new Uploads(settings, keys, clock, objects, (session) => {
      flows.startByCommit(library.add(session));
    });
    this.tasks = tasks;
    this.procedures = procedures;
    this.flows = flows;
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
      DeleteMedia: (request, subAppId) => deleteMedia(request, subAppId, library, clock.now()),
      ForbidMediaDistribution: (request, subAppId) => forbidMediaDistribution(request, subAppId, library),
      AttachMediaSubtitles: (request, subAppId) =>
        attachSubtitles(request, subAppId, library, (medium) => infos.outputsOf(medium)),
      DescribeTasks: (request, subAppId) => tasks.describe(request, subAppId),
      DescribeTaskDetail: (request, subAppId) => this.describeTask(request, subAppId),
      DescribeProcedureTemplates: (request) => procedures.describe(request),
      ProcessMediaByProcedure: (request, subAppId) =>
        flows.startByRequest(request, subAppId, settings.pathSubAppIds.includes(subAppId)),
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

  /** Adds a medium that no client here uploaded, and returns its FileId. */
  addOther(other: OtherMedium): string {
    const { subAppId = this.settings.appId, createdAt, request, ...given } = other;
    const applied = { MediaType: 'mp4', ...request };
    return this.library.add(this.uploads.begin(applied, subAppId), createdAt, given).fileId;
  }

  /** Forgets uploads, media, tasks, scripts and added procedures, and goes back to the lags of the options. */
  reset(): void {
    this.uploads.sessions.clear();
    this.library.clear();
    this.tasks.clear();
    this.procedures.reset();
    this.flows.reset();
    Object.assign(this.settings.vod.lags, this.lags);
  }

  private describeTask(
    { TaskId }: DescribeTaskDetailRequest,
    subAppId: number,
  ): Answered<DescribeTaskDetailResponse> {
    if (!/^\d+-\w+-\w+$/.test(TaskId)) {
      throw new ServiceError('InvalidParameterValue.TaskId', `${TaskId} is not the id of a task.`);
    }
    const task = this.tasks.find(subAppId, TaskId);
    if (task === undefined) throw new ServiceError('ResourceNotFound', `The task ${TaskId} does not exist.`);
    return taskDetail(task, this.library.find(subAppId, task.fileId), this.clock.now());
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
