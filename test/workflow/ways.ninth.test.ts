/**
 * Ways to pay twice, or to lose a paid video, that a ninth reading of November 2026 found. What counts is the
 * sandbox's account.
 */
import { sleep, type IDataObject } from 'n8n-workflow';

import { withoutSignature } from '../../nodes/KlingO3/fields/media/signature';
import type { RunOptions } from './support/engine';
import type { TestAccount } from './support/sandbox';
import { idsOf, jobs, useSandbox } from './support/useSandbox';

const here = useSandbox({ credits: 10_000, jobSeconds: 1 });

const run = async (
	account: TestAccount,
	parameters: IDataObject = {},
	rest: Partial<RunOptions> = {},
) => await here.run(account, { downloadVideo: false, ...parameters }, rest);

describe('A sub-workflow whose time is over, and that still waits for its video', () => {
	it('n8n will drop the video, so an execution that begins meanwhile does not pay another one', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ jobSeconds: 4 });
		const endsAt = Date.now() + 1500;
		const late = run(account, {}, { rounds: 1, timeOutAt: endsAt });
		await here.sandbox.whenJobs((all) => all.length === 1, account.key);
		await sleep(endsAt + 200 - Date.now());
		// The parent was ended with its time-out, and somebody executes it again at once.
		const next = await run(account);
		expect((await late).run.status).toBe('error');
		expect(next.error).toBeUndefined();
		expect(idsOf(next)).toHaveLength(1);
		expect(jobs(account)).toBe(1);
	});

	it('submits nothing more: nobody gets these videos', async () => {
		const account = here.account({}, { history: true });
		const items = ['take 0', 'take 1', 'take 2'].map((motion) => ({ json: { motion } }));
		const options = { concurrency: 1 };
		const late = await run(account, { options }, { items, rounds: 1, timeOutAt: Date.now() + 800 });
		expect(late.run.status).toBe('error');
		expect(jobs(account)).toBe(1);
	});

	it('a batch that is executed again meanwhile is paid once', async () => {
		const account = here.account({}, { history: true });
		here.sandbox.set({ jobSeconds: 2 });
		const items = ['take 0', 'take 1', 'take 2'].map((motion) => ({ json: { motion } }));
		const options = { concurrency: 1 };
		const endsAt = Date.now() + 1000;
		const late = run(account, { options }, { items, rounds: 1, timeOutAt: endsAt });
		await sleep(endsAt + 200 - Date.now());
		const next = await run(account, { options }, { items });
		await late;
		expect(idsOf(next)).toHaveLength(3);
		expect(jobs(account)).toBe(3);
	});
});

describe('A picture behind a token', () => {
	/** Only what is not the signature makes it another picture. */
	const isSame = (one: string, other: string) => withoutSignature(one) === withoutSignature(other);

	it('is another one where only the token names it, as n8n signs its own binary data', () => {
		const at = (token: string) => `https://n8n.example/rest/binary-data/signed?token=${token}`;
		expect(isSame(at('a'), at('b'))).toBe(false);
		const download = (token: string) => `https://files.example/download?authorization=${token}`;
		expect(isSame(download('a'), download('b'))).toBe(false);
	});

	it('is the same one where the path names it, as in Supabase and Firebase', () => {
		const signed = (token: string) =>
			`https://x.example/storage/v1/object/sign/bucket/cat.png?token=${token}`;
		expect(isSame(signed('a'), signed('b'))).toBe(true);
		const media = (token: string) =>
			`https://x.example/v0/b/bucket/o/pets%2Fcat.webp?alt=media&token=${token}`;
		expect(isSame(media('a'), media('b'))).toBe(true);
	});
});
