import type { Procedure } from './vod-procedures.js';

/** How long after a change the views of a medium show it, in milliseconds of the emulator's clock. */
export interface Lags {
  /** From CommitUpload until SearchMedia finds the medium. */
  searchNew: number;
  /** From a change until SearchMedia knows it. */
  searchChange: number;
  /** From a deletion until SearchMedia no longer finds the medium. */
  searchDeletion: number;
  /** From CommitUpload until ModifyMediaInfo knows the FileId. */
  modify: number;
  /** From CommitUpload until MetaData is filled. */
  metaData: number;
  /** From the start of a task until it can be asked for. */
  task: number;
  /** From the end of a flow until its outputs are shown with the medium. */
  outputs: number;
}

/** What a test may choose about the media of the account. */
export interface VodOptions {
  /** The real service states none of them; by default 0, and a minute for MetaData. */
  lags?: Partial<Lags>;
  /**
   * The folder of a storage path in ordinary applications: eight hex characters and the FileId (default), eight hex
   * characters and the digits of nobody, or random characters.
   */
  storageFolder?: 'file-id' | 'other-digits' | 'opaque';
  /** DescribeMediaInfos answers for media that were applied for and not committed. Default false. */
  describeUncommitted?: boolean;
  /** Unit in which the 32 of a tag's length are counted; the documents say characters. */
  tagUnit?: 'characters' | 'bytes';
  /** Templates of task flows besides the presets. */
  procedures?: Procedure[];
  /** Actions that no key may call. */
  deniedActions?: string[];
  /** Code of a denial; the documents list both. Default `UnauthorizedOperation`. */
  denialCode?: 'UnauthorizedOperation' | 'AuthFailure.UnauthorizedOperation';
}

/** The options with every default filled in. */
export interface VodSettings extends Required<Omit<VodOptions, 'lags'>> {
  lags: Lags;
}

/** Fills in the defaults. */
export function vodSettingsOf(options: VodOptions): VodSettings {
  return {
    storageFolder: options.storageFolder ?? 'file-id',
    describeUncommitted: options.describeUncommitted ?? false,
    tagUnit: options.tagUnit ?? 'characters',
    procedures: options.procedures ?? [],
    deniedActions: options.deniedActions ?? [],
    denialCode: options.denialCode ?? 'UnauthorizedOperation',
    lags: {
      searchNew: 0,
      searchChange: 0,
      searchDeletion: 0,
      modify: 0,
      metaData: 60_000,
      task: 0,
      outputs: 0,
      ...options.lags,
    },
  };
}
