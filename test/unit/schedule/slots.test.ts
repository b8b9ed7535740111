/**
 * The schedule with simulated time: jobs, submits and status calls as the node makes them, with the pure
 * functions it uses, against a service that counts requests in fixed windows.
 */
import { BACKOFF, pollInterval } from '../../../nodes/segmind/policy/backoff';
import {
	fairInterval,
	nextInLine,
	nextSlot,
	RATE,
	type Kind,
	type Waiting,
} from '../../../nodes/segmind/schedule/slots';

interface Job {
	submittedAt: number;
	doneAt: number;
	noticedAt?: number;
	finishedAt?: number;
	statusCalls: number;
}

interface Queued extends Waiting {
	job: Job;
	notBefore: number;
}

/** Plays jobs through; all times in ms. */
function simulate(options: { jobs: number; limit: number; jobTime: number; atOnce?: number }) {
	const { jobs: count, limit, jobTime, atOnce = count } = options;
	const queue: Queued[] = [];
	const jobs: Job[] = [];
	let sent: number[] = [];
	const all: Array<{ at: number; kind: Kind }> = [];
	let started = 0;
	let now = 0;
	const push = (kind: Kind, job: Job, notBefore: number) =>
		queue.push({ kind, job, since: notBefore, notBefore });
	const begin = () => {
		if (started >= count) return;
		started++;
		const job: Job = { submittedAt: 0, doneAt: Infinity, statusCalls: 0 };
		jobs.push(job);
		push('submit', job, now);
	};
	const running = () => jobs.filter((job) => job.submittedAt > 0 && !job.finishedAt).length;
	for (let n = 0; n < atOnce; n++) begin();

	while (queue.length > 0) {
		const ready = queue.filter(({ notBefore }) => notBefore <= now);
		if (ready.length === 0) {
			now = Math.min(...queue.map(({ notBefore }) => notBefore));
			continue;
		}
		const slot = nextSlot(sent, limit, 0, now);
		if (slot > now) {
			now = slot;
			continue;
		}
		const next = ready[nextInLine(ready, limit)];
		queue.splice(queue.indexOf(next), 1);
		sent = [...sent.slice(1 - limit), now];
		all.push({ at: now, kind: next.kind });
		const { job } = next;
		if (next.kind === 'submit') {
			job.submittedAt = now + 1;
			job.doneAt = now + jobTime;
			push('status', job, now + BACKOFF.firstStatus);
		} else if (next.kind === 'result') {
			job.finishedAt = now;
			begin();
		} else {
			job.statusCalls++;
			if (now >= job.doneAt) {
				job.noticedAt = now;
				push('result', job, now);
			} else {
				const pause = Math.max(pollInterval(now - job.submittedAt), fairInterval(running(), limit));
				push('status', job, now + pause);
			}
		}
	}
	return { jobs, all };
}

/** The most requests that any window of a minute saw, wherever it begins. */
function busiestMinute(all: Array<{ at: number }>): number {
	return Math.max(
		...all.map(({ at }) => all.filter((other) => other.at >= at && other.at < at + 60_000).length),
	);
}

describe('One job of 250 s', () => {
	const { jobs, all } = simulate({ jobs: 1, limit: 50, jobTime: 250_000 });

	it('takes at most 60 status calls', () => {
		expect(jobs[0].statusCalls).toBeLessThanOrEqual(60);
		expect(all.filter(({ kind }) => kind === 'submit')).toHaveLength(1);
	});

	it('is noticed to be done after 3 s at most, in the mean over all times it may take', () => {
		const delays: number[] = [];
		for (let jobTime = 240_000; jobTime <= 260_000; jobTime += 100) {
			const [job] = simulate({ jobs: 1, limit: 50, jobTime }).jobs;
			delays.push(job.noticedAt! - job.doneAt);
		}
		const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
		expect(mean).toBeLessThanOrEqual(3000);
	});

	it('that fails at once is noticed within two seconds', () => {
		const [job] = simulate({ jobs: 1, limit: 50, jobTime: 300 }).jobs;
		expect(job.noticedAt).toBeLessThan(2000);
	});
});

describe.each([
	['50 jobs at 50 requests a minute', { jobs: 50, limit: 50, jobTime: 250_000 }],
	['10 jobs at 5 requests a minute (the Free plan)', { jobs: 10, limit: 5, jobTime: 250_000 }],
	[
		'200 jobs, 50 at once, at 50 requests a minute',
		{ jobs: 200, limit: 50, jobTime: 250_000, atOnce: 50 },
	],
	['30 jobs at one request a minute', { jobs: 30, limit: 1, jobTime: 60_000 }],
	['50 quick jobs at 50 requests a minute', { jobs: 50, limit: 50, jobTime: 2_000 }],
])('%s', (_name, options) => {
	const { jobs, all } = simulate(options);

	it('never exceed the limit in any minute', () => {
		expect(busiestMinute(all)).toBeLessThanOrEqual(options.limit);
	});

	it('all come to their end: none is starved', () => {
		expect(jobs).toHaveLength(options.jobs);
		expect(jobs.filter(({ finishedAt }) => finishedAt === undefined)).toEqual([]);
	});
});

describe('Ten jobs at the limit of the Pro plan', () => {
	it('take hardly longer than one', () => {
		const { jobs } = simulate({ jobs: 10, limit: 50, jobTime: 250_000 });
		const end = Math.max(...jobs.map(({ finishedAt }) => finishedAt!));
		expect(end).toBeLessThan(250_000 * 1.1);
	});
});

describe('Whose turn it is', () => {
	const waiting = (kind: Kind, since: number): Waiting => ({ kind, since });

	it("is a submit's before a status call's that came earlier", () => {
		expect(nextInLine([waiting('status', 0), waiting('submit', 5000)], 50)).toBe(1);
	});

	it("is the older one's of a kind", () => {
		expect(nextInLine([waiting('status', 5000), waiting('status', 0)], 50)).toBe(1);
	});

	it('is that of a status call that has waited long enough, so that submits do not starve it', () => {
		const late = 3 * RATE.rankWorth;
		expect(nextInLine([waiting('submit', late), waiting('status', 0)], 50)).toBe(1);
	});

	it('is that of a job whose time runs out, before an older call for a younger job and new ones', () => {
		const late = { ...waiting('status', 900_000), halfTime: 100_000 };
		expect(nextInLine([waiting('submit', 500_000), waiting('result', 500_000), late], 50)).toBe(2);
		expect(nextInLine([waiting('status', 1000), { ...late, halfTime: 950_000 }], 50)).toBe(0);
	});

	it('is that of the run with one job before that of the run with fifty, which came a little earlier', () => {
		const ofFifty = { ...waiting('status', 0), underWay: 50 };
		const ofOne = { ...waiting('status', 60_000), underWay: 1 };
		expect(nextInLine([ofFifty, ofOne], 50)).toBe(1);
		expect(nextInLine([ofFifty, { ...ofOne, since: 600_000 }], 50)).toBe(0);
	});

	it('is not that of a submit for which there is no room', () => {
		const held = { ...waiting('submit', 0), isHeld: true };
		expect(nextInLine([held, waiting('status', 5000)], 50)).toBe(1);
		expect(nextInLine([held], 50)).toBe(-1);
	});

	it("is nobody's in an empty queue", () => expect(nextInLine([], 50)).toBe(-1));
});

describe('A pause because of a 429', () => {
	it('holds everything until its end', () => {
		expect(nextSlot([], 50, 9000, 1000)).toBe(9000);
		expect(nextSlot([1], 1, 9000, 1000)).toBe(1 + RATE.window);
	});
});

describe('The pause between the status calls for a job', () => {
	it('gets shorter when its time runs out, down to one request', () => {
		expect(fairInterval(50, 5)).toBeGreaterThan(600_000);
		expect(fairInterval(50, 5, 300_000)).toBe(150_000);
		expect(fairInterval(50, 5, -1)).toBe(RATE.window / 5);
	});
});
