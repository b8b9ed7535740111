/** The document's tables: what each column shows. Pure. */
import { table, type Columns } from '../../docs/reference/sections';
import { contenders, type ContenderId } from '../lab';
import type { Limited } from '../limits';
import type { Measured } from '../measure';
import type { Bill, MoneyRow } from '../money';
import type { FaultName } from '../services';
import {
	count,
	fineMegabytes,
	fineSeconds,
	megabytes,
	milliseconds,
	seconds,
	times,
} from './format';
import { find, type Verdict } from './goals';

/** Growth below this is noise, and no base of a ratio (bytes). */
export const SMALLEST_GROWTH = 5e6;
export const SMALLEST_SECONDS = 0.05;

const FAULT_NAMES: Record<FaultName, string> = {
	rejected: 'rejected at the submit (400)',
	failed: 'its job failed',
	'bad-gateway': 'one 502 on a status call',
	cut: 'one cut download',
};

const nameOf = (id: string) => contenders[id as ContenderId].name;

export const runName = ({ contender, store }: Measured) =>
	nameOf(contender) + (store === 'database' ? ', files in the database' : '');

/** Its garbage was left to n8n. */
export const isUntouched = ({ alive }: Measured) => alive === undefined;

export const isOurs = ({ contender }: { contender: string }) => contender === 'ours';

/** With the range, where there were several rounds. */
function growthText({ growth, growths }: Measured): string {
	const [least, most] = [Math.min(...growths), Math.max(...growths)];
	const range = growths.length > 1 ? `, ${megabytes(least)} to ${megabytes(most)}` : '';
	return `${megabytes(growth)}${range}`;
}

export function measuredTable(runs: Measured[]): string {
	const base = find(runs, 'ours');
	/** A value, and how many times our own it is. */
	const beside = (
		run: Measured,
		value: (run: Measured) => number,
		text: string,
		smallest = SMALLEST_SECONDS,
	) => `${text} (${times(value(run), value(base), smallest)})`;
	return table(
		{
			'': runName,
			'Wall time': (run) => beside(run, (one) => one.seconds, seconds(run.seconds)),
			'Requests per job': (run) =>
				beside(run, (one) => one.requestsPerJob, count(run.requestsPerJob)),
			'Detection delay: mean, longest': (run) =>
				`${beside(run, ({ delay }) => delay.mean, fineSeconds(run.delay.mean))}, ${fineSeconds(run.delay.longest)}`,
			'Peak memory growth': (run) =>
				beside(run, ({ growth }) => growth, growthText(run), SMALLEST_GROWTH),
			over: ({ baseline }) => megabytes(baseline),
		},
		runs,
	);
}

export const growthTable = (runs: Measured[]) =>
	table(
		{
			Items: ({ items }) => count(items),
			'Wall time': (run) => seconds(run.seconds),
			'Time per item': (run) => fineSeconds(run.seconds / run.items),
			"n8n's processor time per item": ({ cpu, items }) => milliseconds(cpu / items),
			'Peak memory growth': ({ growth }) => megabytes(growth),
			'per item': ({ growth, items }) => fineMegabytes(growth / items, 2),
			'Kept after the run': ({ kept }) => megabytes(kept),
		},
		runs,
	);

export const rowName = ({ items, perMinute, concurrency, isLearnt, accounts }: Limited['row']) =>
	`${items} at ${perMinute} a minute${concurrency ? `, Concurrency ${concurrency}` : ''}${isLearnt ? ', after ten of its kind' : ''}${accounts ? `, on ${accounts} accounts` : ''}`;

/** Whoever lost videos has no delay: its execution ended before the jobs did. */
const ifComplete = (show: (run: Limited) => string) => (run: Limited) =>
	run.videos === run.row.items * (run.row.accounts ?? 1) ? show(run) : '–';

export const LIMIT_COLUMNS: Columns<Limited> = {
	Videos: ({ row }) => rowName(row),
	By: ({ contender }) => nameOf(contender),
	'Wall time': (run) => seconds(run.seconds),
	'Slowest job': ifComplete(({ limit }) => seconds(limit)),
	Ratio: ifComplete((run) => times(run.seconds, run.limit, SMALLEST_SECONDS)),
	'Delay: mean, median, longest': ifComplete(({ delay }) =>
		[delay.mean, delay.median, delay.longest].map(seconds).join(', '),
	),
	'Calls per job': ({ callsPerJob }) => count(callsPerJob),
	'Refused (429)': ({ refused }) => count(refused),
	'Videos that came out': ({ videos }) => count(videos),
};

const billText = (bill: Bill | undefined) =>
	bill ? `${bill.paid} paid, ${bill.videos} videos, ${bill.ids} IDs` : 'not needed';

export const moneyTable = (rows: MoneyRow[]) =>
	table(
		{
			'': ({ contender }) => nameOf(contender),
			'One item': ({ fault }) => FAULT_NAMES[fault],
			'Default settings': ({ plain }) => billText(plain),
			'then Retry in the executions list': ({ retried }) => billText(retried),
			'Retry On Fail': ({ retryOnFail }) => billText(retryOnFail),
		},
		rows,
	);

export const goalTable = (verdicts: Verdict[]) =>
	table(
		{
			Goal: ({ goal }) => goal,
			Found: ({ found }) => found,
			'': ({ passed }) => (passed ? 'met' : '**not met**'),
		},
		verdicts,
	);
