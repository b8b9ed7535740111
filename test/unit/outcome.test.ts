import { parameterProblem, sentences, withDetail } from '../../nodes/segmind/outcome';
import { refused, stoppedProblem } from '../../nodes/segmind/problems';

describe('A refused request', () => {
	it('says what happened in the node’s words and in the service’s, and what to do', () => {
		const reply = {
			kind: 'answer' as const,
			status: 406,
			headers: {},
			body: { error: 'Insufficient credits' },
		};
		expect(refused(reply, 'submit')).toMatchObject({
			kind: 'service',
			message: expect.stringMatching(/credits: Insufficient credits$/),
			description: expect.stringMatching(/Add credits/),
			status: 406,
			billed: 'no',
		});
	});

	it('takes along what is known of the request, and what is known wins', () => {
		const reply = { kind: 'answer' as const, status: 404, headers: {}, body: '' };
		expect(refused(reply, 'read', { requestId: 'abc', billed: 'possibly' })).toMatchObject({
			requestId: 'abc',
			billed: 'possibly',
			status: 404,
		});
	});

	it('has no status without an answer, and does not repeat what the system said', () => {
		const problem = refused(
			{ kind: 'failure', code: 'ECONNRESET', text: 'canceled ECONNRESET' },
			'balance',
		);
		expect(problem.status).toBeUndefined();
		expect(problem.message).toMatch(/could not be reached/);
		expect(problem.message).not.toMatch(/canceled|ECONNRESET/i);
	});

	it('ends without a colon when the service says nothing', () => {
		const { message } = refused({ kind: 'answer', status: 500, headers: {}, body: '' }, 'submit');
		expect(message).not.toMatch(/[:\s]$/);
	});

	it('keeps the word that the service used for a violated policy', () => {
		const body = { detail: 'Content policy: NSFW' };
		expect(refused({ kind: 'answer', status: 422, headers: {}, body }, 'submit').message).toContain(
			'Content policy: NSFW',
		);
	});
});

describe('A stopped item', () => {
	it('never says the word that takes n8n’s Retry button away', () => {
		for (const problem of [stoppedProblem(), stoppedProblem({ requestId: 'abc' })]) {
			expect(`${problem.message} ${problem.description}`).not.toMatch(/canceled/i);
		}
	});

	it('costs nothing when nothing was submitted', () => {
		expect(stoppedProblem()).toMatchObject({ billed: 'no' });
	});

	it('names the request that goes on, and that it may be billed', () => {
		expect(stoppedProblem({ requestId: 'abc' })).toMatchObject({
			message: expect.stringContaining('abc'),
			requestId: 'abc',
			billed: 'possibly',
		});
	});
});

describe('Small things', () => {
	it('a wrong parameter bills nothing', () => {
		expect(parameterProblem('Prompt is empty')).toEqual({
			kind: 'parameter',
			message: 'Prompt is empty',
			description: '',
			billed: 'no',
		});
	});

	it.each([
		[['One', 'two.', undefined, '', 'Three!'], 'One. two. Three!'],
		[['One…', 'Two?'], 'One… Two?'],
		[[], ''],
	])('sentences each have one full stop: %p', (parts, text) => {
		expect(sentences(...parts)).toBe(text);
	});

	it('a detail stands behind a colon, and no detail leaves none', () => {
		expect(withDetail('Title', 'detail')).toBe('Title: detail');
		expect(withDetail('Title', '')).toBe('Title');
	});
});
