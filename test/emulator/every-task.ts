import type { Procedure } from './vod-procedures.js';

/** A template that starts a task of every type. */
export const EVERYTHING: Procedure = {
  Name: 'everything',
  MediaProcessTask: {
    TranscodeTaskSet: [{ Definition: 100030 }, { Definition: 100220 }, { Definition: 1010 }],
    AnimatedGraphicTaskSet: [{ Definition: 20000, StartTimeOffset: 0, EndTimeOffset: 5 }],
    SnapshotByTimeOffsetTaskSet: [{ Definition: 10, TimeOffsetSet: [3000] }],
    SampleSnapshotTaskSet: [{ Definition: 10 }],
    ImageSpriteTaskSet: [{ Definition: 10 }],
    CoverBySnapshotTaskSet: [{ Definition: 10, PositionType: 'Percent', PositionValue: 5 }],
    AdaptiveDynamicStreamingTaskSet: [{ Definition: 10 }, { Definition: 20 }, { Definition: 12 }],
  },
  AiContentReviewTask: { Definition: 10 },
  AiAnalysisTask: { Definition: 20 },
  AiRecognitionTaskSet: [{ Definition: 30 }],
  ReviewAudioVideoTask: { Definition: 40, ReviewContents: ['Media', 'Cover'] },
  ImportMediaKnowledgeTaskSet: [{ Definition: 50 }],
};
