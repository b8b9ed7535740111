/**
 * Whatever is submitted is fetched within the hour in which Segmind remembers it. The node's own code in simulated
 * time, against a service that counts requests in fixed windows.
 */
import { execute, type Execution, type ExecutionOptions } from './support/execution';
import { SimulatedService, type ServiceOptions, type SimulatedJob } from './support/service';
import { finished, pass, simulateTime } from './support/time';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** 190 to 250 s, as the model's page says; the same in each run. */
const usual = (n: number) => (190 + ((n * 37) % 61)) * SECOND;

const serviceOf = (limit: number, jobTime: ServiceOptions['jobTime'] = usual) =>
	new SimulatedService({ limit, jobTime, now: () => performance.now() });

const ageAtResult = ({ submittedAt, fetchedAt = Infinity }: SimulatedJob) =>
	fetchedAt - submittedAt;
const oldest = (jobs: SimulatedJob[]) => Math.max(...jobs.map(ageAtResult));
const tellsOfHolding = ({ log }: Execution) =>
	log.filter((line) => line.includes('videos are submitted later'));

/** The head of a PNG is all that the node looks at; each is another file. */
function pictureUrl(n: number): string {
	const head = '89504e470d0a1a0a0000000d49484452000002000000020008020000';
	return `data:image/png;base64,${Buffer.from(`${head}${n.toString(16).padStart(8, '0')}`, 'hex').toString('base64')}`;
}

let accounts = 0;

/** Executions at the same time; they have an account to themselves. */
async function together(
	service: SimulatedService,
	limit: number,
	each: Array<Partial<ExecutionOptions>>,
) {
	const key = `together ${++accounts}`;
	const runs = each.map((options) => execute({ service, key, limit, count: 1, ...options }));
	const outputs = await finished(Promise.all(runs.map(async ({ ended }) => await ended)));
	return { runs, videos: outputs.map((output) => output?.length) };
}

beforeEach(simulateTime);
afterEach(() => jest.useRealTimers());

describe('150 videos at 5 requests a minute', () => {
	it('of three executions are all fetched well within the hour', async () => {
		const service = serviceOf(5);
		const { runs, videos } = await together(service, 5, [
			{ count: 50 },
			{ count: 50 },
			{ count: 50 },
		]);
		expect(videos).toEqual([50, 50, 50]);
		expect(service.jobs).toHaveLength(150);
		expect(oldest(service.jobs)).toBeLessThan(45 * MINUTE);
		expect(service.refusals).toEqual([]);
		expect(runs.map((run) => tellsOfHolding(run).length)).toEqual([1, 1, 1]);
		// A submit, a status and a result each, and hardly more.
		expect(service.requests.length).toBeLessThanOrEqual(150 * 3 * 1.1);
	});

	it('are all made within the Max Wait that the node has by default', async () => {
		const service = serviceOf(5);
		const options = { maxWait: 20 };
		const three = { count: 50, parameters: { options } };
		const { runs, videos } = await together(service, 5, [three, three, three]);
		expect(runs.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
		expect(videos).toEqual([50, 50, 50]);
		expect(oldest(service.jobs)).toBeLessThan(20 * MINUTE);
	});

	it('of 150 executions are all fetched well within the hour', async () => {
		const service = serviceOf(5);
		const { videos } = await together(service, 5, Array(150).fill({ count: 1 }));
		expect(videos).toEqual(Array(150).fill(1));
		expect(oldest(service.jobs)).toBeLessThan(45 * MINUTE);
	});

	it('that take half an hour each are all fetched', async () => {
		const service = serviceOf(5, (n) => 30 * MINUTE + usual(n));
		const { videos } = await together(service, 5, [{ count: 50 }, { count: 50 }, { count: 50 }]);
		expect(videos).toEqual([50, 50, 50]);
		expect(oldest(service.jobs)).toBeLessThan(HOUR);
	});
});

describe('At 50 requests a minute nothing is held back that would fit', () => {
	it.each([
		['50 videos', [50]],
		['three executions of 50', [50, 50, 50]],
		['six executions of 50', [50, 50, 50, 50, 50, 50]],
	])('%s', async (_name, counts) => {
		const service = serviceOf(50);
		const { runs } = await together(
			service,
			50,
			counts.map((count) => ({ count })),
		);
		expect(runs.flatMap(tellsOfHolding)).toEqual([]);
		// The first minute is full of submits but for the status calls that come first: a bad body fails at once.
		const sent = service.requests.filter(({ at }) => at < service.jobs[0].submittedAt + MINUTE);
		expect(sent).toHaveLength(50);
		expect(service.refusals).toEqual([]);
		expect(oldest(service.jobs)).toBeLessThan(30 * MINUTE);
	});
});

describe('An execution of one video beside one of 50, at 5 requests a minute', () => {
	it('has it submitted at once, though the other one has been waiting longer', async () => {
		const service = serviceOf(5);
		const big = { service, key: 'mix', limit: 5, count: 50 };
		const three = [execute(big), execute(big), execute(big)];
		await finished(pass(10 * MINUTE));
		const cameAt = performance.now();
		const small = execute({ ...big, count: 1, parameters: { prompt: 'the small one' } });
		await finished(small.ended);
		const job = service.jobs.find(({ body }) => body.prompt === 'the small one')!;
		expect(job.submittedAt - cameAt).toBeLessThan(2 * MINUTE);
		expect(tellsOfHolding(small)).toEqual([]);
		await finished(Promise.all(three.map(async ({ ended }) => await ended)));
		expect(oldest(service.jobs)).toBeLessThan(45 * MINUTE);
	});
});

describe('Jobs that never end', () => {
	it('keep the others from being submitted until Max Wait is over, not longer', async () => {
		const service = serviceOf(5, (n, { prompt }) => (prompt === 'hangs' ? Infinity : usual(n)));
		const parameters = { prompt: 'hangs' };
		const hung = execute({
			service,
			key: 'hung',
			limit: 5,
			count: 50,
			parameters,
			continues: true,
		});
		await finished(pass(15 * MINUTE));
		const cameAt = performance.now();
		const next = execute({ service, key: 'hung', limit: 5, count: 10 });
		const output = await finished(next.ended);
		expect(output).toHaveLength(10);
		expect(performance.now() - cameAt).toBeLessThan(80 * MINUTE);
		await finished(hung.ended);
	});
});

describe('Jobs that Start has submitted', () => {
	it('are fetched in time by Get, beside an execution of 50 at 5 requests a minute', async () => {
		const service = serviceOf(5);
		const own = { service, key: 'start', limit: 5 };
		const started = await finished(execute({ ...own, count: 60, operation: 'start' }).ended);
		const busy = execute({ ...own, count: 50, parameters: { prompt: 'busy' } });
		await finished(pass(10 * MINUTE));
		// It has its first few made; more would be asked for at the cost of the sixty.
		const begun = service.jobs.filter(({ body }) => body.prompt === 'busy');
		expect(begun.length).toBeLessThan(10);
		const requestId = (item: number) => ({ requestId: started![item].json.requestId });
		const get = execute({ ...own, count: 60, operation: 'get', parameters: requestId });
		expect(await finished(get.ended)).toHaveLength(60);
		expect(await finished(busy.ended)).toHaveLength(50);
		expect(oldest(service.jobs)).toBeLessThan(HOUR);
		expect(tellsOfHolding(busy)).toHaveLength(1);
	});

	it('do not hold Start itself back: it would only make the first ones older', async () => {
		const service = serviceOf(5);
		const start = execute({ service, key: 'many', limit: 5, count: 100, operation: 'start' });
		expect(await finished(start.ended)).toHaveLength(100);
		const [first] = service.jobs;
		expect(service.jobs.at(-1)!.submittedAt - first.submittedAt).toBeLessThan(21 * MINUTE);
	});

	it('and that nobody fetches are forgotten with their hour', async () => {
		const service = serviceOf(5);
		const own = { service, key: 'left', limit: 5 };
		await finished(execute({ ...own, count: 100, operation: 'start' }).ended);
		const next = execute({ ...own, count: 20 });
		expect(await finished(next.ended)).toHaveLength(20);
		await finished(pass(HOUR));
		const later = execute({ ...own, count: 20 });
		expect(await finished(later.ended)).toHaveLength(20);
		expect(tellsOfHolding(later)).toEqual([]);
	});
});

describe('A submit that is held back', () => {
	const prompts = ['refuse', 'good', 'good', 'good', 'good'];

	/** An account that has no room: fifty videos that never end. */
	async function fullAccount(key: string) {
		const service = new SimulatedService({
			limit: 5,
			jobTime: () => Infinity,
			refuses: ({ prompt }) => prompt === 'refuse',
			now: () => performance.now(),
		});
		const own = { service, key, limit: 5 };
		const stop = new AbortController();
		const big = execute({ ...own, count: 50, continues: true, cancel: stop.signal });
		// All are submitted, and none is old.
		await finished(pass(10 * MINUTE));
		return { service, own, big, stop };
	}

	it('ends at once when Stop is pressed, and nothing of it is submitted', async () => {
		const { service, own, big, stop } = await fullAccount('stop');
		const other = new AbortController();
		const held = execute({ ...own, count: 3, cancel: other.signal });
		await finished(pass(2 * MINUTE));
		const submitted = service.jobs.length;
		other.abort();
		const stoppedAt = performance.now();
		await finished(held.ended);
		expect(performance.now() - stoppedAt).toBeLessThan(SECOND);
		expect(held.error?.message).toContain('stopped');
		stop.abort();
		await finished(big.ended);
		expect(service.jobs).toHaveLength(submitted);
	});

	it('ends within seconds when another item of its run fails', async () => {
		const { service, own, big, stop } = await fullAccount('halted');
		const run = execute({ ...own, count: 5, parameters: (item) => ({ prompt: prompts[item] }) });
		await finished(run.ended);
		const refusedAt = service.requests.find(({ status }) => status === 400)!.at;
		expect(run.error?.message).toContain('malformed');
		expect(performance.now() - refusedAt).toBeLessThan(5 * SECOND);
		expect(service.jobs.filter(({ body }) => body.prompt === 'good')).toEqual([]);
		stop.abort();
		await finished(big.ended);
	});
});

describe('With a file to upload for each video', () => {
	it('150 videos at 5 requests a minute are all fetched within the hour', async () => {
		const service = serviceOf(5);
		const parameters = (item: number) => ({ imageUrl: pictureUrl(item) });
		const fifty = { count: 50, parameters };
		const { videos } = await together(service, 5, [fifty, fifty, fifty]);
		expect(videos).toEqual([50, 50, 50]);
		expect(oldest(service.jobs)).toBeLessThan(45 * MINUTE);
		expect(service.refusals).toEqual([]);
	});
});

describe('Many small executions beside a large one, at 5 requests a minute', () => {
	it('do not starve it', async () => {
		const service = serviceOf(5);
		const own = { service, key: 'stream', limit: 5 };
		const large = execute({ ...own, count: 50 });
		const small: Execution[] = [];
		for (let n = 0; n < 60; n++) {
			small.push(execute({ ...own, count: 1 }));
			await finished(pass(MINUTE));
		}
		expect(await finished(large.ended)).toHaveLength(50);
		await finished(Promise.all(small.map(async ({ ended }) => await ended)));
		expect(small.map(({ error }) => error?.message)).toEqual(small.map(() => undefined));
		expect(oldest(service.jobs)).toBeLessThan(45 * MINUTE);
	});
});
