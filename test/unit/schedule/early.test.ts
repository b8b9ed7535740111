/**
 * When a job is likely done its result is asked for, and not its status: one request less. The node's own code in
 * simulated time.
 */
import { execute } from './support/execution';
import { SimulatedService, type ServiceOptions } from './support/service';
import { finished, simulateTime } from './support/time';

const SECOND = 1000;
const usual = (n: number) => (190 + ((n * 37) % 61)) * SECOND;

beforeEach(simulateTime);
afterEach(() => jest.useRealTimers());

let accounts = 0;

/** Three executions one after the other; what the service was asked. */
async function three(unfinished: ServiceOptions['unfinished'], limit = 50, count = 10) {
	const key = `early ${++accounts}`;
	const now = () => performance.now();
	const service = new SimulatedService({ limit, jobTime: usual, unfinished, now });
	const videos: Array<number | undefined> = [];
	for (let n = 0; n < 3; n++) {
		const { ended } = execute({ service, key, limit, count });
		videos.push((await finished(ended))?.length);
	}
	const of = (stage: string) => service.requests.filter((request) => request.stage === stage);
	const early = of('result').filter(({ at, job }) => at < job!.doneAt);
	/** Jobs whose end a status call has seen. */
	const seenByStatus = new Set(
		of('status').flatMap(({ at, job }) => (at >= job!.doneAt ? job! : [])),
	);
	return { service, videos, early, seenByStatus, results: of('result') };
}

describe('An unfinished result', () => {
	it.each([
		['with its status', undefined],
		['with 202 and its status', { status: 202, body: { status: 'PROCESSING' } }],
		['with 202 and no word of it', { status: 202, body: { request_id: 'x' } }],
		['with 202 and nothing', { status: 202, body: '' }],
	])('that is answered %s counts as a poll', async (_name, unfinished) => {
		const { service, videos, early, seenByStatus } = await three(unfinished, 5);
		expect(videos).toEqual([10, 10, 10]);
		expect(early.length).toBeGreaterThan(0);
		// Most ends are seen by the result itself.
		expect(seenByStatus.size).toBeLessThan(10);
		expect(service.refusals).toEqual([]);
	});

	it.each([
		['404', { status: 404, body: { error: 'Result not found' } }],
		['400', { status: 400, body: { error: 'Request is still in progress' } }],
		['422 without a status', { status: 422, body: { error: 'Not ready' } }],
		['200 without a status', { status: 200, body: { output: 'https://files.example/first.png' } }],
	])('that is answered %s is asked for once, and then no more', async (_name, unfinished) => {
		const { service, videos, early, seenByStatus } = await three(unfinished, 5);
		expect(videos).toEqual([10, 10, 10]);
		expect(early.length).toBeGreaterThan(0);
		// Those that were under way when the first one came back.
		expect(early.length).toBeLessThanOrEqual(5);
		expect(seenByStatus.size).toBeGreaterThan(20);
		expect(service.jobs).toHaveLength(30);
		expect(service.jobs.every(({ fetchedAt }) => fetchedAt !== undefined)).toBe(true);
	});

	it('that is answered 502 each time is given up after a few', async () => {
		const { videos, early } = await three({ status: 502, body: 'Bad Gateway' }, 5);
		expect(videos).toEqual([10, 10, 10]);
		expect(early.length).toBeGreaterThan(2);
		expect(early.length).toBeLessThanOrEqual(8);
	});
});
