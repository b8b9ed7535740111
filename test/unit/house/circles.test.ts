/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** No file of these folders imports itself by way of others of its folder, types included. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../../..');
const IMPORT = /(?:from|require\(|import\()\s*'(\.[^']+)'/g;

/** The file that an import means. */
const resolved = (path: string): string | undefined =>
	[path, ...['.ts', '.js', '/index.ts'].map((end) => path + end)].find(
		(file) => /\.[jt]s$/.test(file) && existsSync(file),
	);

const importsOf = (file: string): string[] =>
	[...readFileSync(file, 'utf8').matchAll(IMPORT)].flatMap(
		([, path]) => resolved(join(dirname(file), path)) ?? [],
	);

/** The first circle that a walk from a file meets. */
function circleFrom(file: string, imports: (file: string) => string[]): string[] | undefined {
	const done = new Set<string>();
	const walk = (at: string, way: string[]): string[] | undefined => {
		if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
		if (done.has(at)) return undefined;
		done.add(at);
		for (const next of imports(at)) {
			const circle = walk(next, [...way, at]);
			if (circle) return circle;
		}
		return undefined;
	};
	return walk(file, []);
}

it.each(['harness', 'demo'])('%s has no circle', (folder) => {
	const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
		.filter((file) => /\.[jt]s$/.test(file))
		.map((file) => join(ROOT, folder, file));
	expect(files.length).toBeGreaterThan(5);
	const inside = (file: string) => importsOf(file).filter((path) => files.includes(path));
	for (const file of files) {
		const circle = circleFrom(file, inside)?.map((path) => relative(ROOT, path));
		expect(circle).toBeUndefined();
	}
});

it('a circle would be found', () => {
	const imports: Record<string, string[]> = { a: ['b'], b: ['c', 'd'], c: [], d: ['b'] };
	expect(circleFrom('a', (file) => imports[file])).toEqual(['b', 'd', 'b']);
});
