/** What one run does to the notes of another: two retries, two workers, and a database that did not work for a moment. */
import { sleep } from 'n8n-workflow';

import { Notes, noteTime } from '../../../nodes/segmind/job/notes';
import { NOTES } from '../../../nodes/segmind/policy/notes';
import { mark, range } from '../../../nodes/segmind/job/noteValues';
import { NoteTable, storeOf } from '../../workflow/support/deduplication';

const NOW = Date.UTC(2026, 10, 24, 19, 13, 54);
const LATER = NOW + 60_000;

let table: NoteTable;
let node: string;
beforeEach(() => {
	table = new NoteTable();
	// The process remembers which notes are being worked on, by node.
	node = expect.getState().currentTestName ?? '';
	NOTES.settled = 10;
});

const aRun = (store = storeOf(table)) => new Notes(store, node, () => {});
/** A run of another process. */
const another = () => new Notes(storeOf(table), `${node} in another process`, () => {});

/** A run that died after it wrote these notes. */
async function died(hash: string, now = NOW, run = aRun()): Promise<void> {
	await run.write(hash, now);
	run.release();
}
/** When the videos were submitted that a run finds. */
async function timesFound(run: Notes, hash = 'a'): Promise<number[]> {
	const found = await run.find([hash], [], LATER);
	run.leave(found);
	return found.map(noteTime);
}
/** A run that finds the video's note, and refuses it. */
const refuses = async (run: Notes) => run.refuse(await run.find(['a'], [], LATER));
const values = () => [...table.rows.values()].flat();

describe('Two retries that work on one video', () => {
	it.each(['the second', 'the first'])(
		'%s is stopped: it is still nobody\u2019s to find',
		async (which) => {
			const [first, second] = [aRun(), aRun()];
			const note = await first.write('a', NOW);
			await second.renew([{ note, hash: 'a', submittedAt: NOW }]);
			(which === 'the first' ? first : second).release();
			expect(await timesFound(aRun())).toEqual([]);
			first.release();
			second.release();
			expect(await timesFound(aRun())).toEqual([NOW]);
		},
	);

	it('one has handed it over: the other one does not write its note again', async () => {
		const [first, second] = [aRun(), aRun()];
		const note = await first.write('a', NOW);
		await second.renew([{ note, hash: 'a', submittedAt: NOW }]);
		second.eraseAtEnd([note!]);
		await second.flush();
		second.release();
		first.assure();
		await first.flush();
		first.release();
		expect(values()).toEqual([]);
	});
});

describe('A question that the database did not let end', () => {
	it('takes no mark away from a video that was submitted since', async () => {
		await died('x');
		const store = storeOf(table);
		const removeProcessed = async () => {
			throw new Error('database is locked');
		};
		const long = aRun({ ...store, removeProcessed });
		NOTES.pause = 1;
		expect(await timesFound(long)).toEqual([]);
		const next = aRun();
		expect(await timesFound(next)).toEqual([]);
		// It ends with an error when its video is paid.
		await died('a', NOW, next);
		Object.assign((long as unknown as { store: object }).store, store);
		await long.flush();
		long.release();
		expect(await timesFound(aRun())).toEqual([NOW]);
	});
});

describe('A question that another process has brought back', () => {
	const { comesBack } = NOTES;
	beforeEach(() => (NOTES.begun = 10));
	afterEach(() => (NOTES.comesBack = comesBack));

	const bringBack = async (from = 1) =>
		await storeOf(table).checkProcessedAndRecord(
			range(from, NOTES.slots).map((slot) => mark({ hash: 'a', slot })),
			'node',
			{ mode: 'entries' },
		);
	/** A run that has asked about a video. Without another note, it would not have to. */
	async function asking(): Promise<Notes> {
		await died('x');
		const run = aRun();
		expect(await timesFound(run)).toEqual([]);
		return run;
	}

	it('is taken back when the note is written, which gets the first slot', async () => {
		const run = await asking();
		await bringBack();
		const before = table.accesses;
		expect(await run.write('a', Date.now())).toMatchObject({ slot: 1 });
		expect(values()).toHaveLength(14);
		expect(table.accesses - before).toBeLessThanOrEqual(6);
	});

	it('leaves the note that the other process has written since: both videos are found', async () => {
		const run = await asking();
		const at = Math.floor(Date.now() / 1000) * 1000;
		await another().write('a', at - 1000);
		await bringBack(2);
		expect(await run.write('a', at)).toMatchObject({ slot: 2 });
		run.release();
		const found = await aRun().find(['a'], [], at);
		expect(found.map(noteTime).sort()).toEqual([at - 1000, at]);
	});

	it('is taken back when the note is lost by it', async () => {
		const run = await asking();
		const stale = new Map([...table.rows].map(([key, row]) => [key, [...row]] as const));
		await run.write('a', Date.now());
		for (const [key, row] of stale) table.rows.set(key, [...row]);
		await bringBack(2);
		run.assure();
		await run.flush();
		expect(values()).toHaveLength(14);
	});

	it('about fifty videos is taken back at once: a busy database would take too long for each', async () => {
		const run = await asking();
		const hashes = range(1, 50).map((n) => `video ${n}`);
		expect(await run.find(hashes, [], Date.now())).toEqual([]);
		await storeOf(table).checkProcessedAndRecord(
			hashes.map((hash) => mark({ hash, slot: 1 })),
			'node',
			{ mode: 'entries' },
		);
		const before = table.accesses;
		await Promise.all(hashes.map(async (hash) => await run.write(hash, Date.now())));
		run.release();
		expect(table.accesses - before).toBeLessThanOrEqual(20);
	});

	it('is not looked for long after it was asked', async () => {
		NOTES.comesBack = -1;
		const run = await asking();
		await bringBack();
		expect(await run.write('a', Date.now())).toMatchObject({ slot: NOTES.slots + 1 });
	});
});

it('A note that another process overwrites is written again soon, also late in a long run', async () => {
	let clock = 1e6;
	const now = jest.spyOn(performance, 'now').mockImplementation(() => clock);
	const run = aRun();
	await run.write('early', NOW);
	for (let minute = 1; minute <= 10; minute++) {
		clock += 60_000;
		run.assure();
		await run.flush();
	}
	const stale = new Map([...table.rows].map(([key, row]) => [key, [...row]] as const));
	await run.write('a', LATER);
	for (const [key, row] of stale) table.rows.set(key, [...row]);
	clock += NOTES.assureFirst;
	run.assure();
	for (let checks = 0; checks < 100 && values().length < 14; checks++) {
		await sleep(1);
	}
	now.mockRestore();
	run.release();
	expect(values()).toHaveLength(14);
});

describe('Two workers', () => {
	it('one refuses for an hour, the other one is through: the video that it bought then is still found', async () => {
		await died('a');
		const long = aRun();
		await refuses(long);
		const short = another();
		await refuses(short);
		await short.flush();
		short.release();
		await died('a', LATER, another());
		await long.flush();
		long.release();
		expect(await timesFound(another())).toEqual([LATER]);
	});

	it('the refusal that one has told is not told again because the other one still runs', async () => {
		await died('a');
		const long = aRun();
		await refuses(long);
		const short = another();
		await refuses(short);
		await short.flush();
		short.release();
		long.assure();
		await new Promise((resolve) => AbortSignal.timeout(100).addEventListener('abort', resolve));
		expect(await timesFound(another())).toEqual([]);
		await long.flush();
		long.release();
	});

	it('both write the note on the same video at the same moment, and die: both videos are found', async () => {
		await died('x');
		const runs = [aRun(), another()];
		const notes = await Promise.all(
			runs.map(async (run, n) => await run.write('a', NOW + n * 1000)),
		);
		for (const run of runs) {
			run.assure();
			await run.flush();
		}
		for (const run of runs) run.release();
		expect((await timesFound(aRun())).sort()).toEqual([NOW, NOW + 1000]);
		// And each of them knows which is its own.
		for (const [index, run] of runs.entries()) {
			run.erase([notes[index]!]);
			await run.flush();
		}
		expect(values()).toHaveLength(7);
	});

	it('one delivers what the other one waits for: the note on a later video in its slot stays', async () => {
		const slow = aRun();
		const note = await slow.write('a', NOW);
		const quick = another();
		quick.eraseAtEnd(await quick.find(['a'], [], LATER));
		await quick.flush();
		quick.release();
		await died('a', LATER, another());
		slow.assure();
		slow.eraseAtEnd([note!]);
		await slow.flush();
		slow.release();
		expect(await timesFound(another())).toEqual([LATER]);
	});
});

describe('A video that a run refuses while its other items take an hour', () => {
	const { ending } = NOTES;
	beforeEach(() => (NOTES.ending = 100));
	afterEach(() => (NOTES.ending = ending));

	it('does not hold up another run: that one refuses it too, and says so', async () => {
		await died('a');
		const long = aRun();
		await refuses(long);
		long.chosen();
		const second = aRun();
		const found = await second.find(['a'], [], LATER);
		expect(found.map(noteTime)).toEqual([NOW]);
		second.refuse(found);
		second.chosen();
		await second.flush();
		second.release();
		// It was told: the next one buys, and what that leaves is found when the first run is through.
		const third = aRun();
		expect(await timesFound(third)).toEqual([]);
		await died('a', LATER, third);
		await long.flush();
		long.release();
		expect(await timesFound(aRun())).toEqual([LATER]);
	});

	it('is still noted when another run has found it after all, and the refusal was told', async () => {
		await died('a');
		const long = aRun();
		await refuses(long);
		long.chosen();
		const second = aRun();
		expect(await second.find(['a'], [], LATER)).toHaveLength(1);
		second.chosen();
		await long.flush();
		long.release();
		expect(await timesFound(aRun())).toEqual([]);
		// It dies while the video is made.
		second.release();
		expect(await timesFound(aRun())).toEqual([NOW]);
	});
});
