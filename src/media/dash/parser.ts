import { SaxesParser } from 'saxes';
import type { PackageBudget } from '../package/budget.js';
import { MAX_ATTRIBUTES, MAX_TOKEN_CHARACTERS } from '../package/limits.js';
import { ManifestError, quote } from '../package/manifest-error.js';
import type { TimeSlice } from '../package/time-slice.js';
import type { MpdDocument } from './mpd.js';
import { TreeBuilder } from './tree-builder.js';

/** Characters that are parsed in one go. */
const PIECE = 64 * 1024;

/** An ampersand that starts no reference. saxes takes what follows for an entity's name, and fails far below. */
const BARE_AMPERSAND = /&(?!(?:[a-z]{2,4}|#\d{1,7}|#x[0-9a-f]{1,6});)/i;

/**
 * Reads an MPD with a strict parser: what is not well-formed, or has a DOCTYPE, is refused.
 * @param text the MPD without a byte order mark
 * @throws {ManifestError} `not-a-manifest`, `invalid-xml`, `doctype`, `invalid-encoding`, `too-large` or `too-many`
 */
export async function readMpd(text: string, budget: PackageBudget, slice: TimeSlice): Promise<MpdDocument> {
  if (!text.trimStart().startsWith('<')) {
    throw new ManifestError('not-a-manifest', 'is no XML, so it is no MPD');
  }
  const builder = new TreeBuilder(budget);
  const parser = new TokenParser(builder);
  const feed = (piece: string | null) => {
    try {
      parser.write(piece);
    } catch (error) {
      throw error instanceof ManifestError ? error : invalidXml(text, error);
    }
  };
  for (let at = 0; at < text.length; at += PIECE) {
    feed(text.slice(at, at + PIECE));
    if (slice.isOver) await slice.next();
  }
  feed(null);
  return builder.finish();
}

/** Feeds saxes, and bounds what it puts together before it gives it out. */
class TokenParser {
  readonly #parser = new SaxesParser({ xmlns: true });
  /** Characters since anything was complete. */
  #pending = 0;
  #attributes = 0;

  constructor(builder: TreeBuilder) {
    const parser = this.#parser;
    const complete = () => {
      this.#pending = 0;
    };
    parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^(?:utf-?8|us-ascii|ascii)$/i.test(encoding)) {
        const reason = `declares the encoding ${quote(encoding)}: write it in UTF-8`;
        throw new ManifestError('invalid-encoding', reason);
      }
    });
    parser.on('doctype', () => {
      const reason = 'has a DOCTYPE, which no MPD needs: remove it';
      throw new ManifestError('doctype', reason, `line ${parser.line}`);
    });
    parser.on('opentagstart', () => {
      complete();
      this.#attributes = 0;
    });
    parser.on('attribute', () => {
      complete();
      this.#attributes += 1;
      if (this.#attributes <= MAX_ATTRIBUTES) return;
      const reason = `has more than ${MAX_ATTRIBUTES} attributes, the limit for an element`;
      throw new ManifestError('too-many', reason, `line ${parser.line}`);
    });
    parser.on('comment', complete);
    parser.on('processinginstruction', complete);
    parser.on('opentag', (tag) => builder.open(tag, this.#attributes, parser.line));
    parser.on('text', (data) => {
      complete();
      builder.text(data);
    });
    parser.on('cdata', (data) => {
      complete();
      builder.text(data);
    });
    parser.on('closetag', () => {
      complete();
      builder.close();
    });
  }

  /** @param piece of the text, or null at its end */
  write(piece: string | null): void {
    this.#parser.write(piece);
    this.#pending += piece?.length ?? 0;
    if (this.#pending <= MAX_TOKEN_CHARACTERS) return;
    const reason = `has a text, comment, name or value of more than ${MAX_TOKEN_CHARACTERS} characters`;
    throw new ManifestError('too-large', reason, `line ${this.#parser.line}`);
  }
}

function invalidXml(text: string, error: unknown): ManifestError {
  const ampersand = BARE_AMPERSAND.exec(text);
  if (ampersand !== null) {
    const line = text.slice(0, ampersand.index).split('\n').length;
    return new ManifestError('invalid-xml', 'is not well-formed XML: write "&" as "&amp;"', `line ${line}`);
  }
  const message = error instanceof Error ? error.message : String(error);
  const [, line, what] = /^(\d+):\d+: (.*)$/s.exec(message) ?? [];
  const reason = `is not well-formed XML: ${shorten(what ?? message).replace(/\.$/, '')}`;
  return new ManifestError('invalid-xml', reason, line === undefined ? '' : `line ${line}`);
}

/** saxes quotes names in full. */
function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
