/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** What docs/architecture.md names exists: its files, its rooms, the ledger's methods. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const text = read('docs/architecture.md');
const [rooms, life] = [...text.matchAll(/```mermaid\n([\s\S]*?)```/g)].map(([, code]) => code);
const paths = [...text.matchAll(/`((?:nodes|test)\/[\w./]+)`/g)].map(([, path]) => path);

it('names files that exist', () => {
	expect(paths.length).toBeGreaterThan(30);
	expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it.each(['KlingO3', 'segmind'])('draws every room of nodes/%s', (name) => {
	const folders = readdirSync(join(ROOT, 'nodes', name), { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.map((entry) => entry.name)
		// The lists that the panel fetches: a room with one file.
		.filter((folder) => folder !== 'methods');
	expect(folders.filter((folder) => !new RegExp(`\\b${folder}\\b`).test(rooms))).toEqual([]);
});

it('has the arrows in the order that layers.test.ts holds', () => {
	const layers = [
		...read('test/unit/house/layers.test.ts').matchAll(/^\t+'(?:\w+)\/(\w+)',$/gm),
	].map(([, layer]) => layer);
	const [, chain] = /operations --> (run .*)/.exec(rooms) ?? [];
	const places = chain.split(' --> ').map((room) => layers.indexOf(room));
	expect(places).not.toContain(-1);
	expect(places).toEqual([...places].sort((one, other) => one - other));
});

it('names methods and states that the ledger has', () => {
	const ledger = read('nodes/segmind/job/ledger.ts');
	const methods = [...life.matchAll(/\b(\w+)\(/g)].map(([, method]) => method);
	expect(methods.length).toBeGreaterThan(6);
	expect(
		methods.filter((name) => !new RegExp(`^\\t(async )?${name}\\(`, 'm').test(ledger)),
	).toEqual([]);
	const states = new Set([...life.matchAll(/^ {2}(\w+) -->/gm)].map(([, state]) => state));
	const [, type] = /type JobState = ([^;]*);/.exec(ledger) ?? [];
	expect([...states].sort()).toEqual([...type.matchAll(/'(\w+)'/g)].map(([, name]) => name).sort());
});
