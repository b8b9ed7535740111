/** The document's part about queue mode. Pure. */
import { table, type Columns } from '../../docs/reference/sections';
import type { QueueRun } from '../records';
import { isN8nAlone, MAX_WAIT, NAMES, WAIT_SECONDS, type Kind } from '../workflows';
import { count, fill, megabytes, seconds } from './format';
import type { Verdict } from './goals';

/** The parked runs may take this many times a job, and each worker may grow by this many bytes. */
const GOAL = { times: 1.5, growth: 60e6 };

/** In the order of the table; those whose garbage was collected all the time come last. */
const ORDER: Kind[] = ['generate', 'parked', 'byHand', 'wait', 'subWait'];

/** Of each worker. */
const both = <W extends object>(workers: W[], what: keyof W) =>
	workers.map((worker) => megabytes(Number(worker[what] ?? 0))).join(', ');
const most = ({ workers }: QueueRun, what: 'growth' | 'kept') =>
	Math.max(...workers.map((worker) => worker[what]));

/** The most that objects of JavaScript grew in a worker, bytes. */
const alive = ({ heaps = [] }: QueueRun) => Math.max(...heaps.map(({ growth }) => growth));

/** What the table shows of a run. */
export const QUEUE_COLUMNS: Columns<Omit<QueueRun, 'settings' | 'n8n' | 'date'>> = {
	'Executions of one video each': ({ kind, isCollected }) =>
		`${NAMES[kind]}${isCollected ? ', garbage collected all the time' : ''}`,
	Executions: ({ executions }) => count(executions),
	'Wall time': (run) => seconds(run.seconds),
	Succeeded: ({ succeeded }) => count(succeeded),
	'Jobs / billed': ({ kind, jobs, billed }) => (isN8nAlone(kind) ? '–' : `${jobs} / ${billed}`),
	'Most jobs at once': ({ kind, atOnce }) => (isN8nAlone(kind) ? '–' : count(atOnce)),
	'Workers: idle': ({ workers }) => both(workers, 'idle'),
	'Peak over idle': ({ workers }) => both(workers, 'growth'),
	'Kept over idle': ({ workers }) => both(workers, 'kept'),
	'Alive over idle': ({ heaps }) => (heaps ? both(heaps, 'growth') : '–'),
	'Listed / rows': ({ listed, rows }) => `${listed} / ${rows}`,
	'Load before': ({ machine }) => machine.load.toFixed(1),
};

/** The run of the usual number of executions. */
const usual = (runs: QueueRun[], kind: Kind, collected = false) =>
	runs.find(
		({ settings, executions, isCollected = false, ...run }) =>
			run.kind === kind && isCollected === collected && executions === settings.executions,
	);

function goals(runs: QueueRun[], parked: QueueRun): Verdict[] {
	const { jobSeconds, many } = parked.settings;
	const alone = usual(runs, 'subWait');
	const [held, aloneHeld] = [usual(runs, 'parked', true), usual(runs, 'subWait', true)];
	const lots = runs.find(({ kind, executions }) => kind === 'parked' && executions === many);
	const times = (run: QueueRun) => `${(run.seconds / jobSeconds).toFixed(2)} times`;
	const bytes = (what: 'growth' | 'kept') => [
		megabytes(most(parked, what)),
		...(alone ? [`; n8n alone: ${megabytes(most(alone, what))}`] : []),
	];
	const [peak, peakAlone = ''] = bytes('growth');
	return [
		{
			goal: `parked: at most ${GOAL.times} times a job of ${jobSeconds} s`,
			found: `${times(parked)}${alone ? `; n8n's own sub-workflows that wait, without our node: ${times(alone)}` : ''}`,
			passed: parked.seconds <= GOAL.times * jobSeconds,
		},
		{
			goal: `parked: all ${parked.executions} in flight at once`,
			found: count(parked.atOnce),
			passed: parked.atOnce === parked.executions,
		},
		{
			goal: `parked: both workers within ${megabytes(GOAL.growth)} of idle`,
			found: `${peak} at the peak${peakAlone}; after the run ${bytes('kept').join('')}`,
			passed: most(parked, 'growth') <= GOAL.growth,
		},
		held?.heaps && {
			goal: `parked: what is alive in both workers, within ${megabytes(GOAL.growth)} of idle`,
			found: `${megabytes(alive(held))}${aloneHeld?.heaps ? `; n8n alone: ${megabytes(alive(aloneHeld))}` : ''}`,
			passed: alive(held) <= GOAL.growth,
		},
		lots && {
			goal: `${count(many)} parked: all succeed, each with one job and one bill`,
			found: `${lots.succeeded} succeeded, ${lots.jobs} jobs, ${lots.billed} bills`,
			passed: [lots.succeeded, lots.jobs, lots.billed].every((found) => found === many),
		},
	].filter((verdict) => verdict !== undefined);
}

/** What the kept memory consists of, where that was measured. */
function kept(runs: QueueRun[], { many }: QueueRun['settings']) {
	const parts = (kind: Kind) => {
		const run = runs.find(
			(one) => one.kind === kind && one.executions === many && !one.isCollected,
		);
		return run?.workers.every(({ heap }) => heap !== undefined)
			? `${both(run.workers, 'kept')}, and of that V8's heap ${both(run.workers, 'heap')} (objects ${both(run.workers, 'objects')}) and buffers ${both(run.workers, 'external')}`
			: undefined;
	};
	const [parked, alone] = [parts('parked'), parts('subWait')];
	return parked && alone ? { executions: count(many), parked, alone } : undefined;
}

/** @param runs as they were recorded; those that are missing are left out */
export function queueSection(runs: QueueRun[]): string {
	const parked = usual(runs, 'parked');
	if (!parked) return 'Not measured yet: `npm run bench -- --queue`.';
	const { settings } = parked;
	const place = ({ kind, executions, isCollected }: QueueRun) =>
		ORDER.indexOf(kind) + (executions > settings.executions ? 10 : 0) + (isCollected ? 100 : 0);
	return fill('queue', {
		...parked,
		goals: table(
			{
				Goal: ({ goal }) => goal,
				'': ({ passed }) => (passed ? 'met' : 'missed'),
				Found: ({ found }) => found,
			},
			goals(runs, parked),
		),
		table: table(
			QUEUE_COLUMNS,
			[...runs].sort((a, b) => place(a) - place(b)),
		),
		dates: [...new Set(runs.map(({ date }) => date.slice(0, 10)))].sort().join(', '),
		waitSeconds: WAIT_SECONDS,
		maxWait: MAX_WAIT,
		kept: kept(runs, settings),
	});
}
