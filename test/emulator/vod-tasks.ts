import { createHash } from 'node:crypto';
import type { Clock } from './clock.js';
import { ServiceError } from './service-error.js';
import type {
  Answered,
  Complete,
  DescribeTasksRequest,
  DescribeTasksResponse,
  TaskSimpleInfo,
} from './vod-models.js';
import type { Lags } from './vod-options.js';
import { stateOf, TASK_LIFE, type Task, type TaskState } from './vod-task.js';
import { isoTime, isWithin } from './vod-time.js';

/** A time of a task, or what the documents and their examples show for none: nothing, or the year 1. */
export function taskTime(time: number | undefined, task: Task): string {
  if (time !== undefined) return isoTime(time);
  return task.sequence % 2 === 0 ? '' : '0001-01-01T00:00:00Z';
}

function simpleInfo(task: Task, { status, begunAt, finishedAt }: TaskState): Complete<TaskSimpleInfo> {
  return {
    TaskId: task.taskId,
    Status: status,
    FileId: task.fileId,
    // The list of types begins them with capital letters, the examples do not.
    TaskType: task.sequence % 3 === 2 ? task.type.charAt(0).toLowerCase() + task.type.slice(1) : task.type,
    CreateTime: isoTime(task.createdAt),
    BeginProcessTime: taskTime(begunAt, task),
    FinishTime: taskTime(finishedAt, task),
    SessionId: task.sessionId,
    SessionContext: task.sessionContext,
  };
}

/** What a page begins after, and the query that it belongs to. */
type Position = [query: string, key: number, taskId: string];

function digestOf({ ScrollToken: _token, Limit: _limit, ...query }: DescribeTasksRequest): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('hex').slice(0, 16);
}

function positionOf(token: string, query: string): Position {
  let position: unknown;
  try {
    position = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    position = undefined;
  }
  if (!Array.isArray(position) || position[0] !== query) {
    throw new ServiceError('InvalidParameterValue', 'The ScrollToken does not belong to this query.');
  }
  return position as Position;
}

/** The tasks of the account. */
export class Tasks {
  private readonly byId = new Map<string, Task>();
  private readonly byFile = new Map<string, Task[]>();

  constructor(
    private readonly clock: Clock,
    private readonly lags: Lags,
  ) {}

  add(task: Task): void {
    this.byId.set(task.taskId, task);
    this.byFile.set(task.fileId, [...this.ofFile(task.fileId), task]);
  }

  /** The tasks of a medium, those that nobody can ask for included, in the order in which they were started. */
  ofFile(fileId: string): readonly Task[] {
    return this.byFile.get(fileId) ?? [];
  }

  /** Every task, those that nobody can ask for included, in the order in which they were started. */
  get all(): Task[] {
    return [...this.byId.values()];
  }

  /** A task that can be asked for: of the application, visible by now, and not too old. */
  find(subAppId: number, taskId: string): Task | undefined {
    const task = this.byId.get(taskId);
    return task !== undefined && this.isVisible(task, subAppId) ? task : undefined;
  }

  /**
   * DescribeTasks. Without Sort the order means nothing. A page that holds anything ends with a token, the last one too.
   */
  describe(request: DescribeTasksRequest, subAppId: number): Answered<DescribeTasksResponse> {
    const now = this.clock.now();
    const { Status, FileId, CreateTime, FinishTime, Sort, Limit = 10, ScrollToken = '' } = request;
    const sign = Sort?.Order === 'Desc' ? -1 : 1;
    const compare = (a: readonly [number, string], b: readonly [number, string]): number =>
      sign * (a[0] - b[0]) || (a[1] < b[1] ? -1 : Number(a[1] > b[1]));
    const found = this.all
      .filter((task) => this.isVisible(task, subAppId))
      .map((task) => {
        const state = stateOf(task, now);
        const key = { CreateTime: task.createdAt, FinishTime: state.finishedAt ?? Number.MAX_SAFE_INTEGER };
        return {
          task,
          state,
          at: [Sort === undefined ? 0 : key[Sort.Field as keyof typeof key], task.taskId] as const,
        };
      })
      .filter(({ task, state }) => {
        return (
          (Status ?? state.status) === state.status &&
          (FileId ?? task.fileId) === task.fileId &&
          isWithin(CreateTime, task.createdAt, 'excluded') &&
          isWithin(FinishTime, state.finishedAt, 'excluded')
        );
      })
      .sort((a, b) => compare(a.at, b.at));
    const query = digestOf(request);
    const [, ...after] = ScrollToken === '' ? [] : positionOf(ScrollToken, query);
    const rest =
      after.length === 0 ? found : found.filter(({ at }) => compare(at, after as [number, string]) > 0);
    const page = rest.slice(0, Limit);
    const last = page.at(-1);
    const position: Position | undefined = last === undefined ? undefined : [query, ...last.at];
    return {
      TaskSet: page.map(({ task, state }) => simpleInfo(task, state)),
      ScrollToken: position === undefined ? '' : Buffer.from(JSON.stringify(position)).toString('base64url'),
    };
  }

  clear(): void {
    this.byId.clear();
    this.byFile.clear();
  }

  private isVisible(task: Task, subAppId: number): boolean {
    const age = this.clock.now() - task.createdAt;
    return !task.hidden && task.subAppId === subAppId && age >= this.lags.task && age < TASK_LIFE;
  }
}
