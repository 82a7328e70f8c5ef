/** The types of the official client: they say which parameters an action has and which fields an answer. */
export type * from 'tencentcloud-sdk-nodejs-vod/tencentcloud/services/vod/v20180717/vod_models.js';

/** What a field holds when it is there; `null` is what the service writes for "nothing". */
type Content<T> = T extends ReadonlyArray<infer Item> ? Content<Item>[] : T extends object ? Complete<T> : T;

/** An answer as the service writes it: with every field of its type, and `null` where it has no value. */
export type Complete<T> = { [Name in keyof T]-?: Content<NonNullable<T[Name]>> | null };

/** What an action returns besides the RequestId. */
export type Answered<T> = Complete<Omit<T, 'RequestId'>>;
