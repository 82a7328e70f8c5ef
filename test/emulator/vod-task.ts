import type { FlowScript, ResultScript, ReviewScript } from './vod-flow-script.js';

/** Tasks can be asked for this long. */
export const TASK_LIFE = 72 * 3600_000;

/** An item of a result set that is to come, with everything filled in. */
export type Result = Required<Omit<ResultScript, 'afterMs'>> & { afterMs: number };

/** The result sets of a flow. */
export interface Results {
  media: Result[];
  contentReview: Result[];
  analysis: Result[];
  recognition: Result[];
}

/** A task. What becomes of it is settled when it is created, and shows as the clock goes on. */
export interface Task {
  taskId: string;
  /** `Procedure`, `ReviewAudioVideo`, `ImportMediaKnowledge`, or that of another user's task. */
  type: string;
  subAppId: number;
  fileId: string;
  sessionId: string;
  sessionContext: string;
  /** Milliseconds since the epoch, by the emulator's clock; it may be ahead. */
  createdAt: number;
  waitingMs: number;
  processingMs: number;
  end: NonNullable<FlowScript['end']>;
  /** It is never seen. */
  hidden: boolean;
  /** Serial number; what the documents leave open is answered in one way or the other by it. */
  sequence: number;
  /** Of flows. */
  procedure: string;
  priority: number;
  notifyMode: string;
  results: Results;
  /** Of reviews. */
  review: ReviewScript & { contents: readonly string[] };
}

export type TaskStatus = 'WAITING' | 'PROCESSING' | 'FINISH' | 'ABORTED';

/** How a task stands. */
export interface TaskState {
  status: TaskStatus;
  /** Milliseconds since the epoch; `undefined` while it has not begun, or has not ended. An aborted task has neither. */
  begunAt: number | undefined;
  finishedAt: number | undefined;
}

/** How a task stands at a time. */
export function stateOf(task: Task, now: number): TaskState {
  const begunAt = task.createdAt + task.waitingMs;
  if (now < begunAt) return { status: 'WAITING', begunAt: undefined, finishedAt: undefined };
  if (task.end === 'abort') return { status: 'ABORTED', begunAt: undefined, finishedAt: undefined };
  const finishedAt = begunAt + task.processingMs;
  if (task.end === 'hang' || now < finishedAt)
    return { status: 'PROCESSING', begunAt, finishedAt: undefined };
  return { status: 'FINISH', begunAt, finishedAt };
}
