import type { Answer } from './message.js';

/** Characters of a title that are shown. */
const MAX_TITLE = 120;

/**
 * Says whose answer this is, for an answer that is not the service's: a page of a proxy, gateway or firewall often
 * names itself in its title.
 *
 * @param service as people know it, such as `the storage service`
 */
export function foreignPage(service: string, answer: Answer): string {
  const title = /<title[^>]*>([^<]{1,500})/i
    .exec(answer.body.toString('utf8'))?.[1]
    ?.replace(/\s+/g, ' ')
    .trim();
  const named = title ? ` Its title is ${JSON.stringify(title.slice(0, MAX_TITLE))}.` : '';
  return `The answer with status ${answer.status} is not from ${service}, but from something between it and the runner.${named}`;
}
