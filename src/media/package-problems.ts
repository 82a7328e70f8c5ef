import type { Problem } from './problem.js';

const SHOWN = 20;

/** The problems of a package for people: the first twenty, a line each, and how many more there are. */
export function describeProblems(problems: readonly Problem[], count = problems.length): string {
  const lines = problems.slice(0, SHOWN).map(({ message }) => message);
  const rest = count - lines.length;
  if (rest > 0) lines.push(`and ${rest} more ${rest === 1 ? 'problem' : 'problems'}.`);
  return lines.join('\n');
}
