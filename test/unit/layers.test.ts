/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** The node's layers import downwards only, types too. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const NODES = join(__dirname, '../../nodes');

/** From top to bottom; what stands in one row does not import each other but by its own folder. */
const LAYERS = [
	'KlingO3/KlingO3.node',
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
	'segmind/wire',
];

const layerOf = (path: string) =>
	LAYERS.findIndex((layer) => path === layer || path.startsWith(`${layer}/`));

const FILES = readdirSync(NODES, { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.ts'))
	.map((file) => file.replace(/\.ts$/, ''));

const importsOf = (file: string) =>
	[
		...readFileSync(join(NODES, `${file}.ts`), 'utf8').matchAll(/(?:from |import\()'(\.[^']+)'/g),
	].map(([, path]) => relative(NODES, join(NODES, dirname(file), path)));

describe('The layers of the node', () => {
	it.each(FILES)('%s stands in one, and imports none that is above it', (file) => {
		const own = layerOf(file);
		expect([file, own]).not.toEqual([file, -1]);
		const above = importsOf(file).filter((path) => layerOf(path) < own);
		expect(above).toEqual([]);
	});
});
