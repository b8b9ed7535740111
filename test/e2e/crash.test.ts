/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Paid videos that an execution did not deliver, in real n8n: an error, Stop, and SIGKILL while n8n submits, waits,
 * downloads. Then somebody presses Retry, or executes the workflow again. Each case has an account of its own, whose
 * bill is what counts. One n8n of each version lives through all cases at the same time, and is killed once.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Execution } from '../../harness/api';
import { installN8n, type N8nVersion } from '../../harness/install';
import { startN8n, type N8n, type Workflow, type WorkflowNode } from '../../harness/n8n';
import { buildAndPack } from '../../harness/pack';
import { startSandbox, type Sandbox } from '../../sandbox';
import { Cleanup } from './support/cleanup';
import { nodeOf, readExample } from './support/examples';
import { whenExecution } from './support/executions';
import { Case, keptText, noteValues, type Bill, type Ending } from './support/undelivered';
import { KLING } from './support/workflow';

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
/** The shortest wait that n8n keeps in its database. */
const WAIT_SECONDS = 65;
/** Of a video that is still being made when n8n runs again. */
const LONG_JOB_SECONDS = 20;
/** For each video: its mark, the hour and the minute. */
const VALUES_PER_NOTE = 3;
/** Long enough for a second Retry to begin while the first one looks for the videos. */
const SLOW_HISTORY = { kind: 'delay', ms: 2500 } as const;
/** The execution is stopped, and the workflow executed again, before the answer comes. */
const SLOW_SUBMIT = { kind: 'delay', ms: 4000 } as const;
const SLOW_DOWNLOAD = { kind: 'slow', bytesPerSecond: 100 } as const;

const link = (to: string) => ({ main: [[{ node: to, type: 'main', index: 0 }]] });

/** Another node comes after ours. */
function withLater(saveExecutionProgress: boolean) {
	return (workflow: Workflow): Workflow => {
		const { imageUrl } = nodeOf(workflow, 'Kling').parameters;
		const later: WorkflowNode = {
			...{ id: 'later', name: 'Later', type: 'n8n-nodes-base.httpRequest', typeVersion: 4.2 },
			position: [600, 0],
			parameters: { url: `${String(imageUrl)}?later`, options: {} },
		};
		return {
			...workflow,
			nodes: [...workflow.nodes, later],
			connections: { ...workflow.connections, Kling: link('Later') },
			settings: { ...workflow.settings, saveExecutionProgress },
		};
	};
}

function startedByHand(workflow: Workflow): Workflow {
	const hand: WorkflowNode = {
		...{ id: 'hand', name: 'Hand', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1 },
		...{ position: [0, 0], parameters: {} },
	};
	const nodes = [hand, nodeOf(workflow, 'Kling')];
	return { ...workflow, active: false, nodes, connections: { Hand: link('Kling') } };
}

/** The example, but quicker, with the case's credential. */
function startWaitGet(workflow: Workflow): Workflow {
	const example = readExample('start-wait-get.json', { imageUrl: '' }, true);
	Object.assign(nodeOf(example, 'Wait').parameters, { amount: WAIT_SECONDS, unit: 'seconds' });
	const { credentials } = nodeOf(workflow, 'Kling');
	const nodes = example.nodes.map((one) => (one.type === KLING ? { ...one, credentials } : one));
	return { ...example, nodes };
}

function casesOf(sandbox: Sandbox) {
	const one = { videos: 1 };
	return {
		// While n8n runs:
		failed: new Case('failed', sandbox),
		failedRetriedTwice: new Case('failed-retried-twice', sandbox),
		parentFailed: new Case('parent-failed', sandbox, { inSubWorkflow: true }),
		stopped: new Case('stopped', sandbox),
		stoppedSubmitting: new Case('stopped-submitting', sandbox, one),
		succeeded: new Case('succeeded', sandbox, one),
		// When it is killed:
		submittingRetried: new Case('submitting-retried', sandbox),
		submittingRepeated: new Case('submitting-repeated', sandbox),
		waitingRetried: new Case('waiting-retried', sandbox),
		waitingRepeated: new Case('waiting-repeated', sandbox),
		downloadingRetried: new Case('downloading-retried', sandbox),
		downloadingRepeated: new Case('downloading-repeated', sandbox),
		retriedTwice: new Case('retried-twice', sandbox),
		parent: new Case('parent', sandbox, { inSubWorkflow: true }),
		twins: new Case('twins', sandbox, one),
		withoutHistory: new Case('without-history', sandbox, { history: false }),
		byHand: new Case('by-hand', sandbox, {
			...one,
			parameters: { prompt: 'by-hand, take 1' },
			change: startedByHand,
		}),
		start: new Case('start', sandbox, { parameters: { operation: 'start' } }),
		get: new Case('get', sandbox, { ...one, change: startWaitGet, output: 'Get Video' }),
		progressLost: new Case('progress-lost', sandbox, { ...one, change: withLater(false) }),
		progressSaved: new Case('progress-saved', sandbox, { ...one, change: withLater(true) }),
	};
}

type Cases = ReturnType<typeof casesOf>;
type Name = keyof Cases;

/** Each case by itself, so that one that fails spoils no other. */
type Endings = Partial<Record<Name, Promise<Ending[]>>>;

/** What happened, as seen from outside n8n. */
interface Story {
	cases: Cases;
	/** Of each case the execution that did not deliver, and those after it. */
	endings: Endings;
	/** While n8n was dead. */
	bills: Record<Name, Bill>;
	notesAtKill: Map<string, number>;
	/** What n8n answered to Retry of an execution that was started by hand. */
	retryByHand: string;
	/** Start → Wait → Get: crashed, and retried. */
	get: Execution[];
	notesInTheEnd: Map<string, number>;
	kept: Record<string, string>;
}

const cleanup = new Cleanup();

async function settled(endings: Endings): Promise<Endings> {
	await Promise.allSettled(Object.values(endings));
	return endings;
}

async function failedTwice(one: Case, again: () => Promise<Ending[]>, n8n: N8n): Promise<Ending[]> {
	one.failOnce();
	return [await one.run(n8n), ...(await again())];
}

/** Stops the case's execution, then executes the workflow again. */
async function stopAndRun(one: Case, n8n: N8n): Promise<Ending[]> {
	await n8n.api.stopExecution(one.first);
	const again = one.run(n8n);
	return [await one.ending(n8n, one.first), await again];
}

/** What needs no crash. */
async function whileRunning(n8n: N8n, cases: Cases, sandbox: Sandbox): Promise<Endings> {
	const { failed, failedRetriedTwice, parentFailed, stopped, stoppedSubmitting, succeeded } = cases;
	sandbox.set({ jobSeconds: LONG_JOB_SECONDS });
	await stopped.begin(n8n);
	await stopped.whenWaiting();
	sandbox.set({ jobSeconds: 1 });
	stoppedSubmitting.hold('submit', SLOW_SUBMIT);
	await stoppedSubmitting.begin(n8n);
	await stoppedSubmitting.whenSubmitting();
	return await settled({
		failed: failedTwice(failed, async () => [await failed.run(n8n)], n8n),
		failedRetriedTwice: failedTwice(
			failedRetriedTwice,
			async () => await failedRetriedTwice.retryAtOnce(n8n, 2),
			n8n,
		),
		parentFailed: failedTwice(parentFailed, async () => [await parentFailed.retry(n8n)], n8n),
		stopped: stopAndRun(stopped, n8n),
		stoppedSubmitting: stopAndRun(stoppedSubmitting, n8n),
		succeeded: (async () => [await succeeded.run(n8n), await succeeded.run(n8n)])(),
	});
}

/** Brings all to where n8n shall be killed. */
async function prepareKill(n8n: N8n, cases: Cases, sandbox: Sandbox): Promise<void> {
	const begin = async (...which: Case[]) =>
		await Promise.all(which.map(async (one) => await one.begin(n8n)));
	const { progressLost, progressSaved, downloadingRetried, downloadingRepeated } = cases;
	sandbox.inject({
		...{ stage: 'other', match: { path: 'later' }, times: 0 },
		fault: { kind: 'hang' },
	});
	await begin(progressLost, progressSaved);
	await sandbox.whenRequests((all) => all.filter(({ path }) => /later/.test(path)).length === 2);

	for (const one of [downloadingRetried, downloadingRepeated]) {
		// One each: so many files come at a time.
		one.hold('download', SLOW_DOWNLOAD, one.prompts[0]);
		await one.begin(n8n);
		await one.whenDownloading();
	}

	const { waitingRetried, waitingRepeated, retriedTwice, parent, withoutHistory } = cases;
	const { twins, byHand, submittingRetried, submittingRepeated, start } = cases;
	const waiting = [waitingRetried, waitingRepeated, retriedTwice, parent, withoutHistory];
	const submitting = [submittingRetried, submittingRepeated, start];
	sandbox.set({ jobSeconds: LONG_JOB_SECONDS });
	for (const one of [...waiting, twins, byHand]) one.holdJobs();
	for (const one of submitting) one.hold('submit', { kind: 'hang', accepted: true });
	await begin(...waiting, twins);
	await begin(twins);
	byHand.first = await n8n.api.runWorkflowManually(byHand.workflow.id, 'Hand');
	await begin(...submitting);
	await Promise.all([
		...[...waiting, byHand].map(async (one) => await one.whenWaiting()),
		twins.whenWaiting(2),
		...submitting.map(async (one) => await one.whenSubmitting()),
		cases.get.whenWaiting(),
	]);
}

/** What people do after a crash. */
async function afterCrash(n8n: N8n, cases: Cases): Promise<Endings> {
	const first = async (one: Case) => await one.ending(n8n, one.first);
	const retried = async (one: Case) => [await first(one), await one.retry(n8n)];
	const repeated = async (one: Case) => [await first(one), await one.run(n8n)];
	const { retriedTwice, twins, withoutHistory, byHand } = cases;
	retriedTwice.hold('history', SLOW_HISTORY);
	twins.hold('history', SLOW_HISTORY);
	return await settled({
		submittingRetried: retried(cases.submittingRetried),
		submittingRepeated: repeated(cases.submittingRepeated),
		waitingRetried: retried(cases.waitingRetried),
		waitingRepeated: repeated(cases.waitingRepeated),
		downloadingRetried: retried(cases.downloadingRetried),
		downloadingRepeated: repeated(cases.downloadingRepeated),
		parent: retried(cases.parent),
		start: retried(cases.start),
		get: retried(cases.get),
		progressLost: retried(cases.progressLost),
		progressSaved: retried(cases.progressSaved),
		retriedTwice: (async () => [
			await first(retriedTwice),
			...(await retriedTwice.retryAtOnce(n8n, 2)),
		])(),
		twins: (async () => {
			const { workflow } = twins;
			const crashed = await n8n.api.executions({ workflowId: workflow.id });
			return await Promise.all(crashed.map(async ({ id }) => await twins.retry(n8n, id)));
		})(),
		withoutHistory: (async () => [
			await first(withoutHistory),
			await withoutHistory.run(n8n),
			await withoutHistory.run(n8n),
		])(),
		byHand: (async () => {
			const id = await n8n.api.runWorkflowManually(byHand.workflow.id, 'Hand');
			return [await first(byHand), await byHand.ending(n8n, id)];
		})(),
	});
}

async function play(version: N8nVersion, tarball: string): Promise<Story> {
	const sandbox = await startSandbox({ jobSeconds: 1, render: { width: 160, fps: 6 } });
	cleanup.add(async () => await sandbox.close());
	const cases = casesOf(sandbox);
	const all = Object.entries(cases) as Array<[Name, Case]>;
	const n8n = await startN8n({
		installation: await installN8n(version),
		userFolder: cleanup.temporaryFolder('segmind-kling-crash-'),
		tarball,
		credentials: all.map(([, { credential }]) => credential),
		// n8n's default: a crash loses what the execution has done.
		env: { EXECUTIONS_DATA_SAVE_ON_PROGRESS: undefined },
	});
	cleanup.add(async () => await n8n.stop());
	const { api } = n8n;
	await api.setupOwner();
	for (const [, one] of all) await one.addTo(n8n, version);

	cases.get.holdJobs();
	await cases.get.begin(n8n);
	await whenExecution(n8n, cases.get.workflow, ({ status }) => status === 'waiting');
	const running = await whileRunning(n8n, cases, sandbox);
	await prepareKill(n8n, cases, sandbox);

	await n8n.kill();
	const bills = Object.fromEntries(all.map(([name, one]) => [name, one.bill()]));
	const notesAtKill = await noteValues(n8n, version);
	sandbox.clearFaults();
	sandbox.set({ jobSeconds: 1 });
	await n8n.restart();
	const crashed = await afterCrash(n8n, cases);
	const retryByHand = await cases.byHand.retry(n8n).then(
		({ status }) => status,
		({ message }: Error) => message,
	);
	const ids = ((await crashed.get?.catch(() => [])) ?? []).map(({ id }) => id);
	return {
		cases,
		endings: { ...running, ...crashed },
		bills: bills as Story['bills'],
		notesAtKill,
		retryByHand,
		get: await Promise.all(ids.map(async (id) => await api.execution(id))),
		notesInTheEnd: await noteValues(n8n, version),
		kept: await keptText(n8n, version),
	};
}

let stories: Map<N8nVersion, Promise<Story>>;

beforeAll(async () => {
	const tarball = await buildAndPack();
	cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
	stories = new Map(VERSIONS.map((version) => [version, play(version, tarball)]));
	await Promise.allSettled(stories.values());
}, 900_000);
afterAll(async () => await cleanup.run(), 120_000);

describe.each(VERSIONS)('n8n %s', (version) => {
	let story: Story;
	let cases: Cases;
	beforeAll(async () => {
		story = await stories.get(version)!;
		({ cases } = story);
	});

	const endingsOf = async (name: Name) => await story.endings[name]!;
	const statusesOf = async (name: Name) => (await endingsOf(name)).map(({ status }) => status);
	/** All videos of the case came out of it, with their files. */
	const allOf = (name: Name, requestIds = cases[name].ids()) =>
		expect.objectContaining({ status: 'success', requestIds, files: requestIds.length });
	const noteOf = (notes: Map<string, number>, name: Name) =>
		(notes.get(cases[name].workflow.id) ?? 0) / VALUES_PER_NOTE;

	describe('while it runs', () => {
		/** Without the one that failed and was made anew. */
		const madeBy = (name: Name) =>
			cases[name].prompts.map(
				(prompt) =>
					cases[name]
						.jobs()
						.find(({ body, status }) => body.prompt === prompt && status === 'COMPLETED')!
						.requestId,
			);

		it('an error, then executed again: only the failed video is submitted again', async () => {
			expect(await statusesOf('failed')).toEqual(['error', 'success']);
			expect((await endingsOf('failed'))[1]).toEqual(allOf('failed', madeBy('failed')));
			expect(cases.failed.bill()).toEqual({ jobs: 4, billed: 3 });
		});

		it('an error, then Retry twice at the same time: both bring all videos, for one bill', async () => {
			const [error, ...retries] = await endingsOf('failedRetriedTwice');
			expect(error.status).toBe('error');
			const all = allOf('failedRetriedTwice', madeBy('failedRetriedTwice'));
			expect(retries).toEqual([all, all]);
			expect(cases.failedRetriedTwice.bill()).toEqual({ jobs: 4, billed: 3 });
		});

		it('an error in a sub-workflow, then Retry of its parent: nothing is paid twice', async () => {
			expect(await statusesOf('parentFailed')).toEqual(['error', 'success']);
			expect((await endingsOf('parentFailed'))[1]).toEqual(
				allOf('parentFailed', madeBy('parentFailed')),
			);
			expect(cases.parentFailed.bill()).toEqual({ jobs: 4, billed: 3 });
		});

		it('Stop, then executed again: the same videos', async () => {
			const [stopped, again] = await endingsOf('stopped');
			expect(stopped.status).toBe('canceled');
			expect(again).toEqual(allOf('stopped'));
			expect(cases.stopped.bill()).toEqual({ jobs: 3, billed: 3 });
		});

		it('Stop before the submit is answered, then executed again at once: the same video', async () => {
			const [stopped, again] = await endingsOf('stoppedSubmitting');
			expect(stopped.status).toBe('canceled');
			expect(again).toEqual(allOf('stoppedSubmitting'));
			expect(cases.stoppedSubmitting.bill()).toEqual({ jobs: 1, billed: 1 });
		});

		it('a success, then executed again: a new video', async () => {
			const [one, other] = await endingsOf('succeeded');
			expect([one.files, other.files]).toEqual([1, 1]);
			expect(one.requestIds).not.toEqual(other.requestIds);
			expect(cases.succeeded.bill()).toEqual({ jobs: 2, billed: 2 });
		});
	});

	describe.each(['submitting', 'waiting', 'downloading'] as const)('killed while %s', (stage) => {
		it.each([
			['Retry', 'Retried'],
			['a new execution', 'Repeated'],
		] as const)("%s brings the first run's videos, for the first run's bill", async (_, how) => {
			const name: Name = `${stage}${how}`;
			expect(story.bills[name].jobs).toBe(3);
			expect(noteOf(story.notesAtKill, name)).toBe(3);
			expect(await statusesOf(name)).toEqual(['crashed', 'success']);
			expect((await endingsOf(name))[1]).toEqual(allOf(name));
			expect(cases[name].bill()).toEqual({ jobs: 3, billed: 3 });
		});
	});

	describe('killed', () => {
		it('Retry twice at the same time: both bring all videos, for one bill', async () => {
			const [crashed, ...retries] = await endingsOf('retriedTwice');
			expect(crashed.status).toBe('crashed');
			expect(retries).toEqual([allOf('retriedTwice'), allOf('retriedTwice')]);
			expect(cases.retriedTwice.bill()).toEqual({ jobs: 3, billed: 3 });
		});

		it('two executions that make the same video, both retried at the same time: each gets its own', async () => {
			const retries = await endingsOf('twins');
			expect(retries.map(({ files }) => files)).toEqual([1, 1]);
			expect(retries.flatMap(({ requestIds }) => requestIds).sort()).toEqual(
				cases.twins.ids().sort(),
			);
			expect(cases.twins.bill()).toEqual({ jobs: 2, billed: 2 });
		});

		it('in a sub-workflow, then Retry of its parent', async () => {
			expect(await statusesOf('parent')).toEqual(['crashed', 'success']);
			expect((await endingsOf('parent'))[1]).toEqual(allOf('parent'));
			expect(cases.parent.bill()).toEqual({ jobs: 3, billed: 3 });
		});

		it('in a run by hand, which has no Retry: executed again, it brings the video', async () => {
			expect(story.retryByHand).toMatch(/cannot be retried/);
			expect(await statusesOf('byHand')).toEqual(['crashed', 'success']);
			expect((await endingsOf('byHand'))[1]).toEqual(allOf('byHand'));
			expect(cases.byHand.bill()).toEqual({ jobs: 1, billed: 1 });
		});

		it('without the history: refused once, before anything is sent; the next execution buys', async () => {
			const [crashed, refused, bought] = await endingsOf('withoutHistory');
			expect(crashed.status).toBe('crashed');
			expect(refused.status).toBe('error');
			expect(refused.error).toMatch(
				/An earlier execution of this node submitted this video at .* UTC and did not deliver it, so it may be paid already\. Check the Segmind console .* If it is not, execute the workflow again: the next execution submits it without asking again/,
			);
			expect(refused.bill.jobs).toBe(3);
			expect(bought).toMatchObject({ status: 'success', files: 3, bill: { jobs: 6, billed: 6 } });
		});
	});

	describe('killed during Start → Wait → Get', () => {
		it('while Start submits: Retry starts nothing a second time', async () => {
			expect(await statusesOf('start')).toEqual(['crashed', 'success']);
			expect((await endingsOf('start'))[1].requestIds).toEqual(cases.start.ids());
			expect(cases.start.bill()).toEqual({ jobs: 3, billed: 3 });
		});

		it('while Get waits: Retry runs Get again, and neither Start nor Wait', async () => {
			const [crashed, retried] = story.get;
			expect(crashed.status).toBe('crashed');
			const runs = ({ data }: Execution, name: string) => data.resultData.runData[name];
			expect(runs(crashed, 'Get Video')[0].error).toBeDefined();
			// The very run that n8n had saved when it put the execution to sleep.
			expect(runs(retried, 'Start Video')).toEqual(runs(crashed, 'Start Video'));
			const waits = runs(retried, 'Wait');
			expect(waits.at(-1)!.executionTime).toBeLessThan(WAIT_SECONDS * 500);
			expect((await endingsOf('get'))[1]).toEqual(allOf('get'));
			expect(cases.get.bill()).toEqual({ jobs: 1, billed: 1 });
		});
	});

	describe('killed in a later node', () => {
		it('the video is delivered: nothing is noted any more', () => {
			for (const name of ['progressLost', 'progressSaved'] as const) {
				expect(story.bills[name]).toEqual({ jobs: 1, billed: 1 });
				expect(noteOf(story.notesAtKill, name)).toBe(0);
			}
		});

		it('with "Save execution progress" Retry goes on with the later node', async () => {
			expect(await statusesOf('progressSaved')).toEqual(['crashed', 'success']);
			expect((await endingsOf('progressSaved'))[1]).toEqual(allOf('progressSaved'));
			expect(cases.progressSaved.bill()).toEqual({ jobs: 1, billed: 1 });
		});

		it('without it n8n has lost the video, and Retry makes a new one', async () => {
			expect(await statusesOf('progressLost')).toEqual(['crashed', 'success']);
			expect(cases.progressLost.bill()).toEqual({ jobs: 2, billed: 2 });
		});
	});

	describe('in the end', () => {
		it('no note is left', () => {
			expect(story.notesInTheEnd.size).toBeGreaterThan(10);
			expect([...story.notesInTheEnd.values()].filter((values) => values > 0)).toEqual([]);
		});

		it("n8n's store was there for all notes", () => {
			expect(story.kept.log).not.toMatch(/cannot be noted/);
		});

		it('no key is in the notes, the saved executions or the logs', () => {
			for (const [where, text] of Object.entries(story.kept)) {
				expect(text.length).toBeGreaterThan(where === 'execution_metadata' ? 1 : 1000);
				const leaked = Object.values(cases).filter(({ key }) => text.includes(key));
				expect([where, leaked.map(({ name }) => name)]).toEqual([where, []]);
			}
			expect(story.kept.execution_data).toContain(cases.failed.prompts[0]);
		});
	});
});
