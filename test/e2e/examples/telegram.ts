/** The Telegram example, with a stand-in that calls n8n's webhook and records what the bot sends. */
import type { Workflow } from '../../../harness/run/n8n';
import { nodeOf } from '../support/examples';
import { itemsOf, probeVideo } from '../support/output';
import type { Sent } from '../support/telegram';
import { forbidReads, type Stage } from './stage';

const FILE = 'telegram-bot.json';
const OWNER = 4711;
const STRANGER = 4712;

export function telegramExample(stage: () => Stage): void {
	const workflow = () => stage().workflows.get(FILE)!;

	/** Somebody writes to the bot, and it answers so many times. */
	async function write(
		chat: number,
		message: { text: string } | { photo: object[] },
		answers: number,
	): Promise<{ id: number; sent: Sent[] }> {
		const { telegram } = stage();
		const before = telegram.sent.length;
		const id = await telegram.write(chat, message);
		await telegram.whenSent(before + answers);
		return { id, sent: telegram.sent.slice(before) };
	}

	/** Puts a chat into the field, as the owner of the bot does, and publishes. */
	async function allow(chat: number): Promise<void> {
		const { n8n, telegram } = stage();
		await n8n.api.deactivate(workflow().id);
		await n8n.api.updateWorkflow(workflow().id, (saved: Workflow) => {
			const { assignments } = nodeOf(saved, 'Settings').parameters as {
				assignments: { assignments: Array<{ name: string; value: unknown }> };
			};
			assignments.assignments.find(({ name }) => name === 'allowedChats')!.value = `1, ${chat}`;
		});
		await n8n.api.publish(workflow().id);
		await telegram.whenRegistered();
	}

	const newest = async () => {
		const { n8n } = stage();
		const [{ id }] = await n8n.api.executions({ workflowId: workflow().id });
		return await n8n.api.waitForExecution(id);
	};

	it('telegram: as it is imported, the bot tells everybody their chat ID and films for nobody', async () => {
		const { n8n, telegram, jobsOf } = stage();
		await n8n.api.publish(workflow().id);
		await telegram.whenRegistered();
		const { result, jobs } = await jobsOf(
			async () => await write(OWNER, { text: 'A paper boat on a river' }, 1),
		);
		expect(result.sent).toMatchObject([{ method: 'sendMessage', chat: OWNER, answers: result.id }]);
		expect(result.sent[0].text).toContain(`Your chat ID is ${OWNER}.`);
		await newest();
		expect(jobs).toEqual([]);
	}, 60_000);

	it('telegram: a text of an allowed chat comes back as a portrait video', async () => {
		const { n8n, folder, jobsOf } = stage();
		await allow(OWNER);
		const text = 'A paper boat & a <small> duck on a *wild_river';
		const { result, jobs } = await jobsOf(async () => await write(OWNER, { text }, 2));
		expect(jobs).toMatchObject([
			{
				model: 'kling-o3-text2video',
				body: { prompt: text, aspect_ratio: '9:16', duration: '3', mode: 'std' },
				billed: true,
				cost: 0.63,
			},
		]);
		const [begun, video] = result.sent;
		expect(begun).toMatchObject({ method: 'sendMessage', chat: OWNER, answers: result.id });
		expect(video).toMatchObject({
			...{ method: 'sendVideo', chat: OWNER, answers: result.id, text },
			video: { name: expect.stringMatching(/\.mp4$/), type: 'video/mp4' },
		});
		const made = await (await fetch(String(jobs[0].videoUrl))).arrayBuffer();
		expect(video.video!.bytes.equals(Buffer.from(made))).toBe(true);
		const [item] = itemsOf(await newest(), 'Generate Video');
		const { width, height } = await probeVideo(n8n, item, folder);
		expect(height).toBeGreaterThan(width);
	}, 60_000);

	it('telegram: strangers, commands and pictures cost nothing', async () => {
		const { jobsOf } = stage();
		const { result, jobs } = await jobsOf(async () => [
			await write(STRANGER, { text: 'A paper boat on a river' }, 1),
			await write(OWNER, { text: '/start' }, 1),
			await write(OWNER, { photo: [{ file_id: 'picture' }] }, 1),
		]);
		expect(result.flatMap(({ sent }) => sent.map(({ chat, text }) => [chat, text]))).toEqual([
			[STRANGER, expect.stringContaining(`Your chat ID is ${STRANGER}.`)],
			[OWNER, expect.stringContaining('Send me a text')],
			[OWNER, expect.stringContaining('Send me a text')],
		]);
		await newest();
		expect(jobs).toEqual([]);
	}, 60_000);

	it('telegram: a file that Telegram does not take is sent as a link', async () => {
		const { telegram, jobsOf } = stage();
		telegram.refuseVideos = true;
		const { result, jobs } = await jobsOf(
			async () => await write(OWNER, { text: 'A paper boat on a lake' }, 2),
		);
		telegram.refuseVideos = false;
		expect(jobs).toMatchObject([{ billed: true }]);
		expect(result.sent[1]).toMatchObject({ method: 'sendMessage', answers: result.id });
		const [link] = /http\S+/.exec(result.sent[1].text)!;
		expect(link).toBe(jobs[0].videoUrl);
		expect((await fetch(link)).headers.get('content-type')).toBe('video/mp4');
	}, 60_000);

	it('telegram: without a video the bot says whether to try again', async () => {
		const { service, jobsOf } = stage();
		service.sandbox.inject({
			stage: 'submit',
			fault: { kind: 'fail-job', error: 'Blocked by <the> content policy' },
		});
		const refused = await jobsOf(async () => await write(OWNER, { text: 'Forbidden' }, 2));
		service.sandbox.clearFaults();
		expect(refused.result.sent[1].text).toMatch(/&lt;the> content policy.*Nothing was charged/);
		expect(refused.jobs.filter(({ billed }) => billed)).toEqual([]);

		// With its history the account would still get the video.
		service.sandbox.set({ historyAvailable: false });
		// A node that knows how long videos take asks for the result without the status.
		forbidReads(service.sandbox);
		const unknown = await jobsOf(async () => await write(OWNER, { text: 'A boat at sea' }, 2));
		service.sandbox.clearFaults();
		service.sandbox.set({ historyAvailable: true });
		expect(unknown.jobs).toHaveLength(1);
		expect(unknown.result.sent[1].text).toMatch(/Please do not send it again/);
		expect(unknown.result.sent[1].text).toContain(unknown.jobs[0].requestId);
		expect(unknown.result.sent[1].text).not.toMatch(/Nothing was charged/);
		await newest();
	}, 60_000);
}
