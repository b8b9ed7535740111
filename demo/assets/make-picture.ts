/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/**
 * Paints the demo's two pictures, the same mountain lake at dusk and at night: `npx tsx demo/assets/make-picture.ts`.
 * They are computed, so that nobody's photograph and no licence comes with the repository.
 */
import { path as ffmpeg } from '@ffmpeg-installer/ffmpeg';
import execa from 'execa';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { clamp, fbm, hash, mix, mix3, ridged, smooth, type Colour } from './noise';
import { dusk, night, type Light } from './palettes';

const WIDTH = 1280;
const HEIGHT = 720;
/** Row of the shore. */
const SHORE = Math.round(HEIGHT * 0.7);

/** A range of mountains; the first is the farthest. Heights are parts of the picture's height. */
interface Range {
	base: number;
	height: number;
	/** Peaks across the picture. */
	peaks: number;
	sharpness: number;
	/** Part of the massif that carries snow. */
	snow: number;
}

const RANGES: Range[] = [
	{ base: 0.56, height: 0.2, peaks: 2.6, sharpness: 1.2, snow: 0.35 },
	{ base: 0.6, height: 0.42, peaks: 1.9, sharpness: 1.55, snow: 0.62 },
	{ base: 0.63, height: 0.22, peaks: 3.2, sharpness: 1.3, snow: 0 },
	{ base: 0.67, height: 0.15, peaks: 2.7, sharpness: 1.1, snow: 0 },
	{ base: 0.7, height: 0.085, peaks: 3.1, sharpness: 1, snow: 0 },
];

/** Height of a range's ridge above its base at `u` (0 to 1 across the picture), in parts of the picture's height. */
function ridge(range: Range, index: number, u: number): number {
	const peaks = ridged(u * range.peaks + index * 7.31, index + 1, 7, 0.47);
	// The main summit stands right of the middle, away from the sun.
	const summit = index === 1 ? 0.45 + 0.75 * Math.exp(-(((u - 0.64) / 0.2) ** 2)) : 1;
	return range.height * Math.pow(peaks, range.sharpness) * summit;
}

function sky(u: number, v: number, light: Light): Colour {
	const height = clamp(v / 0.66);
	const stops = light.sky;
	const at = height * (stops.length - 1);
	const below = Math.min(Math.floor(at), stops.length - 2);
	let colour = mix3(stops[below], stops[below + 1], smooth(0, 1, at - below));

	const dx = (u - light.sun.x) * (WIDTH / HEIGHT);
	const distance = Math.hypot(dx, v - light.sun.y);
	colour = add(
		colour,
		light.sun.colour,
		0.5 * Math.exp(-distance * 3.4) + 0.4 * Math.exp(-distance * 11),
	);
	colour = mix3(
		colour,
		light.sun.disc,
		smooth(light.sun.radius + 0.0016, light.sun.radius - 0.0016, distance),
	);

	// Long thin clouds, lit from below where they come near the sun.
	const cloud = fbm(u * 3.2 + 0.6 * fbm(u * 2, v * 9, 5, 3), v * 17, 11, 6);
	const veil =
		smooth(0.5, 0.82, cloud) * smooth(0.02, 0.2, v) * smooth(0.62, 0.4, v) * light.clouds;
	colour = mix3(colour, mix3(light.cloud, light.cloudLit, Math.exp(-distance * 2.2)), veil);
	return add(
		colour,
		[1, 0.97, 0.92],
		light.stars *
			starlight(u, v) *
			(1 - veil) *
			smooth(light.starsDownTo, 0, v) *
			smooth(0.03, 0.1, distance),
	);
}

/** Stars as soft dots on a jittered grid, denser along a faint diagonal band. */
function starlight(u: number, v: number): number {
	const band = Math.exp(-(((v - 0.55 + u * 0.55) / 0.12) ** 2));
	let sum = 0.05 * band * fbm(u * 7, v * 7, 23, 5);
	for (const [cells, threshold, size] of [
		[120, 0.94 - 0.1 * band, 0.022],
		[30, 0.955, 0.026],
	]) {
		const [x, y] = [u * cells * (WIDTH / HEIGHT), v * cells];
		const [i, j] = [Math.floor(x), Math.floor(y)];
		const chance = hash(i, j, 41 + cells);
		if (chance < threshold) continue;
		const [cx, cy] = [0.25 + 0.5 * hash(i, j, 42), 0.25 + 0.5 * hash(i, j, 43)];
		const distance = Math.hypot(x - i - cx, y - j - cy);
		// Few bright ones among many faint ones.
		const brightness = 0.12 + 1.1 * Math.pow(hash(i, j, 44), 3);
		sum += brightness * Math.exp(-((distance / (size * cells * 0.033)) ** 2));
	}
	return sum;
}

/** Colour of a range below its ridge: rock, snow and light by a noise relief, then haze by distance and depth. */
function rock(
	range: Range,
	index: number,
	u: number,
	v: number,
	top: number,
	light: Light,
): Colour {
	const depth = v - top;
	const nearness = index / (RANGES.length - 1);
	const scale = mix(16, 30, nearness);
	// The relief leans along the fall line, so that gullies run downhill from the ridge.
	const relief = (x: number, y: number) => ridged2(x * scale + depth * 3, y * scale * 0.55, index);
	const step = 0.0022;
	const slope =
		relief(u - step, v) - relief(u + step, v) + 0.5 * (relief(u, v + step) - relief(u, v - step));
	const side = light.sun.x < 0.5 ? 1 : -1;
	const lit = clamp(0.42 + slope * side * 2.1);

	let colour = mix3(light.rockShade, light.rockLit, lit);
	if (range.snow > 0) {
		const line = range.height * range.snow * (0.55 + 0.6 * fbm(u * 14, v * 14, 31, 4));
		const cover =
			smooth(line, line * 0.45, depth) * smooth(0.22, 0.5, lit + 0.35 * fbm(u * 60, v * 60, 8, 3));
		colour = mix3(colour, mix3(light.snowShade, light.snowLit, smooth(0.25, 0.8, lit)), cover);
	}
	const forest = smooth(1, 3, index);
	colour = mix3(colour, mix3(light.forest, light.rockLit, 0.16 * lit), forest);

	const mist =
		smooth(0, range.height * 0.9 + 0.05, depth) *
		(0.62 - 0.25 * nearness) *
		(0.6 + 0.6 * fbm(u * 4, v * 12, 77, 4));
	const haze = clamp(mix(0.6, 0.02, Math.pow(nearness, 0.75)) + mist);
	const warm = Math.exp(-Math.abs(u - light.sun.x) * 2.4);
	return mix3(colour, mix3(light.haze, light.hazeLit, warm), haze);
}

function ridged2(x: number, y: number, seed: number): number {
	return 1 - Math.abs(2 * fbm(x, y, 60 + seed, 5) - 1);
}

/** Tips of the firs along the nearest ridge, as height above it. */
function firs(u: number, seed: number): number {
	let top = 0;
	for (const [count, size] of [
		[150, 0.042],
		[210, 0.03],
		[320, 0.02],
	]) {
		const x = u * count;
		for (const cell of [Math.floor(x) - 1, Math.floor(x), Math.floor(x) + 1]) {
			const height = size * (0.45 + 0.75 * hash(cell, count, seed));
			const distance = Math.abs(x - cell - 0.2 - 0.6 * hash(cell, count, seed + 1)) / count;
			// A cone with stepped sides reads as branches.
			const above = height - distance * 4.6;
			const branches = 0.0022 * Math.abs(((above * 190) % 1) - 0.5);
			top = Math.max(top, above - branches);
		}
	}
	return top;
}

/** What is seen above the water at pixel (x, y). */
function scene(x: number, y: number, light: Light, { ridges, crests }: Outlines): Colour {
	const [u, v] = [(x + 0.5) / WIDTH, (y + 0.5) / HEIGHT];
	let colour: Colour | undefined;
	for (const [index, range] of RANGES.entries()) {
		const top = ridges[index][x];
		const cover = clamp((v - top) * HEIGHT + 0.5);
		if (cover === 0) continue;
		const own = rock(range, index, u, v, crests[index][x], light);
		colour = cover === 1 ? own : mix3(colour ?? sky(u, v, light), own, cover);
	}
	return colour ?? sky(u, v, light);
}

/** For each range and column, where it begins, with its trees and without. */
interface Outlines {
	ridges: Float64Array[];
	crests: Float64Array[];
}

function outlines(): Outlines {
	const columns = (row: (u: number) => number) =>
		Float64Array.from({ length: WIDTH }, (_, x) => row((x + 0.5) / WIDTH));
	const nearest = RANGES.length - 1;
	// The nearest range opens in the middle, where the lake meets the valley.
	const opening = (u: number) => 0.25 + 1.2 * Math.pow(Math.abs(u - 0.47) * 2, 1.4);
	const crest = (index: number, u: number) =>
		RANGES[index].base - ridge(RANGES[index], index, u) * (index === nearest ? opening(u) : 1);
	const trees = (index: number, u: number) =>
		index === nearest ? firs(u, 91) * (0.55 + 0.7 * opening(u)) : 0;
	return {
		crests: RANGES.map((_, index) => columns((u) => crest(index, u))),
		ridges: RANGES.map((_, index) => columns((u) => crest(index, u) - trees(index, u))),
	};
}

function paint(light: Light): Buffer {
	const lines = outlines();
	const above: Colour[][] = [];
	for (let y = 0; y < SHORE; y++) {
		above.push(Array.from({ length: WIDTH }, (_, x) => scene(x, y, light, lines)));
	}
	const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
	for (let y = 0; y < HEIGHT; y++) {
		for (let x = 0; x < WIDTH; x++) {
			const colour = y < SHORE ? above[y][x] : water(x, y, above, light);
			const [u, v] = [x / WIDTH - 0.5, y / HEIGHT - 0.5];
			const vignette = 1 - 0.42 * (u * u + v * v);
			const grain = 0.018 * (hash(x, y, 5) + hash(x, y, 6) - 1);
			for (let channel = 0; channel < 3; channel++) {
				const value = clamp(filmic(colour[channel] * vignette) + grain);
				pixels[(y * WIDTH + x) * 3 + channel] = Math.round(255 * value);
			}
		}
	}
	return pixels;
}

/** The mirrored scene, bent by ripples that grow towards the viewer, darker the steeper one looks down. */
function water(x: number, y: number, above: Colour[][], light: Light): Colour {
	const depth = (y - SHORE) / (HEIGHT - SHORE);
	const distance = 1 / (0.07 + depth);
	const [rx, ry] = [(x / WIDTH - 0.5) * distance * 5, distance * 9];
	const ripple = fbm(rx * 1.3, ry * 3, 51, 4) - 0.5 + 0.5 * (fbm(rx * 5, ry * 11, 52, 3) - 0.5);
	const calm = smooth(0.35, 0.62, fbm(rx * 0.35, ry * 0.8, 53, 3));
	const strength = (4 + 46 * depth) * mix(0.35, 1, calm);
	const sourceY = clamp(SHORE - 1 - (y - SHORE) * 1.75 - Math.abs(ripple) * strength, 0, SHORE - 1);
	const sourceX = clamp(x + ripple * strength * 0.35, 0, WIDTH - 1);
	const mirrored = sample(above, sourceX, sourceY);
	let colour = mix3(mirrored, light.water, 0.16 + 0.4 * depth + 0.1 * calm);

	// Glitter of the sun: ripples in its column that catch the light.
	const column = Math.exp(-(((x / WIDTH - light.sun.x) / (0.02 + 0.05 * depth)) ** 2));
	colour = add(
		colour,
		light.sun.colour,
		0.9 * column * smooth(0.1, 0.34, ripple) * (1 - 0.5 * depth),
	);
	// A thin bright line of mist lies on the water below the far shore.
	return mix3(colour, light.hazeLit, 0.3 * Math.exp(-depth * 26));
}

function sample(rows: Colour[][], x: number, y: number): Colour {
	const [i, j] = [Math.floor(x), Math.floor(y)];
	const [right, down] = [Math.min(i + 1, WIDTH - 1), Math.min(j + 1, rows.length - 1)];
	const upper = mix3(rows[j][i], rows[j][right], x - i);
	return mix3(upper, mix3(rows[down][i], rows[down][right], x - i), y - j);
}

function add(colour: Colour, light: Colour, amount: number): Colour {
	return [
		colour[0] + light[0] * amount,
		colour[1] + light[1] * amount,
		colour[2] + light[2] * amount,
	];
}

/** Leaves shadows and mid-tones alone and rolls highlights off below white. */
function filmic(value: number): number {
	return value < 0.7 ? value : 0.7 + 0.3 * (1 - Math.exp(-(value - 0.7) / 0.3));
}

async function save(name: string, light: Light): Promise<void> {
	const file = join(__dirname, name);
	const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${WIDTH}x${HEIGHT}`, '-i', '-'];
	await execa(ffmpeg, ['-v', 'error', '-y', ...input, '-frames:v', '1', '-q:v', '4', file], {
		input: paint(light),
	});
	console.log(`${file}: ${Math.round(statSync(file).size / 1000)} kB`);
}

void Promise.all([save('mountain.jpg', dusk), save('mountain-night.jpg', night)]);
