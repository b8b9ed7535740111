/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import execa from 'execa';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { pathToFileURL } from 'node:url';

import { loadedModules, usedNames } from './support/modules';
import { filesBelow, packAndUnpack, ROOT, type Tarball } from './support/tarball';

const MINUTE = 60_000;
jest.setTimeout(3 * MINUTE);

interface Manifest {
	name: string;
	license: string;
	keywords: string[];
	files: string[];
	scripts: Record<string, string>;
	dependencies?: unknown;
	optionalDependencies?: unknown;
	bundledDependencies?: unknown;
	bundleDependencies?: unknown;
	overrides?: unknown;
	peerDependencies: unknown;
	n8n: { n8nNodesApiVersion: number; strict: boolean; nodes: string[]; credentials: string[] };
}

let tarball: Tarball;
let manifest: Manifest;
const read = (file: string) => readFileSync(join(tarball.folder, file), 'utf8');
const compiled = () => tarball.files.filter((file) => file.endsWith('.js'));

beforeAll(async () => {
	tarball = await packAndUnpack();
	manifest = JSON.parse(read('package.json')) as Manifest;
});
afterAll(() => tarball?.remove());

describe('The tarball', () => {
	it('holds package.json, the README and dist, and nothing else but a license', () => {
		const tops = new Set(tarball.files.map((file) => file.split('/')[0]));
		tops.delete('LICENSE');
		expect([...tops].sort()).toEqual(['README.md', 'dist', 'package.json']);
	});

	it('has in dist only compiled code, icons and the codex file, of nodes and credentials', () => {
		const others = tarball.files
			.filter((file) => file.startsWith('dist/'))
			.filter(
				(file) => !/^dist\/(nodes|credentials)\/.*(\.js|\.svg|\.png|\.node\.json)$/.test(file),
			);
		expect(others).toEqual([]);
	});

	it('has no sources, tests, maps or development tools', () => {
		const unwanted = tarball.files.filter((file) =>
			/\.tsx?$|\.map$|\.tsbuildinfo$|(^|\/)(test|tests|__tests__|sandbox|harness|demo|node_modules)\/|\.test\.|\.spec\./.test(
				file,
			),
		);
		expect(unwanted).toEqual([]);
	});

	it('has compiled code for every source, and none for a source that is gone', () => {
		const sources = ['nodes', 'credentials'].flatMap((folder) =>
			filesBelow(join(ROOT, folder))
				.filter((file) => file.endsWith('.ts'))
				.map((file) => `dist/${folder}/${file.replace(/\.ts$/, '.js')}`),
		);
		expect(compiled().sort()).toEqual(sources.sort());
	});

	it('is smaller than 130 kB', () => {
		expect(tarball.packedSize).toBeLessThan(130_000);
	});
});

describe('package.json', () => {
	it('says to n8n what there is, in strict mode of API version 1', () => {
		expect(manifest.n8n).toEqual({
			n8nNodesApiVersion: 1,
			strict: true,
			nodes: ['dist/nodes/KlingO3/KlingO3.node.js'],
			credentials: ['dist/credentials/SegmindApi.credentials.js'],
		});
	});

	it('names the package as n8n expects community nodes to be named, under MIT', () => {
		expect(manifest).toMatchObject({ name: 'n8n-nodes-segmind-kling', license: 'MIT' });
		expect(manifest.keywords).toContain('n8n-community-node-package');
	});

	it('has no runtime dependency, and n8n-workflow as its only peer', () => {
		expect(manifest.dependencies ?? {}).toEqual({});
		expect(manifest.optionalDependencies ?? {}).toEqual({});
		expect(manifest.bundledDependencies ?? manifest.bundleDependencies ?? []).toEqual([]);
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
	});

	it('has nothing that runs at an install, and no overrides', () => {
		const scripts = Object.keys(manifest.scripts ?? {});
		expect(
			scripts.filter((name) => /^(pre|post)?install$|^(pre|post)?prepare$/.test(name)),
		).toEqual([]);
		expect(manifest.overrides).toBeUndefined();
	});
});

describe('The compiled code', () => {
	const ALLOWED = ['n8n-workflow', 'crypto'];

	it('loads nothing but its own files, n8n-workflow and crypto', () => {
		const foreign = compiled().flatMap((file) =>
			loadedModules(read(file))
				.filter((name) => !name.startsWith('.') && !ALLOWED.includes(name))
				.map((name) => `${file}: ${name}`),
		);
		expect(foreign).toEqual([]);
	});

	it('loads files of its own that are in the package, and none outside', () => {
		const missing = compiled().flatMap((file) =>
			loadedModules(read(file))
				.filter((name) => name.startsWith('.'))
				.map((name) => normalize(join(dirname(file), name)))
				.filter(
					(target) =>
						![target, `${target}.js`, `${target}.json`, `${target}/index.js`].some((path) =>
							tarball.files.includes(path),
						),
				)
				.map((target) => `${file}: ${target}`),
		);
		expect(missing).toEqual([]);
	});

	it('uses no global that n8n forbids', () => {
		const forbidden = [
			'process',
			'fs',
			'global',
			'globalThis',
			'__dirname',
			'__filename',
			'eval',
			'Function',
			'setTimeout',
			'setInterval',
			'setImmediate',
			'clearTimeout',
			'clearInterval',
			'clearImmediate',
			'console',
			'fetch',
		];
		const used = compiled().flatMap((file) => {
			const names = usedNames(read(file));
			return forbidden.filter((name) => names.has(name)).map((name) => `${file}: ${name}`);
		});
		expect(used).toEqual([]);
	});

	it('would be caught: the reading of requires and globals sees every form', () => {
		const text = `
			const a = require('axios'); require.resolve('lodash'); import('node-fetch'); import('fs');
			const name = 'x'; require(name); require(\`os\`); const load = require; load('net');
			process.exit(); const b = { t: setTimeout }; a.process; ({ fetch: 1 }); // require('comment')
		`;
		expect(loadedModules(text).sort()).toEqual([
			'<name>',
			'<require>',
			'axios',
			'fs',
			'lodash',
			'node-fetch',
			'os',
		]);
		const names = usedNames(text);
		expect([names.has('process'), names.has('setTimeout'), names.has('fetch')]).toEqual([
			true,
			true,
			false,
		]);
		expect(usedNames('a.process').has('process')).toBe(false);
		expect(usedNames('function fetch() {} fetch();').has('fetch')).toBe(false);
	});
});

describe('The classes', () => {
	/** In a Node of its own, where n8n-workflow is the only module that can be found. */
	async function load<T>(file: string, className: string, expression: string): Promise<T> {
		const script = `
			const module_ = require(${JSON.stringify(join(tarball.folder, file))});
			const instance = new module_[${JSON.stringify(className)}]();
			console.log(JSON.stringify(${expression}));`;
		const { stdout } = await execa(process.execPath, ['-e', script], { cwd: tarball.folder });
		return JSON.parse(stdout) as T;
	}

	it('of the node loads from the package and is klingO3', async () => {
		const node = await load<{ description: { name: string }; execute: string }>(
			manifest.n8n.nodes[0],
			'KlingO3',
			'{ description: instance.description, execute: typeof instance.execute }',
		);
		expect(node).toMatchObject({ description: { name: 'klingO3' }, execute: 'function' });
	});

	it('of the credential loads from the package and is segmindApi', async () => {
		const credential = await load<{ name: string; authenticate: string }>(
			manifest.n8n.credentials[0],
			'SegmindApi',
			'{ name: instance.name, authenticate: typeof instance.authenticate }',
		);
		expect(credential).toEqual({ name: 'segmindApi', authenticate: 'function' });
	});

	it('refer to icons, light and dark, that lie beside them', async () => {
		const icons = {
			[manifest.n8n.nodes[0]]: await load<Record<string, string>>(
				manifest.n8n.nodes[0],
				'KlingO3',
				'instance.description.icon',
			),
			[manifest.n8n.credentials[0]]: await load<Record<string, string>>(
				manifest.n8n.credentials[0],
				'SegmindApi',
				'instance.icon',
			),
		};
		for (const [file, icon] of Object.entries(icons)) {
			expect(Object.keys(icon).sort()).toEqual(['dark', 'light']);
			for (const address of Object.values(icon)) {
				const name = join(dirname(file), address.replace(/^file:/, ''));
				expect(tarball.files).toContain(name);
				expect(read(name)).toContain('<svg');
			}
		}
	});

	it('have a codex file beside the node, named after it', () => {
		const codex = manifest.n8n.nodes[0].replace(/\.js$/, '.json');
		expect(tarball.files).toContain(codex);
		expect(JSON.parse(read(codex))).toMatchObject({ node: `${manifest.name}.klingO3` });
	});
});

describe('n8n’s scanner of community packages', () => {
	const SCANNER = pathToFileURL(
		join(ROOT, 'node_modules/@n8n/scan-community-package/scanner/scanner.mjs'),
	).href;

	/** As the scanner's own command does, which only takes published packages. */
	async function scan(
		folder: string,
		patterns: string,
	): Promise<{ passed: boolean; message?: string; details?: string }> {
		const script = `
			const scanner = await import(${JSON.stringify(SCANNER)});
			const result = await scanner.analyzePackage(${JSON.stringify(folder)}, ${patterns});
			console.log('RESULT' + JSON.stringify(result));`;
		const { stdout } = await execa(process.execPath, ['--input-type=module', '-e', script], {
			cwd: ROOT,
			// Some of its rules look at no file name while they are tested themselves.
			env: { NODE_ENV: 'production' },
		});
		return JSON.parse(stdout.slice(stdout.lastIndexOf('RESULT') + 'RESULT'.length)) as {
			passed: boolean;
		};
	}

	it('passes the package', async () => {
		expect(await scan(tarball.folder, "['**/*.js', 'package.json']")).toEqual({ passed: true });
	});

	it('passes the package with every pattern that it knows', async () => {
		expect(await scan(tarball.folder, 'undefined')).toEqual({ passed: true });
	});

	it('would find what n8n forbids', async () => {
		const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-scan-'));
		mkdirSync(join(folder, 'dist'));
		writeFileSync(
			join(folder, 'package.json'),
			JSON.stringify({ ...manifest, peerDependencies: {} }),
		);
		writeFileSync(join(folder, 'dist/index.js'), 'module.exports = [require("fs"), process.env];');
		const result = await scan(folder, 'undefined');
		rmSync(folder, { recursive: true });
		expect(result.passed).toBe(false);
		for (const word of ['fs', 'process', 'peerDependencies'])
			expect(result.details).toContain(word);
	});

	it('passes the sources', async () => {
		expect(await scan(ROOT, 'scanner.SOURCE_FILE_PATTERNS')).toEqual({ passed: true });
	});
});
