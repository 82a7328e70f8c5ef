/** Shorter texts occur by chance, and would leave holes in messages. */
const SHORTEST = 6;

/** Takes secrets out of text. The runner does that in the log only; text is kept in outputs, files and the summary, too. */
export class Redaction {
  private readonly secrets = new Set<string>();

  /** From now on the secret is replaced. */
  add(secret: string): void {
    if (secret.length >= SHORTEST) this.secrets.add(secret);
  }

  /** The text with `***` in the place of every secret. */
  apply(text: string): string {
    let redacted = text;
    // The longest first, since one may be a part of another.
    for (const secret of [...this.secrets].sort((a, b) => b.length - a.length)) {
      redacted = redacted.replaceAll(secret, '***');
    }
    return redacted;
  }
}
