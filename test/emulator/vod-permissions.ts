import type { Key } from './keys.js';
import { ServiceError } from './service-error.js';
import type { VodSettings } from './vod-options.js';

/** Whom a denial concerns: everyone, the keys of a kind, or one key. */
export interface Denied {
  kind?: Key['kind'];
  secretId?: string;
}

/** Which actions a key may call. The policies of the real service allow by name; here everything is allowed but denials. */
export class Permissions {
  private denials: { actions: readonly string[]; whom: Denied }[] = [];

  constructor(private readonly settings: Pick<VodSettings, 'deniedActions' | 'denialCode'>) {
    this.reset();
  }

  /** Denies actions to a key, to the keys of a kind (`temporary` for those of a role), or to all. */
  deny(actions: readonly string[], whom: Denied = {}): void {
    this.denials.push({ actions, whom });
  }

  /** Takes back every denial, also those of the options. */
  allowAll(): void {
    this.denials = [];
  }

  /** Raises the code of a denial. */
  check(action: string, key: Key): void {
    const denied = this.denials.some(({ actions, whom }) => {
      const { kind = key.kind, secretId = key.secretId } = whom;
      return actions.includes(action) && kind === key.kind && secretId === key.secretId;
    });
    if (!denied) return;
    throw new ServiceError(
      this.settings.denialCode,
      `you are not authorized to perform operation (vod:${action})`,
    );
  }

  /** Goes back to the denials of the options. */
  reset(): void {
    this.denials = [{ actions: this.settings.deniedActions, whom: {} }];
  }
}
