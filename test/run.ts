/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals, no-console -- development tool, runs outside n8n */
/**
 * `npm test`: everything, the quick stages first. The two real n8n that the last stages need are
 * installed meanwhile, one after the other. `npm test -- --only unit,lint` runs some stages.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import execa from 'execa';

import { installN8n } from '../harness/install';

const ROOT = join(__dirname, '..');
const OUTPUT = join(__dirname, 'output');
const MINUTE = 60_000;

interface Stage {
	name: string;
	command: string[];
	/** A stage that takes longer has failed (ms). */
	budget: number;
	/** Starts only when both n8n are installed. */
	needsN8n?: boolean;
}

const reportOf = (stage: string) => ['--json', `--outputFile=${join(OUTPUT, `${stage}.json`)}`];

const jest = (project: string, ...args: string[]) => [
	...['jest', '--selectProjects', project],
	...reportOf(project),
	...args,
];

/** Counts requests as the service does, to the second: it must not share its processors with other tests. */
const TIMED = 'test/workflow/rate.test';

const STAGES: Stage[] = [
	{ name: 'lint', command: ['n8n-node', 'lint'], budget: 5 * MINUTE },
	{ name: 'types', command: ['tsc', '-p', 'tsconfig.dev.json'], budget: 5 * MINUTE },
	{ name: 'build', command: ['npm', 'run', 'build'], budget: 3 * MINUTE },
	{ name: 'unit', command: jest('unit'), budget: 5 * MINUTE },
	{ name: 'package', command: jest('package'), budget: 5 * MINUTE },
	{ name: 'sandbox', command: jest('sandbox'), budget: 10 * MINUTE },
	// They mostly wait, so that more of them run at once than there are processors.
	{
		name: 'workflow',
		command: jest('workflow', '--maxWorkers=3', '--testPathIgnorePatterns', TIMED),
		budget: 25 * MINUTE,
	},
	{
		name: 'rate',
		command: ['jest', TIMED, '--selectProjects', 'workflow', ...reportOf('rate')],
		budget: 5 * MINUTE,
	},
	{ name: 'e2e', command: jest('e2e', '--runInBand'), budget: 40 * MINUTE, needsN8n: true },
	{ name: 'editor', command: jest('editor', '--runInBand'), budget: 8 * MINUTE, needsN8n: true },
];

/** One after the other: two at a time only compete for disk and network. */
async function installBoth(): Promise<void> {
	for (const version of ['2.41.1', '1.100.1'] as const) {
		await installN8n(version, (line) => console.log(`[n8n ${version}] ${line}`));
	}
}

/** @returns whether the stage passed */
async function run(stage: Stage): Promise<boolean> {
	const startedAt = Date.now();
	console.log(`\n── ${stage.name} ${'─'.repeat(60 - stage.name.length)}`);
	const [file, ...args] = stage.command;
	const { exitCode, timedOut } = await execa(file, args, {
		cwd: ROOT,
		stdio: 'inherit',
		preferLocal: true,
		timeout: stage.budget,
		reject: false,
	});
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

async function main(): Promise<void> {
	const { values } = parseArgs({ options: { only: { type: 'string' } } });
	const only = values.only?.split(',');
	const stages = STAGES.filter(({ name }) => !only || only.includes(name));
	rmSync(OUTPUT, { recursive: true, force: true });
	mkdirSync(OUTPUT, { recursive: true });

	let installError: unknown;
	const installed = stages.some(({ needsN8n }) => needsN8n)
		? installBoth().catch((error: unknown) => (installError = error))
		: Promise.resolve();
	const total = { passed: 0, failed: 0 };
	const failures: string[] = [];
	for (const stage of stages) {
		if (stage.needsN8n) await installed;
		if (stage.needsN8n && installError) console.error(installError);
		const passed = stage.needsN8n && installError ? false : await run(stage);
		const count = countOf(stage, passed);
		total.passed += count.passed;
		total.failed += count.failed;
		if (!passed) failures.push(stage.name);
	}
	if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
	console.log(`\n${total.passed} passed, ${total.failed} failed`);
	process.exit(failures.length > 0 ? 1 : 0);
}

void main();
