/** A job that is seldom asked for: the user still sees that something is under way, and Stop reaches those who wait. */
import { execute } from './support/execution';
import { SimulatedService } from './support/service';
import { finished, pass, simulateTime } from './support/time';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

beforeEach(simulateTime);
afterEach(() => jest.useRealTimers());

const serviceOf = () =>
	new SimulatedService({
		limit: 50,
		jobTime: (n) => (220 + (n % 7)) * SECOND,
		now: () => performance.now(),
	});

/** Videos after which the length of the next one is known well. */
async function learn(service: SimulatedService, key: string) {
	await finished(execute({ service, key, limit: 50, count: 10 }).ended);
}

it('a video whose length is known is spoken of once a minute, though nobody asks for minutes', async () => {
	const service = serviceOf();
	await learn(service, 'known');
	const before = service.requests.length;
	const { ended, log, loggedAt } = execute({ service, key: 'known', limit: 50, count: 1 });
	await finished(ended);
	const polls = service.requests.slice(before).filter(({ stage }) => stage !== 'submit');
	const pauses = (times: number[]) => times.slice(1).map((time, index) => time - times[index]);
	expect(Math.max(...pauses(polls.map(({ at }) => at)))).toBeGreaterThan(80 * SECOND);
	const said = loggedAt.filter((_, index) => log[index].includes('making the video'));
	expect(said.length).toBeGreaterThanOrEqual(3);
	expect(Math.max(...pauses(said))).toBeLessThanOrEqual(MINUTE + 10 * SECOND);
});

it('Stop ends the waiting at once', async () => {
	const service = serviceOf();
	await learn(service, 'stopped');
	const stop = new AbortController();
	const { ended } = execute({ service, key: 'stopped', limit: 50, count: 50, cancel: stop.signal });
	await finished(pass(100 * SECOND));
	const [pressedAt, sent] = [performance.now(), service.requests.length];
	stop.abort();
	await finished(ended);
	expect(performance.now() - pressedAt).toBeLessThan(SECOND);
	expect(service.requests).toHaveLength(sent);
});

it('a 429 pauses all that wait for their turn', async () => {
	const service = serviceOf();
	// Another process uses the account up.
	const { ended } = execute({ service, key: 'refused', limit: 50, count: 10 });
	await finished(pass(30 * SECOND));
	service.useUp('refused');
	await finished(ended);
	const refused = service.refusals;
	expect(refused.length).toBeGreaterThan(0);
	// Those that were under way when the first one came back.
	expect(refused.length).toBeLessThanOrEqual(10);
	const [first] = refused;
	const window = service.requests.filter(({ at }) => at > first.at && at < first.at + 25 * SECOND);
	expect(window.filter(({ at }) => at > first.at + SECOND)).toEqual([]);
});
