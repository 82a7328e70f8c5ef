import type { Clock } from './clock.js';
import { folderUrlOf } from './upload-session.js';
import type { Medium } from './vod-medium.js';
import type {
  AdaptiveDynamicStreamingInfoItem,
  Complete,
  CoverBySnapshotTaskOutput,
  FileReviewInfo,
  MediaAdaptiveDynamicStreamingInfo,
  MediaAnimatedGraphicsInfo,
  MediaImageSpriteInfo,
  MediaSampleSnapshotInfo,
  MediaSnapshotByTimeOffsetInfo,
  MediaTranscodeInfo,
  MediaTranscodeItem,
} from './vod-models.js';
import type { Lags } from './vod-options.js';
import { outputOf, transcodeOutput } from './vod-outputs.js';
import { subtitleItem } from './vod-subtitles.js';
import { stateOf, type Task } from './vod-task.js';
import type { Tasks } from './vod-tasks.js';
import { isoTime } from './vod-time.js';

/** The kind of files, as DeleteMedia names it, that an item of a flow belongs to. */
function partOf(type: string): string {
  return type === 'AdaptiveDynamicStreaming' ? 'AdaptiveDynamicStreamingFiles' : 'TranscodeFiles';
}

/** What is there of a medium's flows, by type of the item: the latest of each template. */
export class MediaOutputs {
  private readonly byType = new Map<string, Map<number, Record<string, unknown>>>();
  private readonly review: Task | undefined;
  private readonly hasEndedFlow: boolean;
  private coverAt = Number.NEGATIVE_INFINITY;

  /** @param ended - the medium's tasks that have finished and whose results have reached it, the earliest first */
  constructor(
    private readonly medium: Medium,
    private readonly ended: ReadonlyArray<{ task: Task; finishedAt: number }>,
  ) {
    const folder = folderUrlOf(medium.session);
    for (const { task, finishedAt } of ended) {
      for (const result of task.results.media) {
        if (result.code !== '' || this.wasRemoved(partOf(result.type), result.definition, finishedAt))
          continue;
        const type = result.type === 'ImageSprite' ? 'ImageSprites' : result.type;
        const items = this.byType.get(type) ?? new Map<number, Record<string, unknown>>();
        items.set(result.definition, outputOf(result, folder));
        this.byType.set(type, items);
        if (result.type === 'CoverBySnapshot') this.coverAt = finishedAt;
      }
    }
    this.hasEndedFlow = ended.some(({ task }) => task.type === 'Procedure');
    this.review = ended.findLast(({ task }) => task.type === 'ReviewAudioVideo' && !task.review.code)?.task;
  }

  /** The address of the cover: the newest of what was uploaded, set, and made by a flow. */
  get coverUrl(): string {
    const [made] = this.items<CoverBySnapshotTaskOutput>('CoverBySnapshot').reverse();
    return made !== undefined && this.coverAt >= this.medium.coverSetAt
      ? (made.CoverUrl ?? '')
      : this.medium.coverUrl;
  }

  /** When the medium last changed, by itself or by a task that ended. Milliseconds since the epoch. */
  get updatedAt(): number {
    return Math.max(this.medium.updatedAt, ...this.ended.map(({ finishedAt }) => finishedAt));
  }

  /** The source comes first, as template 0, and is there once a flow has ended. */
  get transcodeInfo(): Complete<MediaTranscodeInfo> | null {
    if (!this.hasEndedFlow) return null;
    const source: Complete<MediaTranscodeItem> = {
      ...transcodeOutput(100_080, ''),
      Definition: 0,
      Url: this.medium.session.mediaUrl,
      Container: this.medium.session.request.MediaType,
    };
    return {
      TranscodeSet: [
        ...(this.medium.sourceDeleted ? [] : [source]),
        ...this.items<MediaTranscodeItem>('Transcode'),
      ],
    };
  }

  get adaptiveInfo(): Complete<MediaAdaptiveDynamicStreamingInfo> | null {
    const items = this.adaptive;
    return items.length === 0 ? null : { AdaptiveDynamicStreamingSet: items };
  }

  /** Adaptive outputs with the subtitles that were attached to them. */
  get adaptive(): Complete<AdaptiveDynamicStreamingInfoItem>[] {
    return this.items<AdaptiveDynamicStreamingInfoItem>('AdaptiveDynamicStreaming').map((output) => {
      const attached = this.medium.attachments.find(({ definition }) => definition === output.Definition);
      if (attached === undefined) return output;
      const subtitles = this.medium.subtitles.filter(({ id }) => attached.subtitleIds.includes(id));
      return {
        ...output,
        SubtitleSet: subtitles.map(subtitleItem),
        DefaultSubtitleId: subtitles.some(({ id }) => id === attached.defaultId) ? attached.defaultId : '',
      };
    });
  }

  get spriteInfo(): Complete<MediaImageSpriteInfo> | null {
    return this.info<MediaImageSpriteInfo>('ImageSprites', 'ImageSpriteSet');
  }

  get snapshotInfo(): Complete<MediaSnapshotByTimeOffsetInfo> | null {
    return this.info<MediaSnapshotByTimeOffsetInfo>('SnapshotByTimeOffset', 'SnapshotByTimeOffsetSet');
  }

  get sampleInfo(): Complete<MediaSampleSnapshotInfo> | null {
    return this.info<MediaSampleSnapshotInfo>('SampleSnapshot', 'SampleSnapshotSet');
  }

  get animatedInfo(): Complete<MediaAnimatedGraphicsInfo> | null {
    return this.info<MediaAnimatedGraphicsInfo>('AnimatedGraphics', 'AnimatedGraphicsSet');
  }

  /** What the latest review suggests. */
  get suggestion(): string {
    return this.review === undefined ? 'notModerated' : (this.review.review.suggestion ?? 'pass');
  }

  get reviewInfo(): Complete<FileReviewInfo> | null {
    const found = this.ended.find(({ task }) => task === this.review);
    if (found === undefined) return null;
    const { definition = 0, label = '', form = '' } = found.task.review;
    return {
      MediaReviewInfo: {
        Definition: definition,
        Suggestion: this.suggestion,
        TypeSet: label === '' ? [] : [`${form}.${label}`],
        ReviewTime: isoTime(found.finishedAt),
      },
      CoverReviewInfo: null,
    };
  }

  private wasRemoved(type: string, definition: number, madeAt: number): boolean {
    return this.medium.removedParts.some((part) => {
      return (
        part.type === type && (part.definition === 0 || part.definition === definition) && part.at >= madeAt
      );
    });
  }

  private items<Item>(type: string): Complete<Item>[] {
    return [...(this.byType.get(type)?.values() ?? [])] as Complete<Item>[];
  }

  private info<Info>(type: string, set: keyof Info & string): Complete<Info> | null {
    const items = this.items(type);
    return items.length === 0 ? null : ({ [set]: items } as Complete<Info>);
  }
}

/** What has reached a medium of its tasks by now. */
export function outputsOf(medium: Medium, tasks: Tasks, clock: Clock, lags: Lags): MediaOutputs {
  const now = clock.now();
  const ended = tasks
    .ofFile(medium.fileId)
    .filter((task) => !task.hidden)
    .map((task) => ({ task, finishedAt: stateOf(task, now).finishedAt ?? Number.POSITIVE_INFINITY }))
    .filter(({ finishedAt }) => finishedAt + lags.outputs <= now)
    .sort((a, b) => a.finishedAt - b.finishedAt);
  return new MediaOutputs(medium, ended);
}
