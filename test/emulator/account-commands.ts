import type { EmulatedCloud } from './emulator.js';

/** What another process may tell a running emulator about the media of the account, by the first word of the line. */
export function accountCommands(emulator: EmulatedCloud): ReadonlyMap<string, (argument: string) => void> {
  const { account, clock } = emulator;
  return new Map<string, (argument: string) => void>([
    /** `advance 60000`: moves the services' clock. */
    [
      'advance',
      (milliseconds) => {
        const step = Number(milliseconds);
        if (!Number.isFinite(step)) throw new Error(`${milliseconds} is not a number of milliseconds`);
        clock.skewMs += step;
      },
    ],
    /** `lag {"searchNew": 60000}`: how late the views of a medium are. */
    ['lag', (lags) => account.lag(JSON.parse(lags))],
    /** `deny {"actions": ["SearchMedia"], "kind": "temporary"}`: to all keys without `kind` and `secretId`. */
    [
      'deny',
      (denial) => {
        const { actions, ...whom } = JSON.parse(denial);
        account.deny(actions, whom);
      },
    ],
    /** `allow-all`: takes back every denial. */
    ['allow-all', () => account.allowAll()],
    /** `procedure {"Name": "mine", "MediaProcessTask": {...}}`: a template, in the API's own words. */
    ['procedure', (procedure) => account.addProcedure(JSON.parse(procedure))],
    /** `flow {"procedure": "mine", "times": 1, "script": {...}}`: how flows go; see `vod-flow-script.ts`. */
    ['flow', (rule) => account.scriptFlow(JSON.parse(rule))],
    /** `task {"processingMs": 5000}`: a task of somebody else. */
    ['task', (task) => account.addTask(JSON.parse(task))],
    /** `medium {"tags": ["a"], "request": {"MediaName": "one"}}`: a medium of somebody else. */
    ['medium', (medium) => account.addMedium(JSON.parse(medium))],
    /** `delete <FileId>` */
    ['delete', (fileId) => account.deleteMedium(fileId)],
    /** `forbid <FileId>` */
    ['forbid', (fileId) => account.forbidMedium(fileId)],
  ]);
}
