/** Name and version as the services see them in User-Agent; package.json says the same, which a test holds. */
export const PRODUCT = 'publish-to-tencent-vod/1.0.0';
