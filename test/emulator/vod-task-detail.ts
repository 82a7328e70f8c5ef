import { folderUrlOf } from './upload-session.js';
import type { Medium } from './vod-medium.js';
import type {
  AiAnalysisResult,
  AiContentReviewResult,
  AiRecognitionResult,
  Answered,
  Complete,
  DescribeTaskDetailResponse,
  ImportMediaKnowledgeTask,
  MediaProcessTaskResult,
  ProcedureTask,
  ReviewAudioVideoTask,
} from './vod-models.js';
import { MEDIA_TYPES, outputOf } from './vod-outputs.js';
import { type Result, stateOf, type Task, type TaskState } from './vod-task.js';
import { taskTime } from './vod-tasks.js';
import { isoTime } from './vod-time.js';

const NO_TASK: Omit<
  Answered<DescribeTaskDetailResponse>,
  'TaskType' | 'Status' | 'CreateTime' | 'BeginProcessTime' | 'FinishTime'
> = {
  ProcedureTask: null,
  EditMediaTask: null,
  WechatPublishTask: null,
  ComposeMediaTask: null,
  SplitMediaTask: null,
  WechatMiniProgramPublishTask: null,
  PullUploadTask: null,
  TranscodeTask: null,
  ConcatTask: null,
  ClipTask: null,
  CreateImageSpriteTask: null,
  SnapshotByTimeOffsetTask: null,
  RemoveWatermarkTask: null,
  RebuildMediaTask: null,
  ExtractTraceWatermarkTask: null,
  ExtractCopyRightWatermarkTask: null,
  ReviewAudioVideoTask: null,
  ReduceMediaBitrateTask: null,
  DescribeFileAttributesTask: null,
  QualityInspectTask: null,
  QualityEnhanceTask: null,
  ComplexAdaptiveDynamicStreamingTask: null,
  ProcessMediaByMPSTask: null,
  AigcImageTask: null,
  AigcVideoTask: null,
  ImportMediaKnowledge: null,
  SceneAigcImageTask: null,
  SceneAigcVideoTask: null,
  ProcessImageAsyncTask: null,
  ExtractBlindWatermarkTask: null,
  CreateAigcAdvancedCustomElementTask: null,
  CreateAigcCustomVoiceTask: null,
  CreateAigcSubjectTask: null,
  AigcVideoRedrawTask: null,
  AigcAudioTask: null,
  CreateAigcAudioCloneTask: null,
  DescribeAigcFaceInfoAsyncTask: null,
};

const NO_MEDIA_RESULT: Omit<Complete<MediaProcessTaskResult>, 'Type'> = {
  TranscodeTask: null,
  AnimatedGraphicTask: null,
  SnapshotByTimeOffsetTask: null,
  SampleSnapshotTask: null,
  ImageSpriteTask: null,
  CoverBySnapshotTask: null,
  AdaptiveDynamicStreamingTask: null,
};

const NO_REVIEW_RESULT: Omit<Complete<AiContentReviewResult>, 'Type'> = {
  PornTask: null,
  TerrorismTask: null,
  PoliticalTask: null,
  PornAsrTask: null,
  PornOcrTask: null,
  PoliticalAsrTask: null,
  PoliticalOcrTask: null,
  TerrorismOcrTask: null,
  ProhibitedOcrTask: null,
  ProhibitedAsrTask: null,
};

const NO_ANALYSIS_RESULT: Omit<Complete<AiAnalysisResult>, 'Type'> = {
  ClassificationTask: null,
  CoverTask: null,
  TagTask: null,
  FrameTagTask: null,
  HighlightTask: null,
};

const NO_RECOGNITION_RESULT: Omit<Complete<AiRecognitionResult>, 'Type'> = {
  HeadTailTask: null,
  SegmentTask: null,
  FaceTask: null,
  AsrWordsTask: null,
  AsrFullTextTask: null,
  AsrTranslateTask: null,
  OcrWordsTask: null,
  OcrFullTextTask: null,
  ObjectTask: null,
};

/** The old numbers for the families of error codes. */
function oldCode(code: string): number {
  if (code === '') return 0;
  if (code.startsWith('InvalidInput')) return 40_000;
  return code.startsWith('SourceFileError') ? 60_000 : 70_000;
}

/** One item of a result set as it stands while its task is processed, or after its end. */
function item(result: Result, task: Task, begunAt: number, now: number, output: () => object): object {
  const length = Math.min(result.afterMs, task.end === 'hang' ? Number.POSITIVE_INFINITY : task.processingMs);
  const elapsed = now - begunAt;
  const ended = elapsed >= length;
  const code = ended ? result.code : '';
  const failed = code !== '';
  let status = 'PROCESSING';
  if (ended) status = failed ? 'FAIL' : 'SUCCESS';
  // A success is worded in either way.
  const message = failed ? result.message : ['', 'SUCCESS'][task.sequence % 2];
  return {
    Status: status,
    ErrCodeExt: code,
    ErrCode: oldCode(code),
    Message: ended ? message : '',
    Input: result.input,
    Output: ended && !failed ? output() : null,
    Progress: ended ? 100 : Math.min(99, Math.floor((100 * elapsed) / length)),
    BeginProcessTime: isoTime(begunAt),
    FinishTime: taskTime(ended ? begunAt + length : undefined, task),
  };
}

/** The legacy reviews do not say when. */
function withoutTimes(whole: object): object {
  const { BeginProcessTime: _begin, FinishTime: _finish, ...rest } = whole as Record<string, unknown>;
  return rest;
}

function procedureTask(
  task: Task,
  { status, begunAt }: TaskState,
  now: number,
  medium: Medium | undefined,
): Complete<ProcedureTask> {
  const folder = medium === undefined ? '' : folderUrlOf(medium.session);
  /** One set; nothing is in it before the task begins. */
  const set = <Item>(
    results: readonly Result[],
    none: object,
    fieldOf: (type: string) => string,
    form: (whole: object) => object = (whole) => whole,
  ): Complete<Item>[] => {
    if (begunAt === undefined) return [];
    return results.map((result) => {
      const output = (): object => {
        const made = outputOf(result, folder);
        // As in the documented sample: the Input tells the template, this Output does not.
        return result.type === 'Transcode' ? { ...made, Definition: 0, ...result.output } : made;
      };
      const whole = item(result, task, begunAt, now, output);
      const filled: object = { Type: result.type, ...none, [fieldOf(result.type)]: form(whole) };
      return filled as Complete<Item>;
    });
  };
  const { media, contentReview, analysis, recognition } = task.results;
  return {
    TaskId: task.taskId,
    // The inner status has no other values.
    Status: status === 'FINISH' || status === 'ABORTED' ? 'FINISH' : 'PROCESSING',
    ErrCode: 0,
    Message: '',
    FileId: task.fileId,
    FileName: medium?.name ?? '',
    FileUrl: medium?.session.mediaUrl ?? '',
    MetaData: null,
    MediaProcessResultSet: set<MediaProcessTaskResult>(media, NO_MEDIA_RESULT, (type) => {
      return (Object.hasOwn(MEDIA_TYPES, type) ? MEDIA_TYPES[type]?.field : undefined) ?? `${type}Task`;
    }),
    AiContentReviewResultSet: set<AiContentReviewResult>(
      contentReview,
      NO_REVIEW_RESULT,
      (type) => `${type.replace('.', '')}Task`,
      withoutTimes,
    ),
    AiAnalysisResultSet: set<AiAnalysisResult>(analysis, NO_ANALYSIS_RESULT, (type) => `${type}Task`),
    AiRecognitionResultSet: set<AiRecognitionResult>(recognition, NO_RECOGNITION_RESULT, (type) => {
      return `${type.replace(/Recognition$/, '')}Task`;
    }),
    TasksPriority: task.priority,
    TasksNotifyMode: task.notifyMode,
    SessionContext: task.sessionContext,
    SessionId: task.sessionId,
    Operator: '',
    OperationType: '',
  };
}

function reviewTask(task: Task, { status }: TaskState): Complete<ReviewAudioVideoTask> {
  const { suggestion = 'pass', label = '', form = '', code = '', message = '' } = task.review;
  const ended = status === 'FINISH' || status === 'ABORTED';
  const failed = ended && code !== '';
  return {
    TaskId: task.taskId,
    Status: ended ? 'FINISH' : 'PROCESSING',
    ErrCodeExt: failed ? code : '',
    Message: failed ? message : '',
    Input: {
      FileId: task.fileId,
      Definition: task.review.definition ?? 0,
      ReviewContents: [...task.review.contents],
    },
    Output:
      status !== 'FINISH' || failed
        ? null
        : {
            Suggestion: suggestion,
            Label: label,
            Form: form,
            SegmentSet: [],
            SegmentSetFileUrl: '',
            SegmentSetFileUrlExpireTime: '',
            CoverReviewResult: null,
          },
    SessionId: task.sessionId,
    SessionContext: task.sessionContext,
  };
}

function knowledgeTask(task: Task, { status }: TaskState): Complete<ImportMediaKnowledgeTask> {
  return {
    TaskId: task.taskId,
    FileId: task.fileId,
    Input: { Definition: 0, KnowledgeBaseIds: [] },
    Status: status === 'FINISH' || status === 'ABORTED' ? 'FINISH' : 'PROCESSING',
    ErrCode: 0,
    Message: '',
  };
}

/** DescribeTaskDetail of a task; of tasks that no procedure starts it tells the status alone. */
export function taskDetail(
  task: Task,
  medium: Medium | undefined,
  now: number,
): Answered<DescribeTaskDetailResponse> {
  const state = stateOf(task, now);
  return {
    TaskType: task.type,
    Status: state.status,
    CreateTime: isoTime(task.createdAt),
    BeginProcessTime: taskTime(state.begunAt, task),
    FinishTime: taskTime(state.finishedAt, task),
    ...NO_TASK,
    ...(task.type === 'Procedure' ? { ProcedureTask: procedureTask(task, state, now, medium) } : {}),
    ...(task.type === 'ReviewAudioVideo' ? { ReviewAudioVideoTask: reviewTask(task, state) } : {}),
    ...(task.type === 'ImportMediaKnowledge' ? { ImportMediaKnowledge: knowledgeTask(task, state) } : {}),
  };
}
