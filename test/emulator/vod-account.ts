import type { Settings } from './options.js';
import type { Vod } from './vod.js';
import type { OtherMedium } from './vod-actions.js';
import type { FlowRule } from './vod-flow-script.js';
import type { OtherTask } from './vod-flows.js';
import type { MediumStatus } from './vod-medium.js';
import type { Lags } from './vod-options.js';
import type { Denied } from './vod-permissions.js';
import type { Procedure } from './vod-procedures.js';

/**
 * What the owner of the account, its other users and the service itself do beside the client that is tested.
 * A reset of the emulator takes everything back.
 */
export class Account {
  constructor(
    private readonly vod: Vod,
    private readonly settings: Settings,
  ) {}

  /** Changes how late the views of media and tasks are. */
  lag(lags: Partial<Lags>): void {
    Object.assign(this.settings.vod.lags, lags);
  }

  /** Denies actions of VOD to a key, to the keys of a kind, or to all. */
  deny(actions: readonly string[], whom: Denied = {}): void {
    this.vod.permissions.deny(actions, whom);
  }

  /** Takes back every denial. */
  allowAll(): void {
    this.vod.permissions.allowAll();
  }

  /** Adds a medium that no client here uploaded; returns its FileId. */
  addMedium(medium: OtherMedium = {}): string {
    return this.vod.actions.addOther(medium);
  }

  /** Deletes a medium. */
  deleteMedium(fileId: string): void {
    const { library } = this.vod.actions;
    library.remove(library.get(fileId));
  }

  /** Forbids a medium to be played, or takes that back. */
  forbidMedium(fileId: string, status: MediumStatus = 'Forbidden'): void {
    const { library } = this.vod.actions;
    library.change(library.get(fileId), { status });
  }

  /** Adds a template of a task flow. */
  addProcedure(procedure: Procedure): void {
    this.vod.actions.procedures.add(procedure);
  }

  /** Says how task flows go that start from now on. Rules are asked in the order in which they were added. */
  scriptFlow(rule: FlowRule): void {
    this.vod.actions.flows.rules.add(rule);
  }

  /** Adds a task that no flow here started, of the primary application unless it says otherwise; returns its id. */
  addTask(task: OtherTask = {}): string {
    return this.vod.actions.flows.addOther(task, this.settings.appId);
  }
}
