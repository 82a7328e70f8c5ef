import { vod } from 'tencentcloud-sdk-nodejs-vod';
import type { Emulator } from './emulator.js';

/** The published client of the VOD API, as it is, with the emulator as its endpoint. */
export function officialClient(emulator: Emulator) {
  const { secretId, secretKey } = emulator.settings;
  return new vod.v20180717.Client({
    credential: { secretId, secretKey },
    region: 'ap-guangzhou',
    profile: { httpProfile: { endpoint: new URL(emulator.vodUrl).host, protocol: 'http://' } },
  });
}
