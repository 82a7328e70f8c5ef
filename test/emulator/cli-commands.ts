import type { EmulatedCloud } from './emulator.js';

/** What another process may tell a running emulator about the media of the account, by the first word of the line. */
export function commandsOf(emulator: EmulatedCloud): ReadonlyMap<string, (argument: string) => void> {
  return new Map<string, (argument: string) => void>([
    /** `advance 60000`: moves the services' clock. */
    [
      'advance',
      (milliseconds) => {
        const step = Number(milliseconds);
        if (!Number.isFinite(step)) throw new Error(`${milliseconds} is not a number of milliseconds`);
        emulator.clock.skewMs += step;
      },
    ],
    /** `lag {"searchNew": 60000}`: how late the views of a medium are. */
    ['lag', (lags) => emulator.lag(JSON.parse(lags))],
    /** `deny {"actions": ["SearchMedia"], "kind": "temporary"}`: to all keys without `kind` and `secretId`. */
    [
      'deny',
      (denial) => {
        const { actions, ...whom } = JSON.parse(denial);
        emulator.deny(actions, whom);
      },
    ],
    /** `allow-all`: takes back every denial. */
    ['allow-all', () => emulator.allowAll()],
    /** `delete <FileId>` */
    ['delete', (fileId) => emulator.deleteMedium(fileId)],
    /** `forbid <FileId>` */
    ['forbid', (fileId) => emulator.forbidMedium(fileId)],
  ]);
}
