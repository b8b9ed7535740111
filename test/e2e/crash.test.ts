/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
/**
 * Paid videos that an execution did not deliver, in real n8n: an error, Stop, and SIGKILL while n8n submits, waits,
 * downloads. Then somebody presses Retry, or executes the workflow again. Each case has an account of its own, whose
 * bill is what counts. One n8n of each version lives through all cases at the same time, and is killed twice.
 */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

import type { Execution } from '../../harness/drive/api';
import type { N8nVersion } from '../../harness/install';
import { buildAndPack } from '../../harness/install/pack';
import { WAIT_SECONDS, type Cases, type Name } from './crash/cases';
import { play, type Story } from './crash/story';
import { Cleanup } from '../../harness/run/cleanup';
import { overlap } from './support/undelivered';

const VERSIONS: N8nVersion[] = ['2.41.1', '1.100.1'];
/** For each video: its mark, and twice the hour, the minute and the second. */
const VALUES_PER_NOTE = 7;

const cleanup = new Cleanup();
let stories: Map<N8nVersion, Promise<Story>>;

beforeAll(async () => {
	const tarball = await buildAndPack();
	cleanup.add(() => rmSync(dirname(tarball), { recursive: true, force: true }));
	stories = new Map(VERSIONS.map((version) => [version, play(version, tarball, cleanup)]));
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

	it('all cases had come to where n8n was killed', () => {
		expect(story.late).toEqual([]);
	});

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
			expect(overlap(retries[0], retries[1])).toBe(true);
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
			expect(overlap(retries[0], retries[1])).toBe(true);
			expect(cases.retriedTwice.bill()).toEqual({ jobs: 3, billed: 3 });
		});

		it('two executions that make the same video, both retried at the same time: each gets its own', async () => {
			const retries = await endingsOf('twins');
			expect(retries.map(({ files }) => files)).toEqual([1, 1]);
			expect(overlap(retries[0], retries[1])).toBe(true);
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
			expect(story.retryByHand).toMatch(
				/The execution was aborted before starting, so it cannot be retried/,
			);
			expect(await statusesOf('byHand')).toEqual(['crashed', 'success']);
			expect((await endingsOf('byHand'))[1]).toEqual(allOf('byHand'));
			expect(cases.byHand.bill()).toEqual({ jobs: 1, billed: 1 });
		});

		it('with an image that was uploaded: a new execution brings the videos, and uploads nothing', async () => {
			const [crashed, again] = await endingsOf('uploaded');
			expect(crashed.status).toBe('crashed');
			expect(again).toEqual(allOf('uploaded'));
			expect(cases.uploaded.bill()).toEqual({ jobs: 3, billed: 3 });
			const uploads = cases.uploaded.uploads();
			expect(uploads).toHaveLength(1);
			for (const { body } of cases.uploaded.jobs()) expect(body.image_url).toBe(uploads[0]);
		});
	});

	describe('killed, and the history does not tell', () => {
		/** What the user reads, word for word but for the time. */
		const refusal = (looked = '') =>
			new RegExp(
				[
					'^An earlier execution of this node submitted this video at \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC and did not deliver it, so it may be paid already\\. ',
					looked,
					'Check the Segmind console .*: if the video is there, open it, or fetch it with Get and its request ID\\. ',
					'If it is not, execute the workflow again: the next execution submits it without asking again',
				].join(''),
			);

		it.each([
			['withoutHistory', 'switched off', '', 3],
			[
				'unreadable',
				'it cannot be read (and Retry is pressed)',
				"The account's history could not be read: .*No history for the key SG_… of this account.*",
				3,
			],
			[
				'neverArrived',
				'it does not have the video',
				"It is not in the account's history, where this node looked for it\\. ",
				0,
			],
		] as const)(
			'%s: %s: refused once, before anything is sent; the next execution buys',
			async (name, _, looked, paidBefore) => {
				const videos = cases[name].prompts.length;
				const [crashed, refused, bought] = await endingsOf(name);
				expect(crashed.status).toBe('crashed');
				expect(refused).toMatchObject({ status: 'error', bill: { jobs: paidBefore } });
				expect(refused.error).toMatch(refusal(looked));
				const jobs = paidBefore + videos;
				expect(bought).toMatchObject({
					...{ status: 'success', files: videos },
					bill: { jobs, billed: jobs },
				});
			},
		);
	});

	describe('killed again', () => {
		it.each([
			{ name: 'waitingAgain', how: 'while Retry waits: another Retry' },
			{ name: 'looking', how: 'while Retry looks in the history: a new execution' },
		] as const)('$name: $how brings the videos of the very first run', async ({ name }) => {
			expect(await statusesOf(name)).toEqual(['crashed', 'crashed', 'success']);
			expect((await endingsOf(name))[2]).toEqual(allOf(name));
			expect(cases[name].bill()).toEqual({ jobs: 3, billed: 3 });
		});
	});

	describe("killed during an agent's run", () => {
		it('while its tool waits: Retry calls the tool again, which brings the first video', async () => {
			expect(await statusesOf('agentCalling')).toEqual(['crashed', 'success']);
			const [, { output }] = await endingsOf('agentCalling');
			expect(output).toEqual([
				{ output: expect.stringContaining(cases.agentCalling.ids()[0]) as unknown },
			]);
			expect(cases.agentCalling.bill()).toEqual({ jobs: 1, billed: 1 });
		});

		it('after its tool has given the video: Retry calls the tool again, for a new video', async () => {
			expect(noteOf(story.notesAtKill, 'agentThinking')).toBe(0);
			expect(await statusesOf('agentThinking')).toEqual(['crashed', 'success']);
			expect(cases.agentThinking.bill()).toEqual({ jobs: 2, billed: 2 });
		});

		it('the same with "Save execution progress": AI Agent node 3 goes on with the video', async () => {
			expect(noteOf(story.notesAtKill, 'agentSaved')).toBe(0);
			expect(await statusesOf('agentSaved')).toEqual(['crashed', 'success']);
			const { jobs, billed } = cases.agentSaved.bill();
			expect(billed).toBe(jobs);
			// The agent of n8n 1.100.1 begins again, and may get the video of before.
			expect(jobs).toBeLessThanOrEqual(version === '2.41.1' ? 1 : 2);
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
			// Where Get can be told which one was lost.
			expect(story.kept.log).toContain(cases.progressLost.jobs()[0].requestId);
		});
	});

	describe('in the end', () => {
		it('no note is left', () => {
			expect(story.notesInTheEnd.size).toBeGreaterThan(10);
			// Fewer values say which of two equal videos was taken over first.
			const left = [...story.notesInTheEnd.values()];
			expect(left.filter((values) => values >= VALUES_PER_NOTE)).toEqual([]);
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
