/**
 * What a language model gets of an error, and what Retry of an agent does: both differ between the versions
 * of n8n and of its AI Agent node. The agent is that of the example.
 */
import type { N8nVersion } from '../../../harness/install';
import type { Workflow } from '../../../harness/run/n8n';
import { chat, script, type Chat } from '../support/chat';
import { nodeOf, readExample } from '../support/examples';
import type { Turn } from '../support/languageModel';
import { forbidReads, type Stage } from './stage';

/** The newest AI Agent node of each n8n, and the one before it that calls its tools itself. */
const AGENTS: Record<N8nVersion, number[]> = { '1.100.1': [2], '2.41.1': [2.2, 3.1] };

export function agentErrors(version: N8nVersion, stage: () => Stage): void {
	for (const agent of AGENTS[version]) errorsOf(agent, stage);
}

function errorsOf(agent: number, stage: () => Stage): void {
	let workflow: Workflow;

	async function ask(...turns: Array<(results: string[]) => Turn>): Promise<Chat> {
		return await chat(stage(), workflow, script(...turns));
	}
	/** A prompt of its own for each test: a video that was not delivered is not paid again. */
	const generate =
		(Prompt: string, Duration = 3) =>
		(): Turn => ({
			tool: 'Generate_Video',
			call: {
				...{ Duration, Mode: 'std', Generate_Audio: false, Prompt },
				Image_URL: stage().service.imageUrl,
			},
		});
	const sorry = (): Turn => ({ answer: 'Sorry.' });

	describe(`AI Agent node ${agent}`, () => {
		beforeAll(async () => {
			const example = readExample('ai-agent-tool.json', stage().service);
			nodeOf(example, 'Video Agent').typeVersion = agent;
			workflow = await stage().n8n.api.addWorkflow(example);
		});

		it('the model sees what is wrong with a parameter', async () => {
			const { seen } = await ask(generate('Too long', 99), sorry);
			expect(seen[0]).toMatch(/Duration must be a whole number of seconds from 3 to 15, not .*99/);
		}, 60_000);

		it('the model sees the limit that holds, and that nothing was submitted', async () => {
			const { seen } = await ask(generate('Too expensive', 15), sorry);
			expect(seen[0]).toMatch(
				/about \$3\.15, more than Max Cost Per Video \(\$2\.00\).*Nothing was submitted/,
			);
		}, 60_000);

		it('the model sees the request ID of a video that may be billed', async () => {
			const { jobsOf, service } = stage();
			forbidReads(service.sandbox, 'ETIMEDOUT at the gateway');
			const { result, jobs } = await jobsOf(
				async () => await ask(generate(`Not allowed later, agent ${agent}`), sorry),
			);
			service.sandbox.clearFaults();
			expect(jobs).toHaveLength(1);
			expect(result.seen[0]).toContain(jobs[0].requestId);
			expect(result.seen[0]).toMatch(/do not generate it again/);
		}, 60_000);

		it(`Retry of an agent whose tool had made a video ${agent < 3 ? 'makes another one' : 'goes on with it'}`, async () => {
			const { jobsOf, n8n } = stage();
			const make = generate(`The model goes down, agent ${agent}`);
			const first = await jobsOf(
				async () => await ask(make, () => ({ refusal: 'The model is down' })),
			);
			expect(first.jobs).toHaveLength(1);
			const { execution } = first.result;
			expect(execution.status).toBe('error');
			stage().decide = script(make, () => ({ answer: 'Here it is.' }));
			const { result, jobs } = await jobsOf(
				async () => await n8n.api.retry(execution.id, { loadWorkflow: false }),
			);
			expect(result.status).toBe('success');
			expect(jobs).toHaveLength(agent < 3 ? 1 : 0);
		}, 60_000);
	});
}
