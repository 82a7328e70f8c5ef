import { LIMITS, type Limit, MAX_RUN_MESSAGES, type Resource } from './limits.js';
import { LimitExceeded } from './manifest-error.js';

/** What a run has used of a resource. */
interface RunCount {
  /** Of the packages' ordinary shares. */
  ordinary: number;
  /** Of all that goes beyond them. */
  beyond: number;
}

const RESOURCES = Object.keys(LIMITS) as Resource[];

function each<T>(make: () => T): Record<Resource, T> {
  return Object.fromEntries(RESOURCES.map((resource) => [resource, make()])) as Record<Resource, T>;
}

/** What all packages of a run have used of the limits of {@link LIMITS}. */
export class RunBudget {
  readonly used = each<RunCount>(() => ({ ordinary: 0, beyond: 0 }));
  #messages = 0;

  /** Takes a place among the messages that are kept; false when there is none left. */
  keepMessage(): boolean {
    if (this.#messages === MAX_RUN_MESSAGES) return false;
    this.#messages += 1;
    return true;
  }
}

/** What one package may use, by itself and together with the others of its run. */
export class PackageBudget {
  readonly #used = each(() => 0);

  constructor(readonly run: RunBudget) {}

  /**
   * Counts what is about to be done or kept.
   * @param place where in the manifest, for the message
   * @throws {LimitExceeded} when it would be more than the package or the run may use; then it is not counted
   */
  spend(resource: Resource, amount: number, place = ''): void {
    const { ordinary, ofRun, code, unit }: Limit = LIMITS[resource];
    const before = this.#used[resource];
    this.spendShared(resource, amount, place);
    const count = this.run.used[resource];
    const beyond = Math.max(0, before + amount - ordinary) - Math.max(0, before - ordinary);
    const within = amount - beyond;
    if (count.beyond + beyond > ofRun || count.ordinary + within > ofRun) {
      const reason = `is refused because the packages of this run have more than ${ofRun} ${unit} together: publish them in several steps`;
      throw new LimitExceeded(code, reason, place);
    }
    count.beyond += beyond;
    count.ordinary += within;
  }

  /** The same for what another package of the run has been counted for, or what is not kept: for the package alone. */
  spendShared(resource: Resource, amount: number, place = ''): void {
    const { code, ofPackage, unit }: Limit = LIMITS[resource];
    const after = this.#used[resource] + amount;
    if (after > ofPackage) {
      throw new LimitExceeded(code, `has more than ${ofPackage} ${unit}, the limit for a package`, place);
    }
    this.#used[resource] = after;
  }
}
