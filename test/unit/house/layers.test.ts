/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Layers import downwards only, types too: those of the node, and those of the harness. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** From top to bottom; what stands in one row does not import each other but by its own folder. */
const LAYERS = {
	nodes: [
		'KlingO3/KlingO3.node',
		'KlingO3/firstUse',
		'KlingO3/work',
		'KlingO3/descriptions',
		'KlingO3/methods',
		'KlingO3/operations',
		'KlingO3/models',
		'KlingO3/fields',
		'segmind/run',
		'segmind/park',
		'segmind/job',
		'segmind/transfer',
		'segmind/problems',
		'segmind/outcome',
		'segmind/schedule',
		'segmind/policy',
		'segmind/api',
		'segmind/transport',
	],
	harness: ['run', 'drive', 'install'],
};

describe.each(Object.entries(LAYERS))('The layers of %s', (room, layers) => {
	const folder = join(ROOT, room);
	const layerOf = (path: string) =>
		layers.findIndex((layer) => path === layer || path.startsWith(`${layer}/`));
	const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => file.replace(/\.ts$/, ''));
	const importsOf = (file: string) =>
		[...readFileSync(join(folder, `${file}.ts`), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g)]
			.map(([, path]) => relative(folder, join(folder, dirname(file), path)))
			.filter((path) => !path.startsWith('..'));

	it.each(files)('%s stands in one, and imports none that is above it', (file) => {
		const own = layerOf(file);
		expect([file, own]).not.toEqual([file, -1]);
		const above = importsOf(file).filter((path) => layerOf(path) < own);
		expect(above).toEqual([]);
	});
});
