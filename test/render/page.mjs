// A summary as a page that looks like GitHub's.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { marked } from 'marked';

const packages = join(import.meta.dirname, 'node_modules');
const css = readFileSync(join(packages, 'github-markdown-css', 'github-markdown-light.css'), 'utf8');
const mermaid = join(packages, 'mermaid', 'dist', 'mermaid.min.js');

/**
 * GitHub draws fenced Mermaid. The height of the page is left in the title, for who takes the picture.
 */
export function page(markdown) {
  const body = marked
    .parse(markdown, { gfm: true })
    .replace(
      /<pre><code class="language-mermaid">([\s\S]*?)<\/code><\/pre>/g,
      '<pre class="mermaid">$1</pre>',
    );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<style>${css}
body { margin: 0; padding: 24px; background: #fff; }
.markdown-body { max-width: 964px; font-family: "DejaVu Sans", "Noto Sans CJK SC", "Noto Color Emoji", sans-serif; font-size: 14px; }
pre.mermaid { background: none; padding: 0; }
</style>
<article class="markdown-body">${body}</article>
<script src="file://${mermaid}"></script>
<script>
mermaid.initialize({ startOnLoad: false, theme: 'default' });
mermaid.run().finally(() => { document.title = String(Math.ceil(document.documentElement.getBoundingClientRect().height)); });
</script>
</html>
`;
}
