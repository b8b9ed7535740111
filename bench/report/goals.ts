/** Whether a run met the goals. Pure. */
import type { ContenderId } from '../lab';
import type { Limited } from '../limits';
import type { Measured } from '../measure';
import { GOALS } from '../settings';
import { fineSeconds, megabytes, seconds } from './format';

export interface Verdict {
	goal: string;
	found: string;
	passed: boolean;
}

/** Of runs that differ in where n8n keeps its binary data, the one with files. */
export const find = (runs: Measured[], id: ContenderId): Measured =>
	runs.find(({ contender, store }) => contender === id && store === 'filesystem')!;

const verdict = (goal: string, found: string, passed: boolean): Verdict => ({
	goal,
	found,
	passed,
});

/** Of our node with its default options. */
export function speedGoals(batch: Measured[]): Verdict[] {
	const ours = find(batch, 'ours');
	const faster = (other: ContenderId, title: string) => {
		const ratio = find(batch, other).seconds / ours.seconds;
		return verdict(
			`At least ${GOALS.faster} times faster than ${title}`,
			`${ratio.toFixed(1)} times`,
			ratio >= GOALS.faster,
		);
	};
	const fanOut = find(batch, 'fanOut').seconds;
	return [
		faster('minimax', 'the MiniMax node'),
		faster('loop', 'the loop'),
		verdict(
			`No slower than the fan-out`,
			`${seconds(ours.seconds)} against ${seconds(fanOut)}`,
			ours.seconds <= fanOut,
		),
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
			return found.flatMap(([what, limit, value]) =>
				limit === undefined
					? []
					: verdict(`${nameOf(row)}: at most ${limit} ${what}`, value.toFixed(1), value <= limit),
			);
		});
}

/** Of large files: with small ones, what garbage happens to lie about outweighs them. */
export function memoryGoals(runs: Measured[]): Verdict[] {
	const [ours, minimax, fanOut] = (['ours', 'minimax', 'fanOut'] as const).map((id) =>
		find(runs, id),
	);
	const size = ({ baseline, growth }: Measured) => baseline + growth;
	return [
		verdict(
			`Large files: at most a fifth of the MiniMax node's memory growth`,
			`${megabytes(ours.growth)} against ${megabytes(minimax.growth)}`,
			ours.growth <= minimax.growth * GOALS.memoryShare,
		),
		verdict(
			'Large files: a freshly started n8n becomes no larger than with the fan-out',
			`${megabytes(size(ours))} against ${megabytes(size(fanOut))}`,
			size(ours) <= size(fanOut),
		),
		verdict(
			'Large files: no more memory growth than the fan-out, each over what its warm-up item left behind',
			`${megabytes(ours.growth)} against ${megabytes(fanOut.growth)}`,
			ours.growth <= fanOut.growth,
		),
	];
}

/** Flat: the largest run against the best of the smaller ones from 10 items on, where a full round is under way. */
export function growthGoals(runs: Measured[]): Verdict[] {
	const most = runs.at(-1)!;
	const smaller = runs.filter(({ items }) => items >= 10 && items < most.items);
	const flat = (
		what: string,
		perItem: (run: Measured) => number,
		show: (value: number) => string,
		limit: number,
	) => {
		const [found, best] = [perItem(most), Math.min(...smaller.map(perItem))];
		const than = limit === 1 ? 'no more than' : `at most ${limit} times`;
		return verdict(
			`Growth: ${what} per item at ${most.items} items ${than} the least of the smaller runs from 10 items on`,
			`${show(found)} against ${show(best)}`,
			found <= best * limit,
		);
	};
	return [
		flat('time', (run) => run.seconds / run.items, fineSeconds, GOALS.flat),
		flat(
			'processor time',
			(run) => run.cpu / run.items,
			(value) => `${Math.round(value * 1000)} ms`,
			GOALS.flat,
		),
		flat(
			'peak memory growth',
			(run) => Math.max(run.growth, 0) / run.items,
			(value) => `${(value / 1e6).toFixed(2)} MB`,
			1,
		),
	];
}
