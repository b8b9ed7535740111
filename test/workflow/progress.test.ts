/**
 * What is said while a video is made: often to who watches a manual run, seldom to the log.
 */
import { PROGRESS } from '../../nodes/segmind/job/wait';
import type { Sandbox } from '../../sandbox';
import { removeStore, runWorkflow, useBinaryMode, type RunOptions } from './support/engine';
import { logLines } from './support/log';
import { newAccount, startTestSandbox } from './support/sandbox';

let sandbox: Sandbox;
const { console: consoleInterval, log: logInterval } = PROGRESS;

beforeAll(async () => {
	await useBinaryMode('filesystem');
	sandbox = await startTestSandbox({ jobSeconds: 2 });
});
afterEach(() => Object.assign(PROGRESS, { console: consoleInterval, log: logInterval }));
afterAll(async () => {
	await sandbox.close();
	removeStore();
});

/** Makes one video. @returns what was said where, of messages that name its request ID */
async function watch(options: Partial<RunOptions> = {}) {
	const account = newAccount(sandbox);
	let onConsole: string[] = [];
	const logged = await logLines(async () => {
		const { consoleMessages } = await runWorkflow({
			credential: account.credential,
			parameters: { imageUrl: `${sandbox.filesUrl}/samples/mountain.jpg`, prompt: 'Rain' },
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
