/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/** One real n8n lives through all cases at the same time: what happens in it, as seen from outside. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { Execution } from '../../../harness/drive/api';
import { installN8n, type N8nVersion } from '../../../harness/install';
import { startN8n, type N8n } from '../../../harness/run/n8n';
import { startSandbox, type Sandbox } from '../../../sandbox';
import type { Cleanup } from '../../../harness/run/cleanup';
import { whenExecution } from '../support/executions';
import { startLanguageModel, toolResults } from '../support/languageModel';
import { keptText, noteValues, type Bill, type Case, type Ending } from '../support/undelivered';
import { casesOf, modelCredential, orderOnce, promptOf, type Cases, type Name } from './cases';

/** Of a video that is still being made when its execution is stopped, */
const STOPPED_JOB_SECONDS = 20;
/** or when n8n is there again. */
const LONG_JOB_SECONDS = 45;
/** A case is where n8n shall be killed long before. */
const REACHED_WITHIN_MS = 120_000;
/** Long enough for a second Retry to begin while the first one looks for the videos. */
const SLOW_HISTORY = { kind: 'delay', ms: 4000 } as const;
/** The execution is stopped, and the workflow executed again, before the answer comes. */
const SLOW_SUBMIT = { kind: 'delay', ms: 8000 } as const;
/** A video is not there before n8n is killed. */
const SLOW_DOWNLOAD = { kind: 'slow', bytesPerSecond: 20 } as const;

/** Each case by itself, so that one that fails spoils no other. */
type Endings = Partial<Record<Name, Promise<Ending[]>>>;

export interface Story {
	cases: Cases;
	/** What has not come to where n8n was killed. */
	late: string[];
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

/** What all cases share. */
interface Scene {
	n8n: N8n;
	cases: Cases;
	sandbox: Sandbox;
	/** What has not come to where n8n shall be killed. */
	late: string[];
}

/** One case that never comes so far spoils no other. */
async function reached(
	{ late }: Scene,
	which: Record<string, Promise<unknown> | Array<Promise<unknown>>>,
): Promise<void> {
	const over = new AbortController();
	const timer = sleep(REACHED_WITHIN_MS, false, { signal: over.signal });
	await Promise.all(
		Object.entries(which).map(async ([what, work]) => {
			const done = Promise.all([work].flat()).then(() => true);
			const isReached = await Promise.race([done, timer]).catch(() => false);
			if (!isReached) late.push(what);
		}),
	);
	timer.catch(() => {});
	over.abort();
}

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
async function whileRunning(scene: Scene): Promise<Endings> {
	const { n8n, cases, sandbox } = scene;
	const { failed, failedRetriedTwice, parentFailed, stopped, stoppedSubmitting, succeeded } = cases;
	sandbox.set({ jobSeconds: STOPPED_JOB_SECONDS });
	await stopped.begin(n8n);
	await reached(scene, { stopped: stopped.whenWaiting() });
	const stoppedEndings = stopAndRun(stopped, n8n);
	// It is awaited below.
	stoppedEndings.catch(() => {});
	sandbox.set({ jobSeconds: 1 });
	stoppedSubmitting.hold('submit', SLOW_SUBMIT);
	await stoppedSubmitting.begin(n8n);
	await reached(scene, { stoppedSubmitting: stoppedSubmitting.whenSubmitting() });
	return await settled({
		stopped: stoppedEndings,
		stoppedSubmitting: stopAndRun(stoppedSubmitting, n8n),
		failed: failedTwice(failed, async () => [await failed.run(n8n)], n8n),
		failedRetriedTwice: failedTwice(
			failedRetriedTwice,
			async () => {
				failedRetriedTwice.hold('submit', SLOW_SUBMIT);
				return await failedRetriedTwice.retryAtOnce(n8n, 2);
			},
			n8n,
		),
		parentFailed: failedTwice(parentFailed, async () => [await parentFailed.retry(n8n)], n8n),
		succeeded: (async () => [await succeeded.run(n8n), await succeeded.run(n8n)])(),
	});
}

const begin = async (n8n: N8n, ...which: Case[]) =>
	await Promise.all(which.map(async (one) => await one.begin(n8n)));

const waitingAll = (cases: Case[]) => cases.map(async (one) => await one.whenWaiting());
const submittingAll = (cases: Case[]) => cases.map(async (one) => await one.whenSubmitting());

/** The first kill, for the cases that live through two, or take long afterwards. */
async function killFirst(scene: Scene): Promise<void> {
	const { n8n, sandbox } = scene;
	const { waitingAgain, looking, neverArrived } = scene.cases;
	const waiting = [waitingAgain, looking];
	for (const one of waiting) one.holdJobs();
	neverArrived.hold('submit', { kind: 'hang' });
	await begin(n8n, ...waiting, neverArrived);
	await reached(scene, {
		waitingAgain: waitingAll(waiting),
		neverArrived: neverArrived.whenSubmitting(),
	});
	await n8n.kill();
	sandbox.clearFaults();
	await n8n.restart();
}

/** Brings cases to where n8n shall be killed: those that can stay there. */
async function prepareKill(scene: Scene): Promise<void> {
	const { n8n, cases, sandbox } = scene;
	const { waitingAgain, progressLost, progressSaved, downloadingRetried, downloadingRepeated } =
		cases;
	const since = sandbox.requests().length;
	waitingAgain.holdJobs();
	await waitingAgain.beginRetry(n8n);
	sandbox.inject({
		...{ stage: 'other', match: { path: 'later' }, times: 0 },
		fault: { kind: 'hang' },
	});
	await begin(n8n, progressLost, progressSaved);
	await reached(scene, {
		retryOfWaitingAgain: waitingAgain.whenWaiting(3, since),
		progress: sandbox.whenRequests(
			(all) => all.filter(({ path }) => /later/.test(path)).length === 2,
		),
	});

	for (const one of [downloadingRetried, downloadingRepeated]) {
		// One of each: so many files come at a time.
		one.hold('download', SLOW_DOWNLOAD, one.prompts[0]);
		await one.begin(n8n);
		await reached(scene, { [one.name]: one.whenDownloading() });
	}

	const { retriedTwice, parent, uploaded, agentCalling, twins, byHand } = cases;
	const { withoutHistory, unreadable } = cases;
	const waiting = [retriedTwice, parent, uploaded, agentCalling, withoutHistory, unreadable];
	for (const one of [...waiting, twins, byHand]) one.holdJobs();
	await begin(n8n, ...waiting, twins);
	await begin(n8n, twins);
	byHand.first = await n8n.api.runWorkflowManually(byHand.workflow.id, 'Hand');
	await reached(scene, {
		waiting: waitingAll([...waiting, byHand]),
		twins: twins.whenWaiting(2),
		get: cases.get.whenWaiting(),
	});
}

/** And those that would go on after a while: a request of theirs is given up, or a video is there. */
async function prepareLast(scene: Scene, isThinking: Promise<void>): Promise<void> {
	const { n8n, cases, sandbox } = scene;
	await begin(n8n, cases.agentThinking, cases.agentSaved);
	await reached(scene, { agents: isThinking });

	const since = sandbox.requests().length;
	const { waitingRetried, waitingRepeated, submittingRetried, submittingRepeated, start } = cases;
	const { looking } = cases;
	looking.hold('history', { kind: 'hang' });
	await looking.beginRetry(n8n);
	const waiting = [waitingRetried, waitingRepeated];
	const submitting = [submittingRetried, submittingRepeated, start];
	for (const one of submitting) one.hold('submit', { kind: 'hang', accepted: true });
	sandbox.set({ jobSeconds: LONG_JOB_SECONDS });
	await begin(n8n, ...waiting, ...submitting);
	await reached(scene, {
		waiting: waitingAll(waiting),
		submitting: submittingAll(submitting),
		looking: looking.whenLooking(since),
	});
}

/** What people do after a crash. */
async function afterCrash({ n8n, cases }: Scene, refusedBefore: Promise<Ending>): Promise<Endings> {
	const first = async (one: Case) => await one.ending(n8n, one.first);
	const retried = async (one: Case) => [await first(one), await one.retry(n8n)];
	const repeated = async (one: Case) => [await first(one), await one.run(n8n)];
	const { retriedTwice, twins, withoutHistory, unreadable, neverArrived, byHand } = cases;
	const { waitingAgain, looking } = cases;
	/** Also the case's only retry, which was killed as well. */
	const crashedTwice = async (one: Case) => {
		const [id] = await one.retries(n8n);
		return [await first(one), await one.ending(n8n, id)];
	};
	retriedTwice.hold('history', SLOW_HISTORY);
	twins.hold('history', SLOW_HISTORY);
	unreadable.hold('history', {
		...{ kind: 'respond', status: 400 },
		body: { error: `No history for the key ${unreadable.key} of this account` },
	});
	return await settled({
		submittingRetried: retried(cases.submittingRetried),
		submittingRepeated: repeated(cases.submittingRepeated),
		waitingRetried: retried(cases.waitingRetried),
		waitingRepeated: repeated(cases.waitingRepeated),
		downloadingRetried: retried(cases.downloadingRetried),
		downloadingRepeated: repeated(cases.downloadingRepeated),
		uploaded: repeated(cases.uploaded),
		parent: retried(cases.parent),
		start: retried(cases.start),
		get: retried(cases.get),
		progressLost: retried(cases.progressLost),
		progressSaved: retried(cases.progressSaved),
		agentCalling: retried(cases.agentCalling),
		agentThinking: retried(cases.agentThinking),
		agentSaved: retried(cases.agentSaved),
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
		unreadable: (async () => {
			const refused = await unreadable.retry(n8n);
			return [await first(unreadable), refused, await unreadable.retry(n8n, refused.id)];
		})(),
		neverArrived: (async () => [
			await first(neverArrived),
			await refusedBefore,
			await neverArrived.run(n8n),
		])(),
		byHand: (async () => {
			const id = await n8n.api.runWorkflowManually(byHand.workflow.id, 'Hand');
			return [await first(byHand), await byHand.ending(n8n, id)];
		})(),
		waitingAgain: (async () => {
			const crashed = await crashedTwice(waitingAgain);
			return [...crashed, await waitingAgain.retry(n8n, crashed[1].id)];
		})(),
		looking: (async () => [...(await crashedTwice(looking)), await looking.run(n8n)])(),
	});
}

/** A language model that thinks until n8n is killed, once the agents of these cases have their videos. */
async function thinkingModel(thinking: Case[], cleanup: Cleanup) {
	let goOn = () => {};
	let begun = () => {};
	const isThinking = new Promise<void>((resolve) => (begun = resolve));
	const killed = new Promise<void>((resolve) => (goOn = resolve));
	const silent = new Set(thinking.map(({ prompts }) => prompts[0]));
	const model = await startLanguageModel(async (request) => {
		const prompt = promptOf(request);
		if (thinking.some(({ prompts }) => prompts[0] === prompt) && toolResults(request).length > 0) {
			silent.delete(prompt);
			if (silent.size === 0) begun();
			await killed;
		}
		return orderOnce(request);
	});
	cleanup.add(async () => await model.close());
	return { url: model.url, isThinking, goOn };
}

/** Plays all cases in a new n8n of this version. */
export async function play(version: N8nVersion, tarball: string, cleanup: Cleanup): Promise<Story> {
	const sandbox = await startSandbox({ jobSeconds: 1, render: { width: 160, fps: 6 } });
	cleanup.add(async () => await sandbox.close());
	const cases = casesOf(sandbox, version);
	const all = Object.entries(cases) as Array<[Name, Case]>;
	const model = await thinkingModel([cases.agentThinking, cases.agentSaved], cleanup);
	const n8n = await startN8n({
		installation: await installN8n(version),
		userFolder: cleanup.temporaryFolder('segmind-kling-crash-'),
		tarball,
		credentials: [...all.map(([, { credential }]) => credential), modelCredential(model.url)],
		// n8n's default: a crash loses what the execution has done.
		env: { EXECUTIONS_DATA_SAVE_ON_PROGRESS: undefined },
	});
	cleanup.add(async () => await n8n.stop());
	const { api } = n8n;
	await api.setupOwner();
	for (const [, one] of all) await one.addTo(n8n, version);

	const scene: Scene = { n8n, cases, sandbox, late: [] };
	await killFirst(scene);

	// It looks in the history for two minutes.
	const refused = cases.neverArrived.run(n8n);
	refused.catch(() => {});
	cases.get.holdJobs();
	await cases.get.begin(n8n);
	await whenExecution(n8n, cases.get.workflow, ({ status }) => status === 'waiting');
	const running = await whileRunning(scene);
	await prepareKill(scene);
	await refused.catch(() => {});
	await prepareLast(scene, model.isThinking);

	await n8n.kill();
	const bills = Object.fromEntries(all.map(([name, one]) => [name, one.bill()]));
	const notesAtKill = await noteValues(n8n, version);
	sandbox.clearFaults();
	sandbox.set({ jobSeconds: 1 });
	model.goOn();
	await n8n.restart();
	const crashed = await afterCrash(scene, refused);
	const retryByHand = await cases.byHand.retry(n8n).then(
		({ status }) => status,
		({ message }: Error) => message,
	);
	const ids = ((await crashed.get?.catch(() => [])) ?? []).map(({ id }) => id);
	return {
		cases,
		late: scene.late,
		endings: { ...running, ...crashed },
		bills: bills as Story['bills'],
		notesAtKill,
		retryByHand,
		get: await Promise.all(ids.map(async (id) => await api.execution(id))),
		notesInTheEnd: await noteValues(n8n, version),
		kept: await keptText(n8n, version),
	};
}
