/** Requests a second of an account, for each of the actions that the action calls or may call. */
const LIMITS: Readonly<Record<string, number>> = {
  ApplyUpload: 100,
  CommitUpload: 100,
  DescribeMediaInfos: 100,
  DescribeTaskDetail: 100,
  DescribeTasks: 100,
  ModifyMediaInfo: 100,
  ProcessMediaByProcedure: 100,
  SearchMedia: 100,
};

/** The lowest limit of any action: that of AttachMediaSubtitles, and of those whose limit is not documented. */
const LOWEST = 20;

/**
 * Requests a second that the documentation of an action allows an account by default (pages of the
 * actions at cloud.tencent.com/document/product/266).
 */
export function documentedLimit(action: string): number {
  return LIMITS[action] ?? LOWEST;
}
