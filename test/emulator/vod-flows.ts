import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.js';
import { ServiceError } from './service-error.js';
import { FlowRules, type FlowScript } from './vod-flow-script.js';
import type { MediaLibrary } from './vod-media-library.js';
import type { Medium } from './vod-medium.js';
import type {
  Answered,
  ProcessMediaByProcedureRequest,
  ProcessMediaByProcedureResponse,
} from './vod-models.js';
import type { Procedure, Procedures } from './vod-procedures.js';
import { hasProcedureTask, resultsOf } from './vod-results.js';
import type { Task } from './vod-task.js';
import type { Tasks } from './vod-tasks.js';

/** A SessionId is not taken twice within this time. */
const SESSION_LIFE = 7 * 24 * 3600_000;

/** What a test may say about a task that no flow here starts, such as one of another user. */
export type OtherTask = Partial<
  Pick<
    Task,
    'type' | 'subAppId' | 'fileId' | 'sessionContext' | 'createdAt' | 'waitingMs' | 'processingMs' | 'end'
  >
>;

/** What a start of a flow carries along. */
interface Start {
  sessionId: string;
  sessionContext: string;
  priority: number;
  notifyMode: string;
}

/** Starts task flows. */
export class Flows {
  readonly rules = new FlowRules();
  private readonly sessions = new Map<string, number>();
  private sequence = 0;

  constructor(
    private readonly procedures: Procedures,
    private readonly tasks: Tasks,
    private readonly library: MediaLibrary,
    private readonly clock: Clock,
  ) {}

  /** The flow that ApplyUpload asked for, if any. A procedure that the account does not know starts nothing. */
  startByCommit(medium: Medium): void {
    const { Procedure: name = '', SessionContext = '' } = medium.session.request;
    const procedure = this.procedures.find(name);
    if (procedure === undefined) return;
    this.start(medium, procedure, {
      sessionId: '',
      sessionContext: SessionContext,
      priority: 0,
      notifyMode: '',
    });
  }

  /** ProcessMediaByProcedure. */
  startByRequest(
    request: ProcessMediaByProcedureRequest,
    subAppId: number,
    takesPaths: boolean,
  ): Answered<ProcessMediaByProcedureResponse> {
    const { ProcedureName, SessionId = '', SessionContext = '', TasksPriority = 0 } = request;
    const medium = this.mediumOf(request, subAppId, takesPaths);
    const procedure = this.procedures.find(ProcedureName);
    if (procedure === undefined) {
      throw new ServiceError(
        'InvalidParameterValue.ProcedureName',
        `There is no procedure ${ProcedureName}.`,
      );
    }
    if (medium.sourceDeleted) throw new ServiceError('FailedOperation', 'The source file was deleted.');
    this.claim(SessionId, subAppId);
    return this.start(medium, procedure, {
      sessionId: SessionId,
      sessionContext: SessionContext,
      priority: TasksPriority,
      notifyMode: request.TasksNotifyMode ?? 'Finish',
    });
  }

  /** Adds a task that belongs to nobody here, and returns its id. */
  addOther(task: OtherTask, subAppId: number): string {
    return this.add({ type: 'EditMedia', subAppId, fileId: '', createdAt: this.clock.now(), ...task });
  }

  /** Forgets scripts and SessionIds. */
  reset(): void {
    this.rules.clear();
    this.sessions.clear();
    this.sequence = 0;
  }

  private mediumOf(request: ProcessMediaByProcedureRequest, subAppId: number, takesPaths: boolean): Medium {
    const { FileId, MediaStoragePath } = request;
    if (MediaStoragePath !== undefined && !takesPaths) {
      throw new ServiceError('InvalidParameterValue', 'The application is not in FileID + Path mode.');
    }
    if ((FileId === undefined) === (MediaStoragePath === undefined)) {
      throw new ServiceError(
        'InvalidParameterValue.FileId',
        'One of FileId and MediaStoragePath is required.',
      );
    }
    const medium = this.library.all.find((candidate) => {
      if (candidate.subAppId !== subAppId) return false;
      return FileId === undefined
        ? `/${candidate.session.mediaKey}` === MediaStoragePath
        : candidate.fileId === FileId;
    });
    if (medium === undefined) {
      throw new ServiceError('InvalidParameterValue.FileId', 'The file does not exist.');
    }
    return medium;
  }

  private claim(sessionId: string, subAppId: number): void {
    if (sessionId === '') return;
    const now = this.clock.now();
    const name = `${subAppId} ${sessionId}`;
    if (now - (this.sessions.get(name) ?? Number.NEGATIVE_INFINITY) < SESSION_LIFE) {
      throw new ServiceError(
        'InvalidParameterValue.UniqueIdentifier',
        `The SessionId ${sessionId} was used before.`,
      );
    }
    this.sessions.set(name, now);
  }

  private start(
    medium: Medium,
    procedure: Procedure,
    start: Start,
  ): Answered<ProcessMediaByProcedureResponse> {
    const script = this.rules.draw(medium, procedure.Name);
    const { fileId, subAppId } = medium;
    const common = {
      ...start,
      subAppId,
      fileId,
      createdAt: this.clock.now(),
      procedure: procedure.Name,
      hidden: script.never ?? false,
      waitingMs: script.waitingMs ?? 0,
      processingMs: script.processingMs ?? 1000,
      end: script.end ?? 'finish',
    };
    // Starting to process counts as a change of the medium.
    this.library.change(medium, {});
    return {
      TaskId: hasProcedureTask(procedure, script)
        ? this.add({ ...common, type: 'Procedure', results: resultsOf(procedure, script) })
        : '',
      ReviewAudioVideoTaskId: this.startReview(procedure, script, common),
      ImportMediaKnowledgeTaskIdSet: (procedure.ImportMediaKnowledgeTaskSet ?? []).map(() =>
        this.add({ ...common, type: 'ImportMediaKnowledge' }),
      ),
    };
  }

  private startReview(procedure: Procedure, script: FlowScript, common: Partial<Task> & OtherTask): string {
    const template = procedure.ReviewAudioVideoTask;
    const review = script.review === undefined && template !== undefined ? {} : script.review;
    if (review === null || review === undefined) return '';
    return this.add({
      ...common,
      type: 'ReviewAudioVideo',
      createdAt: this.clock.now() + (review.createdMs ?? 0),
      waitingMs: review.waitingMs ?? common.waitingMs ?? 0,
      processingMs: review.processingMs ?? common.processingMs ?? 0,
      end: review.end ?? 'finish',
      review: {
        definition: template?.Definition ?? 10,
        ...review,
        contents: template?.ReviewContents ?? ['Media'],
      },
    });
  }

  private add(task: Partial<Task>): string {
    const { subAppId = 0, type = 'Procedure' } = task;
    const whole: Task = {
      taskId: `${subAppId}-${type}-${randomBytes(16).toString('hex')}t0`,
      type,
      subAppId,
      fileId: '',
      sessionId: '',
      sessionContext: '',
      createdAt: 0,
      waitingMs: 0,
      processingMs: 1000,
      end: 'finish',
      hidden: false,
      sequence: this.sequence,
      procedure: '',
      priority: 0,
      notifyMode: '',
      results: { media: [], contentReview: [], analysis: [], recognition: [] },
      review: { contents: [] },
      ...task,
    };
    this.sequence += 1;
    this.tasks.add(whole);
    return whole.taskId;
  }
}
