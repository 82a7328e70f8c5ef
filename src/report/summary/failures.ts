import { type RunReport, STATUSES } from '../../results.js';
import { escapeMarkdown, markdownCode } from '../text/escape.js';
import { type Failure, failuresOf } from '../text/failures.js';
import { formatCount, formatMedia } from '../text/format.js';
import { fitLines } from './fit.js';

/** Characters of a message that are shown of it; the results file has all. */
const MAX_MESSAGE = 1000;
/** Media that an item names. */
const MAX_NAMED = 10;

/**
 * What went wrong with media, an item for each reason; of what does not fit it says how many media it is about.
 *
 * @param where a sentence on where all results are
 */
export function failuresSection(report: RunReport, where: string, maxBytes: number): string[] {
  const failures = failuresOf(report.media);
  if (failures.length === 0) return [];
  const count = (some: readonly Failure[]) => some.reduce((sum, { media }) => sum + media.length, 0);
  const { lines } = fitLines(failures, (failure) => failureItem(failure, where), maxBytes);
  const leftOut = count(failures.slice(lines.length));
  if (leftOut > 0) lines.push('', `${formatCount(leftOut, 'more medium', 'more media')} failed. ${where}`);
  return [`### ${formatMedia(count(failures))} failed`, '', ...lines, ''];
}

/** A failure as an item of a list: of which media, at what, in whose words, and what to do. */
function failureItem({ stage, code, message, advice, media }: Failure, where: string): string {
  const [first] = media;
  const single = media.length === 1 ? first : undefined;
  const subject = single === undefined ? `**${formatMedia(media.length)}**` : markdownCode(single.path);
  const lines = [
    `- ${STATUSES.failed.mark} ${subject} failed in stage **${stage}** with ${markdownCode(code)}`,
    ...message.split('\n').map((line) => markdownCode(line, MAX_MESSAGE)),
  ];
  if (advice !== undefined) lines.push(`**What to do:** ${escapeMarkdown(advice)}`);
  const named = media.slice(0, MAX_NAMED).map(({ path }) => markdownCode(path));
  const more = media.length - named.length;
  const others = more > 0 ? ` and ${formatCount(more, 'more medium', 'more media')}. ${where}` : '';
  if (single === undefined) lines.push(named.join(', ') + others);
  const requestId = first?.error?.requestId ?? '';
  const of = single === undefined ? ' of the first' : '';
  if (requestId !== '') lines.push(`RequestId${of} ${markdownCode(requestId)}`);
  return lines.join('<br>');
}
