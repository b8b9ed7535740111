/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/** Every document of the project points at what there is: files, pictures, headings, commands and their flags. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

import { anchorsOf, commandsOf, documentsIn, linksOf, type Document } from './support/markdown';

const ROOT = join(__dirname, '../../..');
const documents = documentsIn(ROOT);
const { name, version, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
	name: string;
	version: string;
	scripts: Record<string, string>;
};

/** What is wrong with a link, or nothing. */
function linkProblem({ file, text }: Document, link: string): string | undefined {
	const [path, anchor] = link.split('#');
	const isHere = path === '';
	const target = isHere ? file : normalize(join(dirname(file), path));
	const exists = isHere || (!target.startsWith('..') && existsSync(join(ROOT, target)));
	if (!exists) return `${file}: no file ${link}`;
	if (anchor === undefined) return undefined;
	const other = isHere ? text : readFileSync(join(ROOT, target), 'utf8');
	return anchorsOf({ file: target, text: other }).includes(anchor)
		? undefined
		: `${file}: no heading ${link}`;
}

/** The flags that a script reads: its `parseArgs` names them. */
function knownFlags(script: string): string[] {
	const [, source] = /(\S+\.ts)$/.exec(scripts[script]) ?? [];
	if (!source) return [];
	const options = /options: \{([\s\S]*?)\}\s*,?\s*\}\)/.exec(
		readFileSync(join(ROOT, source), 'utf8'),
	);
	return [...(options?.[1] ?? '').matchAll(/'?([a-z-]+)'?: \{/g)].map(([, flag]) => `--${flag}`);
}

/** The published package, or the file that `npm pack` makes of this version. */
const OURS = [name, `./${name}-${version}.tgz`];

function npmProblem(words: string[]): string | undefined {
	const [first, second] = words;
	const script = first === 'run' ? second : first;
	if (script === 'pack') return undefined;
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

describe.each(documents.map((document) => [document.file, document] as const))(
	'%s',
	(_, document) => {
		it('links to files, pictures and headings that exist', () => {
			const problems = linksOf(document).flatMap((link) => linkProblem(document, link) ?? []);
			expect(problems).toEqual([]);
		});

		it('names commands that exist', () => {
			const problems = commandsOf(document).flatMap((command) => {
				const problem = commandProblem(command);
				return problem ? [`${command}: ${problem}`] : [];
			});
			expect(problems).toEqual([]);
		});
	},
);

describe('These checks', () => {
	const document: Document = {
		file: 'docs/a.md',
		text: [
			'# One thing, "quoted"',
			'[good](#one-thing-quoted) [bad](#two) ![bad](images/none.png) [good](../README.md)',
			'<img src="images/none.svg"> [far](https://example.com/none) `[code](none)`',
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

	it('find links that lead nowhere', () => {
		const problems = linksOf(document).flatMap((link) => linkProblem(document, link) ?? []);
		expect(problems).toEqual([
			'docs/a.md: no heading #two',
			'docs/a.md: no file images/none.png',
			'docs/a.md: no file images/none.svg',
		]);
	});

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

	it('every picture of docs/images is a file with something in it', () => {
		const pictures = documents.flatMap((entry) =>
			linksOf(entry)
				.filter((link) => /\.(png|svg|jpe?g|gif|webp)$/.test(link))
				.map((link) => join(ROOT, dirname(entry.file), link)),
		);
		expect(pictures.length).toBeGreaterThan(2);
		expect(pictures.filter((file) => statSync(file).size < 500)).toEqual([]);
	});
});
