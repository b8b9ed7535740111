/** The schedule of an account in simulated time. */
import { AccountSchedule } from '../../../nodes/segmind/schedule/account';
import { Accounts } from '../../../nodes/segmind/schedule/accounts';
import { readLimit } from '../../../nodes/segmind/schedule/limit';
import { AccountShare } from '../../../nodes/segmind/schedule/share';
import { RATE } from '../../../nodes/segmind/schedule/slots';
import { Stop } from '../../../nodes/segmind/schedule/stop';
import { finished, pass, settle, simulateTime } from './support/time';

const HOUR = 3600_000;
const RUN = { isOver: () => false, onHold: () => {} };
const never = new Stop(undefined);

beforeEach(simulateTime);
afterEach(() => jest.useRealTimers());

describe.each([
	['back', -HOUR],
	['forward', HOUR],
])('With the clock set %s by an hour', (_way, jump) => {
	it('the limit holds and nothing waits longer than without', async () => {
		const share = new AccountShare(new AccountSchedule(2), RUN);
		const first = performance.now();
		await finished(Promise.all([1, 2].map(async () => await share.admit('status', never))));
		await finished(pass(10_000));
		jest.setSystemTime(Date.now() + jump);
		await finished(share.admit('status', never));
		expect(performance.now() - first).toBeGreaterThanOrEqual(RATE.window);
		expect(performance.now() - first).toBeLessThan(RATE.window + 2000);
	});

	it('a pause after a 429 lasts as long as without', async () => {
		const share = new AccountShare(new AccountSchedule(50), RUN);
		share.pauseFor(20_000);
		const since = performance.now();
		const admitted = share.admit('status', never);
		await finished(pass(5000));
		jest.setSystemTime(Date.now() + jump);
		await finished(admitted);
		expect(performance.now() - since).toBeGreaterThanOrEqual(20_000);
		expect(performance.now() - since).toBeLessThan(22_000);
	});

	it('jobs under way are due when they were', async () => {
		const share = new AccountShare(new AccountSchedule(1), RUN);
		// Ten jobs need all that one request a minute gives.
		for (let n = 0; n < 10; n++) share.submitted(`job ${n}`);
		const done = share.watch('job 0', Date.now() + HOUR);
		await finished(pass(60_000));
		jest.setSystemTime(Date.now() + jump);
		let isAdmitted = false;
		const admitted = share.admit('submit', never).then(() => (isAdmitted = true));
		await finished(pass(30 * 60_000));
		expect(isAdmitted).toBe(false);
		await finished(pass(31 * 60_000));
		await finished(admitted);
		done();
	});
});

describe('The accounts of a process', () => {
	const HOLDING = { account: 2 * RATE.window };

	it('are forgotten when nobody uses them and what they sent counts no more', async () => {
		const accounts = new Accounts();
		for (let n = 0; n < 100; n++) accounts.open(`account ${n}`, 50, RUN).close();
		expect(accounts.size).toBe(1);
	});

	it('stay while what they sent a moment ago counts', async () => {
		const accounts = new Accounts();
		const share = accounts.open('busy', 1, RUN);
		await finished(share.admit('status', never));
		const first = performance.now();
		share.close();
		accounts.open('other', 50, RUN).close();
		expect(accounts.size).toBe(2);
		const again = accounts.open('busy', 1, RUN);
		await finished(again.admit('status', never));
		expect(performance.now() - first).toBeGreaterThanOrEqual(RATE.window);
		again.close();
		await finished(pass(HOLDING.account));
		accounts.open('other', 50, RUN).close();
		expect(accounts.size).toBe(1);
	});

	it('stay while a run has them, though it sends nothing', async () => {
		const accounts = new Accounts();
		const share = accounts.open('slow', 1, RUN);
		await finished(share.admit('status', never));
		await finished(pass(HOLDING.account));
		const other = accounts.open('slow', 1, RUN);
		await finished(share.admit('status', never));
		const first = performance.now();
		await finished(other.admit('status', never));
		expect(performance.now() - first).toBeGreaterThanOrEqual(RATE.window);
	});

	it('stay while they are paused, and while a job is to be fetched', async () => {
		const accounts = new Accounts();
		const paused = accounts.open('paused', 50, RUN);
		paused.pauseFor(HOUR / 2);
		paused.close();
		const started = accounts.open('started', 50, RUN);
		started.submitted('job');
		started.close();
		await finished(pass(HOLDING.account));
		accounts.open('other', 50, RUN).close();
		expect(accounts.size).toBe(3);
		await finished(pass(HOUR));
		accounts.open('other', 50, RUN).close();
		expect(accounts.size).toBe(1);
	});

	it('have the limit that was given last', async () => {
		const accounts = new Accounts();
		const share = accounts.open('raised', 1, RUN);
		await finished(share.admit('status', never));
		accounts.open('raised', 50, RUN);
		let isAdmitted = false;
		void share.admit('status', never).then(() => (isAdmitted = true));
		await settle();
		expect(isAdmitted).toBe(true);
	});
});

describe('Requests Per Minute', () => {
	it.each([
		[50, 50],
		['5', 5],
		[' 12 ', 12],
		[7.9, 7],
		[0.5, 1],
		[undefined, 50],
	])('%p is %p', (value, limit) => expect(readLimit(value)).toBe(limit));

	it.each([0, -3, '0', '-1', 'many', '', ' ', NaN, Infinity, null, false, true, [], {}])(
		'%p is refused',
		(value) => expect(readLimit(value)).toBeUndefined(),
	);
});
