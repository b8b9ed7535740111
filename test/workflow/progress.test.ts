/**
 * What is said while a video is made: often to who watches a manual run, seldom to the log.
 */
import { PROGRESS } from '../../nodes/segmind/job/wait';
import { PARK } from '../../nodes/segmind/policy/park';
import { runWorkflow, type RunOptions } from './support/engine';
import { logLines } from './support/log';
import { ParkingServer } from './support/parking';
import { useSandbox } from './support/useSandbox';

const here = useSandbox({ jobSeconds: 2 });
const { console: consoleInterval, log: logInterval } = PROGRESS;

afterEach(() => Object.assign(PROGRESS, { console: consoleInterval, log: logInterval }));

/** Makes one video. @returns what was said where, of messages that name its request ID */
async function watch(options: Partial<RunOptions> = {}) {
	const account = here.account();
	let onConsole: string[] = [];
	const logged = await logLines(async () => {
		const { consoleMessages } = await runWorkflow({
			credential: account.credential,
			parameters: { imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`, prompt: 'Rain' },
			...options,
		});
		onConsole = consoleMessages;
	});
	const [{ requestId }] = account.report().jobs;
	const ours = (lines: string[]) => lines.filter((line) => line.includes(requestId));
	return { onConsole: ours(onConsole), logged: ours(logged) };
}

const statuses = (lines: string[]) =>
	lines.flatMap((line) => /status ([A-Z]+)/.exec(line)?.[1] ?? []);

it('the intervals fit a video of four minutes: the console every 10 s, the log once a minute', () => {
	expect(PROGRESS).toEqual({ console: 10_000, log: 60_000 });
});

it('each line has the request ID, and those of a wait the status and the elapsed time', async () => {
	const { onConsole } = await watch();
	expect(onConsole[0]).toMatch(/^Segmind accepted the video \(requestId \S+, item 0\)$/);
	expect(onConsole.at(-1)).toMatch(/^Downloading the video \(requestId \S+\)$/);
	expect(onConsole.at(-2)).toMatch(
		/^Segmind has made the video \(requestId \S+, status COMPLETED, elapsedSeconds \d+\)$/,
	);
});

it('the console hears of an unchanged status more often than the log, which has each change once', async () => {
	Object.assign(PROGRESS, { console: 0 });
	const { onConsole, logged } = await watch();
	expect(statuses(logged)).toEqual([...new Set(statuses(onConsole))]);
	expect(statuses(logged).at(-1)).toBe('COMPLETED');
	expect(onConsole.length).toBeGreaterThan(logged.length);
});

it('a production run says nothing to the console, and the same to the log', async () => {
	Object.assign(PROGRESS, { console: 0 });
	const { onConsole, logged } = await watch({ mode: 'trigger' });
	expect(onConsole).toEqual([]);
	expect(statuses(logged)).toEqual([...new Set(statuses(logged))]);
	expect(statuses(logged).at(-1)).toBe('COMPLETED');
});

it('the log hears of an unchanged status when its interval is over', async () => {
	Object.assign(PROGRESS, { log: 0 });
	const { logged } = await watch({ mode: 'trigger' });
	expect(statuses(logged).length).toBeGreaterThan(new Set(statuses(logged)).size);
});

describe('Park While Waiting', () => {
	Object.assign(PARK, { shortest: 100, patience: 2000, checks: Array(20).fill(100), settled: 100 });

	/** Two videos, from the parking to the end. @returns what our node said where, and the parked execution's ID */
	async function watchParked() {
		const server = new ParkingServer();
		const account = here.account();
		let onConsole: string[] = [];
		let id = '';
		const lines = await logLines(async () => {
			const parked = await server.run({
				credential: account.credential,
				items: [{ json: {} }, { json: {} }],
				parameters: {
					imageUrl: `${here.sandbox.filesUrl}/samples/mountain.jpg`,
					prompt: '={{ "Rain, take " + $itemIndex }}',
					options: { survivesRestarts: true },
				},
			});
			({ consoleMessages: onConsole, id } = parked);
			await server.settle();
			expect(server.resultOf(id).status).toBe('success');
		});
		const logged = lines.flatMap((line) => /^info (.*?) \{.*"node":/.exec(line)?.[1] ?? []);
		return { onConsole, logged, id };
	}

	it('says that the execution sleeps, that it sleeps on, and that it goes on', async () => {
		const { onConsole, logged, id } = await watchParked();
		// n8n has a console for the parked execution, and none for those that wait in its stead.
		expect(onConsole).toEqual([
			...Array(2).fill(expect.stringMatching(/^Segmind accepted the video /)),
			expect.stringMatching(
				/^The execution is parked until its videos are made \(videos 2, fetchedByExecution \S+\)$/,
			),
		]);
		const after = logged.slice(onConsole.length);
		expect(logged.slice(0, onConsole.length)).toEqual(onConsole);
		expect(after.length).toBeGreaterThan(1);
		expect(after.pop()).toBe(`The parked execution continues (videos 2, parkedExecution ${id})`);
		for (const line of after) {
			expect(line).toMatch(
				new RegExp(
					`^Parked videos are not finished, asking again later \\(videos [12], seconds \\d+, parkedExecution ${id}\\)$`,
				),
			);
		}
	});
});
