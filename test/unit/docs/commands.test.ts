/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Every command in a document exists, with its flags. The links are checked by remark, in `npm run lint`. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { commandsOf, documentsIn, type Document } from './support/markdown';

const ROOT = join(__dirname, '../../..');
const documents = documentsIn(ROOT);
const { name, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	name: string;
	scripts: Record<string, string>;
};

/** The flags that a script reads: its `parseArgs` names them, or its commander's `option`s. */
function knownFlags(script: string): string[] {
	const [, file] = /(\S+\.ts)$/.exec(scripts[script]) ?? [];
	if (!file) return [];
	const source = readFileSync(join(ROOT, file), 'utf8');
	const options = /options: \{([\s\S]*?)\}\s*,?\s*\}\)/.exec(source);
	const parsed = [...(options?.[1] ?? '').matchAll(/'?([a-z-]+)'?: \{/g)];
	const ofCommander = [...source.matchAll(/option\('--([a-z-]+)/gi)];
	return [...parsed, ...ofCommander].map(([, flag]) => `--${flag}`);
}

/** The published package, or the file that `npm pack` makes of it, whatever its version. */
const OURS = [name, `./${name}-*.tgz`];

function npmProblem(words: string[]): string | undefined {
	const [first, second] = words;
	const script = first === 'run' ? second : first;
	if (script === 'pack' || script === 'ci') return undefined;
	if (script === 'install') {
		const wanted = words.slice(1).filter((word) => !/^[-~]/.test(word));
		return wanted.every((word) => OURS.includes(word)) ? undefined : 'installs something else';
	}
	if (!(script in scripts)) return `no script ${script}`;
	const separator = words.indexOf('--');
	const flags = separator < 0 ? [] : words.slice(separator).filter((word) => /^--./.test(word));
	const unknown = flags.filter((flag) => !knownFlags(script).includes(flag));
	return unknown.length > 0 ? `no flag ${unknown.join(', ')}` : undefined;
}

const { projects } = jest.requireActual<{ projects: Array<{ displayName: string }> }>(
	'../../../jest.config.js',
);

function npxProblem([tool, ...words]: string[]): string | undefined {
	const place = tool.startsWith('@') ? tool : join('.bin', tool);
	if (!existsSync(join(ROOT, 'node_modules', place))) return `no tool ${tool}`;
	const paths = words.filter((word) => word.includes('/') && !word.startsWith('-'));
	// Jest takes the beginning of a test's path.
	const missing = paths.filter(
		(path) => ![path, `${path}.test.ts`].some((file) => existsSync(join(ROOT, file))),
	);
	if (missing.length > 0) return `no file ${missing.join(', ')}`;
	const project = words.indexOf('--selectProjects');
	const isKnown = projects.some(({ displayName }) => displayName === words[project + 1]);
	return project < 0 || isKnown ? undefined : 'no such project';
}

function commandProblem(command: string): string | undefined {
	const [tool, ...words] = command.split(/\s+/);
	return tool === 'npm' ? npmProblem(words) : npxProblem(words);
}

it.each(documents.map((document) => [document.file, document] as const))(
	'%s names commands that exist',
	(_, document) => {
		const problems = commandsOf(document).flatMap((command) => {
			const problem = commandProblem(command);
			return problem ? [`${command}: ${problem}`] : [];
		});
		expect(problems).toEqual([]);
	},
);

it.each(['docs/images', 'examples/images'])(
	'every picture of %s has something in it and is in a document',
	(folder) => {
		const text = documents.map((document) => document.text).join('\n');
		const pictures = readdirSync(join(ROOT, folder));
		expect(pictures.length).toBeGreaterThan(2);
		expect(pictures.filter((name) => !text.includes(`images/${name}`))).toEqual([]);
		expect(pictures.filter((name) => statSync(join(ROOT, folder, name)).size < 500)).toEqual([]);
	},
);

describe('These checks', () => {
	const document: Document = {
		file: 'docs/a.md',
		text: [
			'```bash',
			'npm run nothing # no',
			'FLAG=1 npm run demo -- --open \\',
			'  --nothing',
			'npx nothing',
			'```',
			'`npm test -- --only unit` and `npx jest test/unit/none --selectProjects unit`',
			'`npx jest test/unit --selectProjects none`',
		].join('\n'),
	};

	it('find commands that do not exist', () => {
		expect(commandsOf(document).map(commandProblem)).toEqual([
			'no script nothing',
			'no flag --nothing',
			'no tool nothing',
			undefined,
			'no file test/unit/none',
			'no such project',
		]);
	});

	it('look at all documents', () => {
		expect(documents.map(({ file }) => file)).toEqual(
			expect.arrayContaining(['README.md', 'CONTRIBUTING.md', join('docs', 'errors.md')]),
		);
	});
});
