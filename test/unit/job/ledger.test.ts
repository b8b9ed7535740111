import type { IDataObject } from 'n8n-workflow';

import { knownRequests } from '../../../nodes/segmind/job/known';
import {
	Ledger,
	type LedgerEntry,
	type RunIdentity,
	type Wanted,
} from '../../../nodes/segmind/job/ledger';
import { timeOf } from '../../../nodes/segmind/job/noteValues';
import type { Note, Notes } from '../../../nodes/segmind/job/notes';

const NOW = 1_790_000_000_000;
const HOUR = 3_600_000;

/** Each test is an execution of its own: the process remembers jobs by their execution. */
let execution = 'none';
beforeEach(() => (execution = expect.getState().currentTestName ?? ''));

/** A run of the node, of the test's execution unless it says otherwise. */
const ledgerOf = (context: IDataObject, runIndex: number, more: Partial<RunIdentity> = {}) =>
	new Ledger(context, {
		...{ executionId: execution, root: execution, runIndex, isTool: false },
		...more,
	});

/** What an item wants; the panel is the same unless a test says otherwise. */
const want = (item: number, hash: string, panel = `panel of ${hash}`): Wanted => ({
	...{ item, hash, panel },
	model: 'kling-o3-image2video',
});

/** What n8n saves with a failed execution and gives back to the retry. */
const saved = (context: IDataObject) => JSON.parse(JSON.stringify(context)) as IDataObject;

/** A run of the node that submitted these jobs. */
function submitted(context: IDataObject, run: number, jobs: Wanted[]): LedgerEntry[] {
	const ledger = ledgerOf(context, run);
	const entries = jobs.map((job) => {
		const entry = ledger.open(job, undefined, NOW);
		ledger.submitted(entry, `request-${job.item}-${job.hash}`);
		return entry;
	});
	ledger.release();
	return entries;
}

const idsOf = (entries: Array<LedgerEntry | undefined>) => entries.map((entry) => entry?.requestId);

describe('Adoption: a re-run finds the job of an earlier attempt', () => {
	it('of the same item with the same body', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a'), want(1, 'b')]);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'a'), want(1, 'b')]);
		expect(idsOf(found)).toEqual(['request-0-a', 'request-1-b']);
	});

	it('not when the body has changed, for that is a new job', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		expect(ledgerOf(saved(context), 0).adopt([want(0, 'changed')])).toEqual([undefined]);
	});

	it('of its own item before that of another item with the same body', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a'), want(1, 'a'), want(2, 'a')]);
		const found = ledgerOf(saved(context), 0).adopt([want(2, 'a'), want(0, 'a'), want(1, 'a')]);
		expect(idsOf(found)).toEqual(['request-2-a', 'request-0-a', 'request-1-a']);
	});

	it('does not give an item’s own job to an earlier item with the same body', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(1, 'a')]);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'a'), want(1, 'a')]);
		expect(idsOf(found)).toEqual([undefined, 'request-1-a']);
	});

	it('of another item with the same body, when the items come in another order', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a'), want(1, 'b')]);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'b'), want(1, 'a')]);
		expect(idsOf(found)).toEqual(['request-1-b', 'request-0-a']);
	});

	it('once only, however many items have the same body', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const ledger = ledgerOf(saved(context), 0);
		expect(idsOf(ledger.adopt([want(0, 'a'), want(1, 'a')]))).toEqual(['request-0-a', undefined]);
		expect(ledger.adopt([want(0, 'a')])).toEqual([undefined]);
	});

	it('not of one that this very run opened', () => {
		const ledger = ledgerOf({}, 0);
		ledger.open(want(0, 'a'), undefined, NOW);
		expect(ledger.adopt([want(1, 'a')])).toEqual([undefined]);
	});

	it('of one that was not delivered, whatever the run index, as an AI tool: there it grows on each attempt', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const tool = ledgerOf(saved(context), 3, { isTool: true });
		expect(idsOf(tool.adopt([want(0, 'a')]))).toEqual(['request-0-a']);
	});

	it('of one that was delivered in this very run, which n8n repeats', () => {
		const context: IDataObject = {};
		const entries = submitted(context, 2, [want(0, 'a')]);
		ledgerOf(context, 2).settle(entries, false);
		expect(idsOf(ledgerOf(saved(context), 2).adopt([want(0, 'a')]))).toEqual(['request-0-a']);
	});

	it('not of one that was delivered in another run: a loop wants a new video', () => {
		const context: IDataObject = {};
		const entries = submitted(context, 0, [want(0, 'a')]);
		ledgerOf(context, 0).settle(entries, false);
		expect(ledgerOf(saved(context), 1).adopt([want(0, 'a')])).toEqual([undefined]);
	});

	it('of one whose answer never came, with its state, so that it is not submitted again', () => {
		const context: IDataObject = {};
		const died = ledgerOf(context, 0);
		died.open(want(0, 'a'), undefined, NOW);
		died.release();
		const [entry] = ledgerOf(saved(context), 0).adopt([want(0, 'a')]);
		expect(entry).toMatchObject({ state: 'unknown', submittedAt: NOW });
		expect(entry?.requestId).toBeUndefined();
	});
});

describe('The ledger', () => {
	it('knows of a job before its submit leaves', () => {
		const context: IDataObject = {};
		ledgerOf(context, 4).open(want(7, 'a'), undefined, NOW);
		expect(JSON.stringify(context)).toContain('"state":"submitting"');
		expect(JSON.stringify(context)).toContain('"item":7');
	});

	it('is changed by what becomes of the entry, without another call', () => {
		const context: IDataObject = {};
		const entry = ledgerOf(context, 0).open(want(0, 'a'), undefined, NOW);
		entry.requestId = 'abc';
		expect(JSON.stringify(context)).toContain('"requestId":"abc"');
	});

	it('forgets a job that failed without a bill, and no other', () => {
		const context: IDataObject = {};
		const [first] = submitted(context, 0, [want(0, 'a'), want(1, 'a')]);
		ledgerOf(context, 0).drop(first);
		expect(idsOf(ledgerOf(saved(context), 0).adopt([want(0, 'a'), want(1, 'a')]))).toEqual([
			undefined,
			'request-1-a',
		]);
	});

	it('does not give a job that a run is working on to another run at the same time', () => {
		const context: IDataObject = {};
		const call = (runIndex: number) => ledgerOf(context, runIndex, { isTool: true });
		const first = call(0);
		first.open(want(0, 'a'), undefined, NOW);
		expect(call(1).adopt([want(0, 'a')])).toEqual([undefined]);
		first.release();
		expect(call(1).adopt([want(0, 'a')])).toEqual([expect.anything()]);
	});

	it('does not mind to forget what it does not know', () => {
		const context: IDataObject = {};
		const [entry] = submitted(context, 0, [want(0, 'a')]);
		ledgerOf(context, 0).drop({ ...entry });
		expect(idsOf(ledgerOf(context, 0).adopt([want(0, 'a')]))).toEqual(['request-0-a']);
	});

	it('leaves nothing behind after a run without errors', () => {
		const context: IDataObject = { other: 1 };
		const entries = submitted(context, 0, [want(0, 'a')]);
		const ledger = ledgerOf(context, 0);
		ledger.rememberUpload('image', 'https://images.segmind.com/a.png', NOW);
		ledger.settle(entries, true);
		expect(context).toEqual({ other: 1 });
	});

	it('keeps all jobs after a run with errors', () => {
		const context: IDataObject = {};
		const entries = submitted(context, 0, [want(0, 'a'), want(1, 'b')]);
		ledgerOf(context, 0).settle([entries[0]], false);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'a'), want(1, 'b')]);
		expect(idsOf(found)).toEqual(['request-0-a', 'request-1-b']);
	});

	it('keeps a paid job that an earlier run could not deliver, when a later one ends without errors', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const entries = submitted(context, 1, [want(0, 'b')]);
		ledgerOf(context, 1).settle(entries, true);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'a'), want(1, 'b')]);
		expect(idsOf(found)).toEqual(['request-0-a', undefined]);
	});

	it('settles items that have no job', () => {
		const context: IDataObject = {};
		ledgerOf(context, 0).settle([undefined], true);
		expect(context).toEqual({});
	});

	it('is plain JSON from beginning to end', () => {
		const context: IDataObject = {};
		const [entry] = submitted(context, 0, [want(0, 'a')]);
		const ledger = ledgerOf(context, 0);
		ledger.rememberUpload('image', 'https://images.segmind.com/a.png', NOW);
		Object.assign(entry, {
			state: 'completed',
			result: {
				videoUrl: 'https://images.segmind.com/v.mp4',
				cost: 1.4,
				completedAt: NOW,
				response: {},
			},
		});
		ledger.settle([entry], false);
		expect(saved(context)).toStrictEqual(context);
	});
});

describe('Uploads', () => {
	it('are reused in a re-run by the content of the image', () => {
		const context: IDataObject = {};
		ledgerOf(context, 0).rememberUpload('sha-of-image', 'https://images.segmind.com/a.png', NOW);
		const rerun = ledgerOf(saved(context), 1);
		expect(rerun.uploadedUrl('sha-of-image', NOW + HOUR)).toBe('https://images.segmind.com/a.png');
		expect(rerun.uploadedUrl('another', NOW + HOUR)).toBeUndefined();
	});

	it('are not trusted forever', () => {
		const ledger = ledgerOf({}, 0);
		ledger.rememberUpload('sha-of-image', 'https://images.segmind.com/a.png', NOW);
		expect(ledger.uploadedUrl('sha-of-image', NOW + 8 * 24 * HOUR)).toBeUndefined();
	});
});

describe('Another execution with the same ledger, a retry from the executions list', () => {
	const retryOf = (context: IDataObject, name: string) =>
		ledgerOf(saved(context), 0, { executionId: name });

	it('shares a job that the first retry is submitting', () => {
		const context: IDataObject = {};
		ledgerOf(context, 0);
		const first = retryOf(context, 'first');
		const second = retryOf(context, 'second');
		const entry = first.open(want(0, 'a'), undefined, NOW);
		expect(second.join(want(0, 'a'))).toBe(entry);
		expect(second.isSubmittedElsewhere(entry)).toBe(true);
		first.submitted(entry, 'abc');
		expect(second.isSubmittedElsewhere(entry)).toBe(false);
		expect(entry.requestId).toBe('abc');
	});

	it('learns that a shared job does not exist', () => {
		const context: IDataObject = {};
		ledgerOf(context, 0);
		const [first, second] = [retryOf(context, 'first'), retryOf(context, 'second')];
		const entry = first.open(want(0, 'a'), undefined, NOW);
		second.join(want(0, 'a'));
		first.drop(entry);
		expect(second.counts(entry)).toBe(false);
		expect(second.join(want(0, 'a'))).toBeUndefined();
	});

	it('sees what the first retry has made of a job that both know', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const [first, second] = [retryOf(context, 'first'), retryOf(context, 'second')];
		const [one] = first.adopt([want(0, 'a')]);
		first.completed(one!, { completedAt: NOW, response: {}, videoUrl: 'https://example.com/v' });
		const [same] = second.adopt([want(0, 'a')]);
		expect(same?.state).toBe('completed');
	});

	it('of another execution shares nothing', () => {
		const open = ledgerOf({}, 0, { executionId: 'one', root: 'one' });
		open.open(want(0, 'a'), undefined, NOW);
		const other = ledgerOf({}, 0, { executionId: 'two', root: 'two' });
		expect(other.join(want(0, 'a'))).toBeUndefined();
	});
});

describe('Two retries after a crash, which both find a video in the history', () => {
	it('it stands for one of their items only', () => {
		const node = `retry of ${execution}`;
		const retryOf = (executionId: string) => ledgerOf({}, 0, { executionId, root: node });
		const [first, second] = [retryOf('one'), retryOf('other')];
		const note: Note = { hash: 'a', slot: 1, ...timeOf(NOW) };
		first.found(want(0, 'a'), 'abc', NOW, note);
		// Stopped, or ended with another item's error.
		first.release();
		second.found(want(0, 'a'), 'abc', NOW, note);
		expect(second.join(want(1, 'a'))).toBeUndefined();
	});
});

describe('A retry of a job whose video another execution has delivered', () => {
	it('fails once more, and the request is still nobody’s to find', () => {
		const context: IDataObject = {};
		const [entry] = submitted(context, 0, [want(0, 'a')]);
		entry.isSettled = true;
		knownRequests.add('request-0-a');
		ledgerOf(context, 0).release();
		expect(knownRequests.has('request-0-a')).toBe(true);
	});
});

describe('A round of a loop, while another execution works on what an earlier round has left', () => {
	it('leaves the request to that one', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const note: Note = { hash: 'a', slot: 1, ...timeOf(NOW) };
		knownRequests.add('request-0-a');
		const other = ledgerOf({}, 0, { executionId: 'other', root: 'other' });
		other.found(want(0, 'a'), 'request-0-a', NOW, note);
		ledgerOf(context, 1).release();
		expect(knownRequests.has('request-0-a')).toBe(true);
		other.release();
		expect(knownRequests.has('request-0-a')).toBe(false);
	});

	it('takes back what it has named itself', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		const round = ledgerOf(context, 1);
		expect(knownRequests.has('request-0-a')).toBe(true);
		round.release();
		expect(knownRequests.has('request-0-a')).toBe(false);
	});
});

describe('A run that is stopped when its videos are handed over', () => {
	it('has delivered nothing: what it paid is there to be found', () => {
		const context: IDataObject = {};
		const ledger = ledgerOf(context, 0);
		const entry = ledger.open(want(0, 'a'), undefined, NOW);
		ledger.submitted(entry, 'handed-over');
		ledger.settle([entry], true);
		ledger.release(false);
		expect(knownRequests.has('handed-over')).toBe(false);
		expect(ledgerOf(context, 0).undelivered()).toEqual([entry]);
	});
});

describe('Another run of the same execution', () => {
	it('of a loop does not adopt an undelivered job with the same body', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a')]);
		expect(ledgerOf(context, 1).adopt([want(0, 'a')])).toEqual([undefined]);
	});

	it('of an agent does not delete the job of a call that is still going on', () => {
		const context: IDataObject = {};
		const call = () => ledgerOf(context, 0, { isTool: true });
		const [first, second] = [call(), call()];
		const waiting = first.open(want(0, 'a'), undefined, NOW);
		first.submitted(waiting, 'abc');
		const done = second.open(want(0, 'b'), undefined, NOW);
		second.settle([done], true);
		expect(JSON.stringify(context)).toContain('"abc"');
		expect(first.undelivered()).toEqual([waiting]);
	});
});

describe('Values that changed between two attempts', () => {
	it('give way to those of the first attempt where the panel is the same', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a', 'panel'), want(1, 'b', 'panel')]);
		const found = ledgerOf(saved(context), 0).adopt([want(0, 'x', 'panel'), want(1, 'y', 'panel')]);
		expect(idsOf(found)).toEqual(['request-0-a', 'request-1-b']);
	});

	it('do not, and are told of the paid job, where somebody changed the panel', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a', 'panel')]);
		const ledger = ledgerOf(saved(context), 0);
		expect(ledger.adopt([want(0, 'x', 'changed')])).toEqual([undefined]);
		expect(ledger.inTheWay(want(0, 'x', 'changed'))?.requestId).toBe('request-0-a');
	});

	it('are another call’s for an agent', () => {
		const context: IDataObject = {};
		submitted(context, 0, [want(0, 'a', 'panel')]);
		const tool = ledgerOf(saved(context), 1, { isTool: true });
		expect(tool.adopt([want(0, 'x', 'panel')])).toEqual([undefined]);
		expect(tool.inTheWay(want(0, 'x', 'changed'))).toBeUndefined();
	});
});

describe('Doubt', () => {
	it('is a state of its own, which a known request ends', () => {
		const context: IDataObject = {};
		const ledger = ledgerOf(context, 0);
		const entry = ledger.open(want(0, 'a'), undefined, NOW);
		ledger.doubt(entry);
		expect(entry.state).toBe('unknown');
		ledger.submitted(entry, 'abc');
		expect(entry.state).toBe('submitted');
		ledger.doubt(entry);
		expect(entry.state).toBe('submitted');
	});

	it('gives way to a job that is known, when both are there', () => {
		const context: IDataObject = {};
		const ledger = ledgerOf(context, 0);
		ledger.doubt(ledger.open(want(0, 'a'), undefined, NOW));
		ledger.submitted(ledger.open(want(0, 'a'), undefined, NOW), 'abc');
		ledger.release();
		expect(idsOf(ledgerOf(saved(context), 0).adopt([want(0, 'a')]))).toEqual(['abc']);
	});
});

describe('A submit that leaves long after its note', () => {
	it('gets a new one: by the note’s time its job is looked for', async () => {
		const written: number[] = [];
		const erased: Note[] = [];
		const notes = {
			write: async (hash: string, now: number) => {
				written.push(now);
				return { hash, slot: written.length, ...timeOf(now) };
			},
			erase: (gone: Note[]) => erased.push(...gone),
		} as unknown as Notes;
		const ledger = new Ledger(
			{},
			{ executionId: execution, root: execution, runIndex: 0, isTool: false },
			notes,
		);
		const entry = ledger.open(want(0, 'a'), undefined, NOW);
		const hour = Math.ceil(NOW / HOUR) * HOUR;
		await ledger.leaves(entry, hour);
		await ledger.leaves(entry, hour + 60_000);
		expect(written).toEqual([hour]);
		await ledger.leaves(entry, hour + 10 * 60_000);
		expect(written).toEqual([hour, hour + 10 * 60_000]);
		expect(entry.note?.slot).toBe(2);
		expect(erased.map(({ slot }) => slot)).toEqual([1]);
	});
});

describe('Delivered videos', () => {
	/** A ledger, and the requests that it marks as delivered. */
	function marking(): { ledger: Ledger; marked: string[] } {
		const marked: string[] = [];
		const notes = {
			eraseAtEnd: (_notes: Note[], delivered: string[]) => marked.push(...delivered),
			leave: () => {},
		} as unknown as Notes;
		const run = { executionId: execution, root: execution, runIndex: 0, isTool: false };
		return { ledger: new Ledger({}, run, notes), marked };
	}

	it('of which an equal one is left are marked, so that no later process takes them for it', () => {
		const { ledger, marked } = marking();
		const [one, lost, other] = [want(0, 'a'), want(1, 'a'), want(2, 'b')].map((wanted) =>
			ledger.open(wanted, undefined, NOW),
		);
		ledger.submitted(one, 'one');
		ledger.doubt(lost);
		ledger.submitted(other, 'other');
		ledger.settle([one, undefined, other], false);
		expect(marked).toEqual(['one']);
	});

	it('also where the equal one was taken over, and has failed', () => {
		const { ledger, marked } = marking();
		const note = (slot: number) => ({ hash: 'a', slot, ...timeOf(NOW) });
		const [one, failed] = ['one', 'failed'].map((id, index) =>
			ledger.found(want(index, 'a'), id, NOW, note(index + 1)),
		);
		ledger.drop(failed);
		ledger.settle([one, undefined], false);
		expect(marked).toEqual(['one']);
	});
});

describe('An execution that ended in the middle of a submit, and two retries of it at the same time', () => {
	it('do not wait for each other: neither of them is submitting it', () => {
		const context: IDataObject = {};
		const first = ledgerOf(context, 0);
		first.open(want(0, 'a'), undefined, NOW);
		first.release();
		const retries = ['one', 'two'].map((executionId) =>
			ledgerOf(saved(context), 0, { executionId }),
		);
		const entries = retries.map((ledger) => ledger.adopt([want(0, 'a')])[0]!);
		expect(entries[0]).toBe(entries[1]);
		expect(retries.map((ledger, n) => ledger.isSubmittedElsewhere(entries[n]))).toEqual([
			false,
			false,
		]);
	});
});
