/** Bar charts as SVG, readable on light and on dark pages. Pure. */

export interface Bar {
	label: string;
	value: number;
	/** What stands behind the bar. */
	text: string;
	/** Ours. */
	isOurs: boolean;
}

const WIDTH = 800;
const LABEL_WIDTH = 290;
const TEXT_WIDTH = 100;
const ROW_HEIGHT = 34;
const BAR_HEIGHT = 20;
const TOP = 64;
const MARGIN = 16;

const STYLE = `
	text { font: 14px system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; fill: #24292f; }
	.page { fill: #ffffff; }
	.title { font-size: 17px; font-weight: 600; }
	.subtitle { font-size: 13px; fill: #57606a; }
	.bar { fill: #8c959f; }
	.ours { fill: #0969da; }
	@media (prefers-color-scheme: dark) {
		.page { fill: #0d1117; }
		text { fill: #e6edf3; }
		.subtitle { fill: #9da7b1; }
		.bar { fill: #6e7681; }
		.ours { fill: #4493f8; }
	}
`;

const escape = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

function row(bar: Bar, index: number, longest: number): string {
	const y = TOP + index * ROW_HEIGHT;
	const room = WIDTH - LABEL_WIDTH - TEXT_WIDTH - MARGIN;
	const length = Math.max(2, (Math.max(bar.value, 0) / longest) * room);
	const baseline = y + BAR_HEIGHT / 2 + 5;
	return [
		`<text x="${LABEL_WIDTH - 10}" y="${baseline}" text-anchor="end">${escape(bar.label)}</text>`,
		`<rect class="bar${bar.isOurs ? ' ours' : ''}" x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="3"/>`,
		`<text x="${(LABEL_WIDTH + length + 8).toFixed(1)}" y="${baseline}">${escape(bar.text)}</text>`,
	].join('\n\t');
}

/** What happened in a stretch of time, by kind. */
export interface Column {
	/** s */
	from: number;
	counts: number[];
}

const PLOT_HEIGHT = 180;
const COLOURS = ['#0969da', '#8250df', '#1a7f37', '#bf8700'];

/** Stacked columns over time; the kinds are named in the subtitle, in their colours. */
export function timeChart(title: string, kinds: string[], columns: Column[], unit: string): string {
	const height = TOP + PLOT_HEIGHT + 40;
	const most = Math.max(...columns.map(({ counts }) => counts.reduce((a, b) => a + b, 0)), 1);
	const width = (WIDTH - 2 * MARGIN) / columns.length;
	const rects = columns.flatMap(({ counts }, column) => {
		let bottom = TOP + PLOT_HEIGHT;
		return counts.map((count, kind) => {
			const tall = (count / most) * PLOT_HEIGHT;
			bottom -= tall;
			const x = MARGIN + column * width;
			return `<rect x="${x.toFixed(1)}" y="${bottom.toFixed(1)}" width="${(width - 1).toFixed(1)}" height="${tall.toFixed(1)}" fill="${COLOURS[kind]}"/>`;
		});
	});
	const labels = columns.flatMap(({ from }, column) =>
		from % 60 === 0
			? `<text x="${(MARGIN + column * width).toFixed(1)}" y="${TOP + PLOT_HEIGHT + 20}">${from} s</text>`
			: [],
	);
	const legend = kinds.map(
		(kind, index) =>
			`<tspan style="fill: ${COLOURS[index]}">${escape(kind)}${index < kinds.length - 1 ? ', ' : ''}</tspan>`,
	);
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
	<style>${STYLE}</style>
	<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>
	<text class="title" x="${MARGIN}" y="26">${escape(title)}</text>
	<text class="subtitle" x="${MARGIN}" y="47">${legend.join('')}; the highest column is ${most} ${escape(unit)}</text>
	${[...rects, ...labels].join('\n\t')}
</svg>
`;
}

/** Horizontal bars from zero, in the order given. */
export function barChart(title: string, subtitle: string, bars: Bar[]): string {
	const height = TOP + bars.length * ROW_HEIGHT + MARGIN;
	const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escape(title)}">
	<style>${STYLE}</style>
	<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>
	<text class="title" x="${MARGIN}" y="26">${escape(title)}</text>
	<text class="subtitle" x="${MARGIN}" y="47">${escape(subtitle)}</text>
	${bars.map((bar, index) => row(bar, index, longest)).join('\n\t')}
</svg>
`;
}
