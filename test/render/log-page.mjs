// A log as a page that looks like GitHub's view of a step.
const CSS = `
body { margin: 0; padding: 16px 0; background: #0d1117; color: #e6edf3; }
.log { font: 12px/20px "DejaVu Sans Mono", "Noto Sans Mono CJK SC", "Noto Color Emoji", monospace; }
.log > div { display: flex; padding-right: 16px; }
.number { flex: 0 0 48px; padding-right: 16px; text-align: right; color: #6e7681; }
.number + span { white-space: pre-wrap; overflow-wrap: anywhere; }
.group > span + span { margin-left: -2px; }
.inside > span + span { padding-left: 16px; }
.error b { color: #f85149; }
.warning b { color: #d29922; }
.notice b { color: #58a6ff; }
.command > span + span { color: #58a6ff; }
.debug > span + span { color: #a371f7; }
b { font-weight: 600; }
`;

/** A page of rows; its height is left in the title, for who takes the picture. */
export function logPage(rows) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<style>${CSS}</style>
<div class="log">${rows}</div>
<script>document.title = String(Math.ceil(document.documentElement.getBoundingClientRect().height));</script>
</html>
`;
}
