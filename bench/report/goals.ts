/** Whether a run met the goals. Pure. */
import type { ContenderId } from '../lab';
import type { Limited } from '../limits';
import type { Measured } from '../measure';
import { fineMegabytes, fineSeconds, megabytes, milliseconds, seconds } from './format';

export interface Verdict {
	goal: string;
	found: string;
	passed: boolean;
}

const GOALS = {
	/** Times faster than whoever works one item at a time. */
	faster: 8,
	/** Of the MiniMax node's memory growth. */
	memoryShare: 0.2,
	/** Over that of the fan-out, bytes: a piece or two of a file that just arrived. */
	alive: 4e6,
	/** Time and processor time per item of the largest run over the least of the smaller ones. */
	flat: 1.25,
};

/** Of runs that differ in where n8n keeps its binary data, the one with files; its garbage was left to n8n. */
export const find = (runs: Measured[], id: ContenderId): Measured =>
	runs.find(
		({ contender, store, alive }) =>
			contender === id && store === 'filesystem' && alive === undefined,
	)!;

/** The run whose garbage was collected all the time. */
export const findCollected = (runs: Measured[], id: ContenderId) =>
	runs.find(
		(run): run is Measured & { alive: number } => run.contender === id && run.alive !== undefined,
	);

/** @param limit what passes; by default no more than the other */
function against(
	goal: string,
	show: (value: number) => string,
	value: number,
	other: number,
	limit = other,
): Verdict {
	return { goal, found: `${show(value)} against ${show(other)}`, passed: value <= limit };
}

/** Of our node with its default options. */
export function speedGoals(batch: Measured[]): Verdict[] {
	const timeOf = (id: ContenderId) => find(batch, id).seconds;
	const faster = (other: ContenderId, title: string) => {
		const ratio = timeOf(other) / timeOf('ours');
		return {
			goal: `At least ${GOALS.faster} times faster than ${title}`,
			found: `${ratio.toFixed(1)} times`,
			passed: ratio >= GOALS.faster,
		};
	};
	return [
		faster('minimax', 'the MiniMax node'),
		faster('loop', 'the loop'),
		against('No slower than the fan-out', seconds, timeOf('ours'), timeOf('fanOut')),
	];
}

/** Of our node at the plans' limits. */
export function limitGoals(runs: Limited[], nameOf: (row: Limited['row']) => string): Verdict[] {
	return runs
		.filter(({ contender }) => contender === 'ours')
		.flatMap(({ row, seconds: wall, delay, callsPerJob, refused }) => {
			const found: Array<[string, number | undefined, number]> = [
				['seconds for the batch', row.goal.time, wall],
				['seconds of delay in the median', row.goal.median, delay.median],
				['seconds of delay at most', row.goal.longest, delay.longest],
				['seconds of delay in the mean', row.goal.mean, delay.mean],
				['calls a job', row.goal.calls, callsPerJob],
				['refused requests', 0, refused],
			];
			return found.flatMap(([what, limit, value]) => {
				const goal = `${nameOf(row)}: at most ${limit} ${what}`;
				return limit === undefined ? [] : { goal, found: value.toFixed(1), passed: value <= limit };
			});
		});
}

/** Of large files: with small ones, what garbage happens to lie about outweighs them. */
export function memoryGoals(runs: Measured[]): Verdict[] {
	const [ours, minimax, fanOut] = (['ours', 'minimax', 'fanOut'] as const).map((id) =>
		find(runs, id),
	);
	const size = ({ baseline, growth }: Measured) => baseline + growth;
	const files = (goal: string, value: number, other: number, limit?: number, show = megabytes) =>
		against(`Large files: ${goal}`, show, value, other, limit);
	const alive = findCollected(runs, 'ours')?.alive;
	const other = findCollected(runs, 'fanOut')?.alive;
	const goal = `what is alive, without garbage, grows by at most ${megabytes(GOALS.alive)} more than with the fan-out`;
	return [
		files(
			"at most a fifth of the MiniMax node's memory growth",
			ours.growth,
			minimax.growth,
			minimax.growth * GOALS.memoryShare,
		),
		files(
			'a freshly started n8n becomes no larger than with the fan-out',
			size(ours),
			size(fanOut),
		),
		files(
			'no more memory growth than the fan-out, each over what its warm-up item left behind',
			ours.growth,
			fanOut.growth,
		),
		...(alive !== undefined && other !== undefined
			? [files(goal, alive, other, other + GOALS.alive, fineMegabytes)]
			: []),
	];
}

/** Flat: the largest run against the best of the smaller ones from 10 items on, where a full round is under way. */
export function growthGoals(runs: Measured[]): Verdict[] {
	const most = runs.at(-1)!;
	const smaller = runs.filter(({ items }) => items >= 10 && items < most.items);
	const flat = (
		what: string,
		show: (value: number) => string,
		of: (run: Measured) => number,
		limit = GOALS.flat,
	) => {
		const best = Math.min(...smaller.map((run) => of(run) / run.items));
		const than = limit === 1 ? 'no more than' : `at most ${limit} times`;
		return against(
			`Growth: ${what} per item at ${most.items} items ${than} the least of the smaller runs from 10 items on`,
			show,
			of(most) / most.items,
			best,
			best * limit,
		);
	};
	const growth = (run: Measured) => Math.max(run.growth, 0);
	return [
		flat('time', fineSeconds, (run) => run.seconds),
		flat('processor time', milliseconds, ({ cpu }) => cpu),
		flat('peak memory growth', (bytes) => fineMegabytes(bytes, 2), growth, 1),
	];
}
