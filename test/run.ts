/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/**
 * `npm test`: everything, in two lanes, one for each of CI's processors: real n8n mostly waits. The two n8n are
 * installed meanwhile, one after the other. `npm test -- --only unit,lint` runs some stages.
 *
 * `npm run test:fast`: what tells within 90 seconds whether a change is sound, all at the same time.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import execa from 'execa';

import { installN8n } from '../harness/install';
import { packInto, TARBALL } from '../harness/install/pack';

const ROOT = join(__dirname, '..');
const OUTPUT = join(__dirname, 'output');
const MINUTE = 60_000;

interface Stage {
	name: string;
	command: string[];
	/** A stage that takes longer has failed (ms). */
	budget: number;
	/** Starts only when both n8n are installed, and the package is built. */
	needsN8n?: boolean;
}

const reportOf = (stage: string) => ['--json', `--outputFile=${join(OUTPUT, `${stage}.json`)}`];

const jest = (project: string, ...args: string[]) => [
	...['jest', '--selectProjects', project],
	...reportOf(project),
	...args,
];

/** As many at once as CI has processors; Jest itself would leave one of two idle. */
const BOTH = ['--maxWorkers=2'];

/** It counts requests by the second: it must not share its processor. */
const TIMED = 'test/workflow/rate.test';

/** They have time-outs of seconds, so no more of them run at once than there are processors. */
const MATRIX = 'test/workflow/matrix';

/** They simulate thousands of runs, or wait for time-outs and pauses as long as they are: minutes in all. */
const SLOW = [
	'test/unit/schedule/(goals|hour|polling|simulation)',
	'test/workflow/(matrix|simulation|rate|ways|stalls|undelivered|recover|earlyResult|getOfAnyAge|options|transfers)',
].join('|');

const LINT: Stage = { name: 'lint', command: ['npm', 'run', 'lint'], budget: 5 * MINUTE };
const TYPES: Stage = {
	name: 'types',
	command: ['tsc', '-p', 'tsconfig.dev.json'],
	budget: 5 * MINUTE,
};

const FAST: Stage[] = [
	LINT,
	TYPES,
	{
		name: 'fast',
		command: [
			...['jest', '--selectProjects', 'unit', 'workflow'],
			...['--testPathIgnorePatterns', SLOW, '--maxWorkers=5', ...reportOf('fast')],
		],
		budget: 5 * MINUTE,
	},
];

const BUILD: Stage = { name: 'build', command: ['npm', 'run', 'build'], budget: 3 * MINUTE };

/** Each lane's stages run one after the other. */
const LANES: Stage[][] = [
	[
		LINT,
		TYPES,
		{ name: 'unit', command: jest('unit', ...BOTH), budget: 8 * MINUTE },
		{ name: 'package', command: jest('package'), budget: 5 * MINUTE },
		{ name: 'sandbox', command: jest('sandbox', ...BOTH), budget: 10 * MINUTE },
		// They mostly wait, so that more of them run at once than there are processors.
		{
			name: 'workflow',
			command: jest(
				...['workflow', '--maxWorkers=3'],
				...['--testPathIgnorePatterns', `${TIMED}|${MATRIX}`],
			),
			budget: 20 * MINUTE,
		},
		{
			name: 'matrix',
			command: ['jest', MATRIX, '--selectProjects', 'workflow', ...BOTH, ...reportOf('matrix')],
			budget: 20 * MINUTE,
		},
		{
			name: 'editor',
			command: jest('editor', '--runInBand'),
			budget: 15 * MINUTE,
			needsN8n: true,
		},
	],
	[{ name: 'e2e', command: jest('e2e', '--runInBand'), budget: 45 * MINUTE, needsN8n: true }],
];

/** When nothing else runs. */
const ALONE: Stage = {
	name: 'timed',
	command: ['jest', TIMED, '--runInBand', '--selectProjects', 'workflow', ...reportOf('timed')],
	budget: 5 * MINUTE,
};

/** One after the other: two at a time only compete for disk and network. */
async function installBoth(): Promise<void> {
	for (const version of ['2.41.1', '1.100.1'] as const) {
		await installN8n(version, (line) => console.log(`[n8n ${version}] ${line}`));
	}
}

/**
 * @param apart others run at the same time: what it prints comes in one piece, when it has ended
 * @returns whether the stage passed
 */
async function run(stage: Stage, apart = false): Promise<boolean> {
	const startedAt = Date.now();
	const head = `\n── ${stage.name} ${'─'.repeat(60 - stage.name.length)}`;
	console.log(apart ? `── ${stage.name}: started` : head);
	const [file, ...args] = stage.command;
	const { all, exitCode, timedOut } = await execa(file, args, {
		...{ cwd: ROOT, stdio: apart ? 'pipe' : 'inherit', all: apart },
		preferLocal: true,
		timeout: stage.budget,
		reject: false,
	});
	if (apart) console.log(`${head}\n${all}`);
	const seconds = Math.round((Date.now() - startedAt) / 1000);
	const why = timedOut ? `took longer than its ${stage.budget / MINUTE} minutes` : 'failed';
	console.log(`── ${stage.name}: ${exitCode === 0 ? 'passed' : why} after ${seconds} s`);
	return exitCode === 0;
}

/** Tests of the jest stages; a stage without jest counts as one. */
function countOf(stage: Stage, passed: boolean): { passed: number; failed: number } {
	const alone = { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
	if (stage.command[0] !== 'jest') return alone;
	try {
		const report = JSON.parse(readFileSync(join(OUTPUT, `${stage.name}.json`), 'utf8')) as {
			numPassedTests: number;
			numFailedTests: number;
		};
		const failed = Math.max(report.numFailedTests, alone.failed);
		return { passed: report.numPassedTests, failed };
	} catch {
		return { passed: 0, failed: 1 };
	}
}

interface Total {
	passed: number;
	failed: number;
	failures: string[];
}

function add(total: Total, stage: Stage, isPassed: boolean): void {
	const { passed, failed } = countOf(stage, isPassed);
	total.passed += passed;
	total.failed += failed;
	if (!isPassed) total.failures.push(stage.name);
}

/** @param apart others run at the same time */
async function runOne(stage: Stage, total: Total, apart = false): Promise<boolean> {
	const isPassed = await run(stage, apart);
	add(total, stage, isPassed);
	return isPassed;
}

/** For the tests that start n8n: both versions, and the packed package. @returns whether all is there */
async function prepare(total: Total): Promise<boolean> {
	const installed = installBoth().then(
		() => true,
		(error: unknown) => {
			console.error(error);
			return false;
		},
	);
	const isBuilt = await runOne(BUILD, total);
	if (isBuilt) process.env[TARBALL] = await packInto(OUTPUT);
	return (await installed) && isBuilt;
}

async function runAll(isWanted: (stage: Stage) => boolean, total: Total): Promise<void> {
	const lanes = LANES.map((lane) => lane.filter(isWanted));
	const needsN8n = lanes.flat().some((stage) => stage.needsN8n);
	const prepared = needsN8n ? prepare(total) : isWanted(BUILD) && runOne(BUILD, total);
	const apart = lanes.every((lane) => lane.length > 0);
	const runLane = async (lane: Stage[]) => {
		for (const stage of lane) {
			if (!stage.needsN8n || (await prepared)) await runOne(stage, total, apart);
			else add(total, stage, false);
		}
	};
	await Promise.all(lanes.map(runLane));
	await prepared;
	if (isWanted(ALONE)) await runOne(ALONE, total);
}

async function runFast(total: Total): Promise<void> {
	console.log('Lint, types, unit and workflow tests …');
	await Promise.all(FAST.map(async (stage) => await runOne(stage, total, true)));
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { only: { type: 'string' }, fast: { type: 'boolean' } },
	});
	const only = values.only?.split(',');
	const startedAt = Date.now();
	rmSync(OUTPUT, { recursive: true, force: true });
	mkdirSync(OUTPUT, { recursive: true });

	const total: Total = { passed: 0, failed: 0, failures: [] };
	if (values.fast) await runFast(total);
	else await runAll(({ name }) => !only || only.includes(name), total);
	const { passed, failed, failures } = total;
	if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
	const seconds = Math.round((Date.now() - startedAt) / 1000);
	console.log(`\n${passed} passed, ${failed} failed, ${seconds} s`);
	process.exit(failures.length > 0 ? 1 : 0);
}

void main();
