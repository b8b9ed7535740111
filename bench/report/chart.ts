/** Charts as SVG, readable on light and on dark pages. */
import { fill } from './format';

export interface Bar {
	label: string;
	value: number;
	/** What stands behind the bar. */
	text: string;
	/** Ours. */
	isOurs: boolean;
}

/** What happened in a stretch of time, by kind. */
export interface Column {
	/** s */
	from: number;
	counts: number[];
}

const WIDTH = 800;
const LABEL_WIDTH = 290;
const TEXT_WIDTH = 100;
const ROW_HEIGHT = 34;
const BAR_HEIGHT = 20;
const PLOT_HEIGHT = 180;
const TOP = 64;
const MARGIN = 16;
const COLORS = ['#0969da', '#8250df', '#1a7f37', '#bf8700'];

const escape = (text: string): string =>
	text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** @param subtitle of texts in their colors, or one in that of the page */
const chart = (
	title: string,
	subtitle: Array<[text: string, color?: string]>,
	height: number,
	content: string[],
) =>
	fill('chart', {
		...{ width: WIDTH, height, margin: MARGIN, title: escape(title) },
		subtitle: subtitle.map(([text, color]) => ({ text: escape(text), color })),
		content: content.join('\n\t'),
	});

/** Stacked columns over time; the kinds are named in the subtitle, in their colors. */
export function timeChart(title: string, kinds: string[], columns: Column[], unit: string): string {
	const most = Math.max(...columns.map(({ counts }) => counts.reduce((a, b) => a + b, 0)), 1);
	const width = (WIDTH - 2 * MARGIN) / columns.length;
	const left = (column: number) => (MARGIN + column * width).toFixed(1);
	const rects = columns.flatMap(({ counts }, column) => {
		let bottom = TOP + PLOT_HEIGHT;
		return counts.map((count, kind) => {
			const tall = (count / most) * PLOT_HEIGHT;
			bottom -= tall;
			return `<rect x="${left(column)}" y="${bottom.toFixed(1)}" width="${(width - 1).toFixed(1)}" height="${tall.toFixed(1)}" fill="${COLORS[kind]}"/>`;
		});
	});
	const labels = columns.flatMap(({ from }, column) =>
		from % 60 === 0
			? `<text x="${left(column)}" y="${TOP + PLOT_HEIGHT + 20}">${from} s</text>`
			: [],
	);
	const legend = kinds.map((kind, index): [string, string] => [
		index < kinds.length - 1 ? `${kind}, ` : kind,
		COLORS[index],
	]);
	const height = TOP + PLOT_HEIGHT + 40;
	const scale = `; the highest column is ${most} ${unit}`;
	return chart(title, [...legend, [scale]], height, [...rects, ...labels]);
}

/** Horizontal bars from zero, in the order given. */
export function barChart(title: string, subtitle: string, bars: Bar[]): string {
	const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
	const room = WIDTH - LABEL_WIDTH - TEXT_WIDTH - MARGIN;
	const rows = bars.flatMap(({ label, value, text, isOurs }, index) => {
		const y = TOP + index * ROW_HEIGHT;
		const length = Math.max(2, (Math.max(value, 0) / longest) * room);
		const baseline = y + BAR_HEIGHT / 2 + 5;
		return [
			`<text x="${LABEL_WIDTH - 10}" y="${baseline}" text-anchor="end">${escape(label)}</text>`,
			`<rect class="bar${isOurs ? ' ours' : ''}" x="${LABEL_WIDTH}" y="${y}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="3"/>`,
			`<text x="${(LABEL_WIDTH + length + 8).toFixed(1)}" y="${baseline}">${escape(text)}</text>`,
		];
	});
	return chart(title, [[subtitle]], TOP + bars.length * ROW_HEIGHT + MARGIN, rows);
}
