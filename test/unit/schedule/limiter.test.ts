import { Limiter } from '../../../nodes/segmind/schedule/limiter';
import { Stop } from '../../../nodes/segmind/schedule/stop';

/** A task that ends when it is told to. */
function task() {
	let finish: (error?: Error) => void = () => {};
	const done = new Promise<void>((resolve, reject) => {
		finish = (error) => (error ? reject(error) : resolve());
	});
	return { done, finish };
}

/** Lets everything run that can. */
async function settle() {
	for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

function start(limiter: Limiter, count: number) {
	const tasks = Array.from({ length: count }, task);
	const begun: number[] = [];
	const runs = tasks.map(
		async ({ done }, index) =>
			await limiter.run(async () => {
				begun.push(index);
				await done;
				return index;
			}),
	);
	return { tasks, begun, runs };
}

describe('A limiter', () => {
	it('never lets more tasks run than its limit, and the rest in the order of their arrival', async () => {
		const { tasks, begun, runs } = start(new Limiter(2), 5);
		await settle();
		expect(begun).toEqual([0, 1]);
		tasks[1].finish();
		await settle();
		expect(begun).toEqual([0, 1, 2]);
		tasks[0].finish();
		tasks[2].finish();
		await settle();
		expect(begun).toEqual([0, 1, 2, 3, 4]);
		tasks.forEach(({ finish }) => finish());
		expect(await Promise.all(runs)).toEqual([0, 1, 2, 3, 4]);
	});

	it('keeps its limit when tasks come while others leave', async () => {
		const limiter = new Limiter(3);
		let running = 0;
		let most = 0;
		const one = async () =>
			await limiter.run(async () => {
				most = Math.max(most, ++running);
				await settle();
				running--;
			});
		await Promise.all(
			Array.from(
				{ length: 20 },
				async (_, index) => (index % 2 ? await settle() : undefined, await one()),
			),
		);
		await one();
		expect(most).toBe(3);
	});

	it('frees the place of a task that fails, and passes its error on', async () => {
		const { tasks, begun, runs } = start(new Limiter(1), 2);
		await settle();
		tasks[0].finish(new Error('broken'));
		await expect(runs[0]).rejects.toThrow('broken');
		await settle();
		expect(begun).toEqual([0, 1]);
		tasks[1].finish();
		expect(await runs[1]).toBe(1);
	});

	it('is open again when all have left', async () => {
		const limiter = new Limiter(1);
		expect(await limiter.run(async () => 'a')).toBe('a');
		expect(await limiter.run(async () => 'b')).toBe('b');
	});

	it('lets whoever waits go on at once when Stop is pressed, and gives their place to nobody', async () => {
		const limiter = new Limiter(1);
		const controller = new AbortController();
		const { tasks, begun, runs } = start(limiter, 2);
		let saw = '';
		const stopped = limiter.run(async () => (saw = 'stopped'), new Stop(controller.signal));
		await settle();
		expect(saw).toBe('');
		controller.abort();
		expect(await stopped).toBe('stopped');
		// The one that is in and the one in front of it in the queue are not touched.
		expect(begun).toEqual([0]);
		tasks[0].finish();
		await settle();
		expect(begun).toEqual([0, 1]);
		tasks[1].finish();
		await Promise.all(runs);
		expect(await limiter.run(async () => 'free')).toBe('free');
	});

	it('lets in no more than its limit after a Stop', async () => {
		const limiter = new Limiter(1);
		const controller = new AbortController();
		const first = start(limiter, 1);
		await settle();
		const stopped = limiter.run(async () => undefined, new Stop(controller.signal));
		controller.abort();
		await stopped;
		const second = start(limiter, 2);
		await settle();
		expect(second.begun).toEqual([]);
		first.tasks[0].finish();
		await settle();
		expect(second.begun).toEqual([0]);
		second.tasks.forEach(({ finish }) => finish());
		await Promise.all(second.runs);
	});
});
