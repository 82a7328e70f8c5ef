import type { BenchResult, ScenarioResult } from './results.js';

const WIDTH = 760;
const LABELS = 130;
const VALUES = 190;
const BAR = 18;
const STEP = 24;
const TITLE = 34;
const GAP = 16;

const STYLE = `
  .page { fill: #ffffff; } text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; } .value { fill: #59636e; }
  .ours { fill: #0969da; } .sdk { fill: #bf8700; } .limit { fill: #8c959f; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; } text { fill: #f0f6fc; } .value { fill: #9198a1; }
    .ours { fill: #4493f8; } .sdk { fill: #d29922; } .limit { fill: #6e7681; }
  }`;

interface Bar {
  label: string;
  style: 'ours' | 'sdk' | 'limit';
  amount: number;
  value: string;
}

/** The results as an SVG that reads in light and dark: one panel a scenario, shorter bars are better. */
export function plot(result: BenchResult): string {
  const panels = [...result.scenarios.map(panelOf), ...loadingPanel(result)];
  let top = GAP;
  const drawn = panels.map(({ title, bars }) => {
    const panel = drawPanel(title, bars, top);
    top += TITLE + bars.length * STEP + GAP;
    return panel;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">
<title>Benchmark: time, CPU and memory of publishing; shorter is better</title>
<style>${STYLE}
</style>
<rect class="page" width="${WIDTH}" height="${top}"/>
${drawn.join('\n')}
</svg>
`;
}

interface Panel {
  title: string;
  bars: Bar[];
}

function panelOf({ id, title, bytes, summaries }: ScenarioResult): Panel {
  const gigabytes = bytes / 1e9;
  return {
    title: `(${id}) ${title}`,
    bars: summaries.map((summary) => {
      const { contender, seconds, cpuSeconds, peakMemory, storageRequests } = summary;
      const style = contender === 'vod-node-sdk' ? 'sdk' : contender;
      const bar = (amount: number, value: string): Bar => ({ label: contender, style, amount, value });
      if (id === 'd')
        return bar(cpuSeconds / gigabytes, `${(cpuSeconds / gigabytes).toFixed(2)} CPU s per GB`);
      if (id === 'e') return bar(peakMemory, `${(peakMemory / 1e6).toFixed(0)} MB of memory`);
      return bar(seconds, `${seconds.toFixed(seconds < 10 ? 2 : 1)} s, ${storageRequests} requests`);
    }),
  };
}

function loadingPanel({ loading }: BenchResult): Panel[] {
  if (loading === undefined) return [];
  const bar = (label: string, style: Bar['style'], seconds: number): Bar => ({
    label,
    style,
    amount: seconds,
    value: `${(seconds * 1000).toFixed(0)} ms`,
  });
  const { emptySeconds, bundleSeconds, sdkSeconds } = loading;
  const bars = [
    bar('ours', 'ours', bundleSeconds),
    ...(sdkSeconds === undefined ? [] : [bar('vod-node-sdk', 'sdk', sdkSeconds)]),
    bar('empty Node', 'limit', emptySeconds),
  ];
  return [{ title: '(f) Loading', bars }];
}

function drawPanel(title: string, bars: readonly Bar[], top: number): string {
  const longest = Math.max(...bars.map(({ amount }) => amount));
  const lines = bars.map(({ label, style, amount, value }, index) => {
    const y = top + TITLE + index * STEP;
    const length = Math.max(2, (amount / longest) * (WIDTH - LABELS - VALUES));
    return [
      `<text x="${LABELS - 10}" y="${y + 13}" text-anchor="end">${label}</text>`,
      `<rect class="${style}" x="${LABELS}" y="${y}" width="${length.toFixed(1)}" height="${BAR}" rx="2"/>`,
      `<text class="value" x="${(LABELS + length + 8).toFixed(1)}" y="${y + 13}">${value}</text>`,
    ].join('\n');
  });
  return [`<text class="title" x="16" y="${top + 16}">${title}</text>`, ...lines].join('\n');
}
