import type { Medium } from './vod-medium.js';

/** What one item of a flow's result sets comes to. */
export interface ResultScript {
  /** `Transcode`, `AdaptiveDynamicStreaming` and so on; a type that nobody knows is allowed. */
  type: string;
  definition?: number;
  /** ErrCodeExt of a failure; without it the item succeeds. */
  code?: string;
  message?: string;
  /** Fields of the item's Input and Output, over those that its type has by itself. */
  input?: object;
  output?: object;
  /** Milliseconds of processing after which the item ends; without it, it ends with the flow. */
  afterMs?: number;
}

/** What a task of its own comes to, which reviews the medium. */
export interface ReviewScript {
  definition?: number;
  suggestion?: 'pass' | 'review' | 'block';
  label?: string;
  form?: string;
  /** ErrCodeExt of a failure; without it the review succeeds, whatever it suggests. */
  code?: string;
  message?: string;
  /** Milliseconds from the start of the flow until the review's task is created; 0 unless given. */
  createdMs?: number;
  waitingMs?: number;
  processingMs?: number;
  end?: FlowScript['end'];
}

/** How a flow goes. Times are in milliseconds of the emulator's clock. What is left out follows from the template. */
export interface FlowScript {
  /** Its tasks are never seen. */
  never?: boolean;
  /** Time in status WAITING; 0 unless given. */
  waitingMs?: number;
  /** Time in status PROCESSING; 1000 unless given. */
  processingMs?: number;
  /** `abort`: it is aborted while it waits, at the end of `waitingMs`. `hang`: it is processed for ever. */
  end?: 'finish' | 'abort' | 'hang';
  /** The result sets, each in place of what the template asks for. */
  media?: readonly ResultScript[];
  contentReview?: readonly ResultScript[];
  analysis?: readonly ResultScript[];
  recognition?: readonly ResultScript[];
  /** The review in place of the template's; `null` for none. */
  review?: ReviewScript | null;
}

/** Which flows go by a script. A rule without conditions takes all. */
export interface FlowRule {
  /** Name of the procedure template. */
  procedure?: string;
  mediaName?: string;
  fileId?: string;
  /** Further condition, for tests in the same process. */
  match?: (medium: Medium) => boolean;
  /** How many flows it takes; all unless given. */
  times?: number;
  script: FlowScript;
}

/** The scripts that wait for their flows. Rules are asked in the order in which they were added. */
export class FlowRules {
  private rules: { rule: FlowRule; left: number }[] = [];

  add(rule: FlowRule): void {
    this.rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
  }

  clear(): void {
    this.rules = [];
  }

  /** The script for a flow: that of the first rule that takes it, else an empty one. */
  draw(medium: Medium, procedure: string): FlowScript {
    const found = this.rules.find(({ rule, left }) => {
      return (
        left > 0 &&
        (rule.procedure ?? procedure) === procedure &&
        (rule.mediaName ?? medium.name) === medium.name &&
        (rule.fileId ?? medium.fileId) === medium.fileId &&
        rule.match?.(medium) !== false
      );
    });
    if (found === undefined) return {};
    found.left -= 1;
    return found.rule.script;
  }
}
