/**
 * A batch of videos in simulated time, with the pure functions that the node schedules by: when a job is asked for,
 * whose turn it is, and when a request may be sent. The service forgets nothing and answers at once.
 */
import { pollInterval } from '../../../../nodes/segmind/policy/backoff';
import type { Forecast } from '../../../../nodes/segmind/schedule/forecast';
import { marketOf, worthOf, type Polled } from '../../../../nodes/segmind/schedule/polling';
import {
	fairInterval,
	nextInLine,
	nextSlot,
	RATE,
	type Kind,
	type Waiting,
} from '../../../../nodes/segmind/schedule/slots';
import type { Truth } from './truth';

export interface Job extends Polled {
	doneAt: number;
	/** When its end was seen, and when its result was there. */
	seenAt?: number;
	endedAt?: number;
	polls: number;
}

/** What a way to poll sees: jobs that are under way, and the account. */
export interface View {
	jobs: Job[];
	others: number;
	sent: number[];
	limit: number;
	now: number;
}

/** Of each job that is asked for now: for how long it is expected to have been done (ms). */
export type Polling = (view: View) => Map<Job, number>;

export interface BatchOptions {
	/** How long each video takes (ms). */
	lengths: number[];
	/** Requests a minute. */
	limit: number;
	/** Learns from each end; the node's, or the truth. */
	forecast?: Forecast | Truth;
	polling: Polling;
	/** Whether the result is another request than the one that sees the end. */
	hasResults?: boolean;
	/** Whose turn it is. */
	order?: typeof nextInLine;
	/** ms between two looks at the clock. */
	step?: number;
}

export interface Batch {
	/** From the end of a job to its result (ms), the shortest first. */
	delays: number[];
	mean: number;
	/** When the last result was there (ms). */
	time: number;
	requests: Array<{ at: number; kind: Kind }>;
}

export const mean = (values: number[]) =>
	values.reduce((sum, value) => sum + value, 0) / values.length;

/** The node's way. */
export function byPrice({ jobs, others, sent, limit, now }: View, hasResults = false) {
	const perResult = hasResults ? 1 : 0;
	const market = marketOf(jobs, { others, perResult, sent, limit }, now);
	return new Map(
		jobs.flatMap((job): Array<[Job, number]> => {
			const lag = worthOf(job, market, now);
			return lag === undefined ? [] : [[job, lag]];
		}),
	);
}

/** Fixed pauses, as the node had them before: by a job's age and by the number of jobs. */
export const byPauses: Polling = ({ jobs, limit, now }) =>
	new Map(
		jobs.flatMap((job): Array<[Job, number]> => {
			const age = job.askedAt - job.submittedAt;
			const pause = Math.max(pollInterval(age), fairInterval(jobs.length, limit));
			const since = job.polls === 0 ? now - job.submittedAt - 1000 : now - job.askedAt - pause;
			return since < 0 ? [] : [[job, since]];
		}),
	);

/** At one price from first to last. */
export const atPrice =
	(price: number): Polling =>
	({ jobs, now }) =>
		new Map(
			jobs.flatMap((job): Array<[Job, number]> => {
				const { forecast, submittedAt, askedAt } = job;
				const [asked, age] = [askedAt - submittedAt, now - submittedAt];
				const lag = forecast!.lag(asked, age);
				const isSure = forecast!.chance(asked, age) >= 1;
				return now > askedAt && (lag >= price || isSure) ? [[job, lag]] : [];
			}),
		);

/** Plays a batch through; all its videos are wanted at once. */
export function play(options: BatchOptions): Batch {
	const { lengths, limit, polling, hasResults = false, order = nextInLine, step = 1000 } = options;
	const forecast = options.forecast as Forecast | undefined;
	const jobs: Job[] = [];
	const results: Job[] = [];
	const requests: Batch['requests'] = [];
	const sent: number[] = [];

	/** Sends what has its turn. @returns whether there was anything */
	const sendOne = (now: number): boolean => {
		if (nextSlot(sent, limit, 0, now) > now) return false;
		const running = jobs.filter(({ seenAt }) => seenAt === undefined);
		const unsent = lengths.length - jobs.length;
		const others = unsent + results.length;
		const ready = [...polling({ jobs: running, others, sent, limit, now })];
		const line: Array<Waiting & { job?: Job }> = [
			...ready.map(([job, lag]) => ({ kind: 'status' as const, since: now - lag, job })),
			...results.map((job) => ({ kind: 'result' as const, since: job.seenAt!, job })),
			...(unsent > 0 ? [{ kind: 'submit' as const, since: 0 }] : []),
		];
		const next = line[order(line, limit)];
		if (!next) return false;
		sent.push(now);
		while (sent[0] <= now - RATE.window) sent.shift();
		requests.push({ at: now, kind: next.kind });
		const { kind, job } = next;
		if (kind === 'submit') {
			const doneAt = now + lengths[jobs.length];
			forecast?.begin(String(jobs.length));
			jobs.push({
				...{ forecast, submittedAt: now, askedAt: now, due: Infinity },
				...{ doneAt, polls: 0 },
			});
		} else if (kind === 'result') {
			results.splice(results.indexOf(job!), 1);
			job!.endedAt = now;
		} else if (now >= job!.doneAt) {
			const { askedAt, submittedAt, doneAt } = job!;
			const id = String(jobs.indexOf(job!));
			forecast?.end(id, askedAt - submittedAt, now - submittedAt, doneAt - submittedAt);
			job!.seenAt = now;
			if (hasResults) results.push(job!);
			else job!.endedAt = now;
		} else {
			job!.polls++;
			job!.askedAt = now;
		}
		return true;
	};

	let now = 0;
	while (jobs.length < lengths.length || jobs.some(({ endedAt }) => endedAt === undefined)) {
		while (sendOne(now));
		now += step;
		if (now > 6 * 3600_000) throw new Error('A job is never seen to be done');
	}
	const delays = jobs.map(({ endedAt, doneAt }) => endedAt! - doneAt).sort((a, b) => a - b);
	const time = Math.max(...jobs.map(({ endedAt }) => endedAt!));
	return { delays, mean: mean(delays), time, requests };
}

/** The most requests that any minute saw, wherever it begins: the service's windows are fixed, but nobody knows where. */
export function busiestMinute(requests: Array<{ at: number }>): number {
	return Math.max(
		...requests.map(
			({ at }) => requests.filter((other) => other.at >= at && other.at < at + 60_000).length,
		),
	);
}
