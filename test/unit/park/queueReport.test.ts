/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadQueueRuns, saveQueueRun, type QueueRun } from '../../../bench/records';
import { queueSection } from '../../../bench/report/queue';

const MB = 1e6;
const settings = { executions: 200, many: 1000, jobSeconds: 60, workers: 2, concurrency: 5 };

const runOf = (change: Partial<QueueRun> = {}): QueueRun => ({
	...{ kind: 'parked', executions: 200, seconds: 85, succeeded: 200, jobs: 200, billed: 200 },
	workers: [{ idle: 300 * MB, growth: 40 * MB, kept: 5 * MB }],
	...{ atOnce: 200, listed: 600, rows: 800, settings, n8n: '2.41.1', date: '2026-11-26T22:00:00Z' },
	machine: { cpu: 'x', cores: 2, memory: 1, system: 'Linux', load: 1 },
	...change,
});

const verdicts = (...runs: QueueRun[]) =>
	[...queueSection(runs).matchAll(/^\| .* \| (met|missed) \| /gm)].map(([, verdict]) => verdict);

describe('The document on queue mode', () => {
	it('says which goals are met', () => {
		const many = runOf({ executions: 1000, succeeded: 1000, jobs: 1000, billed: 1000 });
		expect(verdicts(runOf(), many)).toEqual(['met', 'met', 'met', 'met']);
	});

	it.each<[string, Partial<QueueRun>, string[]]>([
		['too slow', { seconds: 91 }, ['missed', 'met', 'met']],
		['too few at once', { atOnce: 199 }, ['met', 'missed', 'met']],
		[
			'one of the workers too large',
			{ workers: [...runOf().workers, { idle: 1, growth: 61 * MB, kept: 0 }] },
			['met', 'met', 'missed'],
		],
	])('says that one is missed: %s', (_, change, expected) => {
		expect(verdicts(runOf(change))).toEqual(expected);
	});

	it.each(['succeeded', 'jobs', 'billed'] as const)('one of a thousand less: %s', (what) => {
		const all = { executions: 1000, succeeded: 1000, jobs: 1000, billed: 1000 };
		expect(verdicts(runOf(), runOf({ ...all, [what]: 999 })).at(-1)).toBe('missed');
	});

	it('does not take a run with its garbage collected for the one that counts', () => {
		const collected = runOf({ isCollected: true, seconds: 500 });
		expect(verdicts(collected, runOf())).toEqual(['met', 'met', 'met']);
	});

	it('takes the goals from the usual number of executions, whatever was recorded first', () => {
		const many = runOf({ executions: 1000, atOnce: 182, seconds: 757 });
		expect(verdicts(many, runOf())).toEqual(['met', 'met', 'met', 'missed']);
	});

	it.each([
		['met', 59],
		['missed', 61],
	])('what is alive has a row of its own: %s', (verdict, grown) => {
		const heaps = [{ idle: 150 * MB, growth: grown * MB }];
		const collected = runOf({ isCollected: true, heaps });
		expect(verdicts(runOf(), collected)).toEqual(['met', 'met', 'met', verdict]);
	});

	describe('what is kept after a thousand', () => {
		const worker = { idle: 300 * MB, growth: 40 * MB, kept: 99 * MB };
		const known = { ...worker, heap: 12 * MB, objects: 11 * MB, external: 0 };
		const many = (kind: QueueRun['kind'], workers: QueueRun['workers']) =>
			runOf({ kind, executions: 1000, workers });

		it('is told beside n8n alone', () => {
			const text = queueSection([
				runOf(),
				many('parked', [known, known]),
				many('subWait', [{ ...known, kept: 58 * MB, heap: 7 * MB, objects: 8 * MB }]),
			]);
			expect(text).toContain(
				"parked 99 MB, 99 MB, and of that V8's heap 12 MB, 12 MB (objects 11 MB, 11 MB) and buffers 0 MB, 0 MB; n8n alone 58 MB, and of that V8's heap 7 MB (objects 8 MB)",
			);
		});

		it('is not told of runs that did not measure it', () => {
			const text = queueSection([runOf(), many('parked', [known]), many('subWait', [worker])]);
			expect(text).not.toContain('What the workers keep');
		});
	});

	it('says when nothing is measured', () => {
		expect(queueSection([])).toMatch(/^Not measured yet/);
	});

	it('is the one of what is recorded', () => {
		// Prettier aligns the tables, and writes emphasis in its own way.
		const plain = (text: string) => text.replace(/[ _*]|-{3,}/g, '');
		const document = readFileSync(join(__dirname, '../../../docs/benchmark.md'), 'utf8');
		expect(plain(document)).toContain(plain(queueSection(loadQueueRuns())));
	});
});

it('a run that is measured again takes the place of the earlier one', () => {
	const folder = mkdtempSync(join(tmpdir(), 'segmind-kling-queue-'));
	try {
		const others = [runOf({ executions: 1000 }), runOf({ isCollected: true })];
		for (const run of [runOf(), ...others, runOf({ seconds: 99 })]) saveQueueRun(folder, run);
		expect(loadQueueRuns(folder)).toEqual([...others, runOf({ seconds: 99 })]);
	} finally {
		rmSync(folder, { recursive: true });
	}
});
