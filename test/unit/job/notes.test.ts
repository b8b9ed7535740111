/* eslint-disable @n8n/community-nodes/no-restricted-globals, @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import { setTimeout as sleep } from 'node:timers/promises';

import { ERASURES } from '../../../nodes/segmind/job/erasures';
import { Notes, noteTime, type Note } from '../../../nodes/segmind/job/notes';
import type { NoteStore } from '../../../nodes/segmind/job/noteStore';
import { vagueNote, valuesOf } from '../../../nodes/segmind/job/noteValues';
import { NOTES } from '../../../nodes/segmind/policy/notes';
import { NoteTable, storeOf } from '../../workflow/support/deduplication';

const NOW = Date.UTC(2026, 10, 24, 19, 13, 54);
const HOUR = 3_600_000;

const { settled } = NOTES;

let table: NoteTable;
let node: string;
let warnings: string[];
beforeEach(() => {
	table = new NoteTable();
	// The process remembers which notes are being worked on, by node.
	node = expect.getState().currentTestName ?? '';
	warnings = [];
	// Only where two processes work, something may be erased meanwhile.
	NOTES.settled = 10;
});

/** One run of the node. */
const aRun = (store = storeOf(table)) => new Notes(store, node, (why) => warnings.push(why));

/** A run that died after it wrote these notes. */
async function died(hashes: string[], now = NOW): Promise<void> {
	const run = aRun();
	for (const hash of hashes) await run.write(hash, now);
	run.release();
}

/** Waits for what happens after a run. */
async function until(holds: () => boolean): Promise<void> {
	const deadline = Date.now() + 10_000;
	while (!holds()) {
		if (Date.now() > deadline) throw new Error('It did not happen.');
		await sleep(10);
	}
}

const values = () => [...table.rows.values()].flat();
const slotsOf = (found: Array<{ slot: number }>) => found.map(({ slot }) => slot);

describe('A note', () => {
	it('is found by a later run, with the second of its submit', async () => {
		await died(['a']);
		const [note, ...others] = await aRun().find(['a'], [], NOW + 3 * HOUR);
		expect(others).toEqual([]);
		expect(new Date(noteTime(note)).toISOString()).toBe('2026-11-24T19:13:54.000Z');
	});

	it('speaks of its video only', async () => {
		await died(['a']);
		expect(await aRun().find(['b', 'c'], [], NOW)).toEqual([]);
	});

	it('is not found while a run of this process works on it', async () => {
		const working = aRun();
		await working.write('a', NOW);
		expect(await aRun().find(['a'], [], NOW)).toEqual([]);
		working.release();
		expect(await aRun().find(['a'], [], NOW)).toHaveLength(1);
	});

	it('is found by one of two runs that ask at the same time', async () => {
		await died(['a']);
		const runs = [aRun(), aRun()];
		const found = await Promise.all(
			runs.map(async (run) => {
				const notes = await run.find(['a'], [], NOW);
				run.chosen();
				return notes.length;
			}),
		);
		expect(found.sort()).toEqual([0, 1]);
	});

	it('that the first of them does not need is found by the second', async () => {
		await died(['a', 'a']);
		const [one, other] = [aRun(), aRun()];
		const asked = [one.find(['a'], [], NOW), other.find(['a'], [], NOW)];
		const [needed, left] = await asked[0];
		one.leave([left]);
		one.chosen();
		expect(slotsOf([needed])).toEqual([1]);
		expect(slotsOf(await asked[1])).toEqual([2]);
	});

	it('is not found by the execution whose ledger knows it', async () => {
		const run = aRun();
		const note = await run.write('a', NOW);
		run.release();
		expect(await aRun().find(['a'], [note!], NOW)).toEqual([]);
	});

	it('is gone when it is erased, with all of its values', async () => {
		const run = aRun();
		const note = await run.write('a', NOW);
		expect(values()).toHaveLength(7);
		run.erase([note!]);
		await run.flush();
		expect(values()).toEqual([]);
	});

	it('of an old ledger does not stand for the one that has its slot now', async () => {
		const old = (await aRun().write('a', NOW))!;
		node += ' later';
		const delivering = aRun();
		delivering.erase([old]);
		await delivering.flush();
		await died(['a'], NOW + HOUR);
		const retry = aRun();
		expect(await retry.renew([{ note: old, hash: 'a', submittedAt: NOW }])).toEqual([undefined]);
		retry.release();
		const found = await aRun().find(['a'], [], NOW + HOUR);
		expect(found).toEqual([expect.objectContaining({ slot: 1, hour: old.hour + 1 })]);
	});

	it('older than a day is ignored and removed', async () => {
		await died(['a']);
		expect(await aRun().find(['a'], [], NOW + 26 * HOUR)).toEqual([]);
		expect(await aRun().find(['a'], [], NOW)).toEqual([]);
	});

	it('is found although the clock was set back by an hour', async () => {
		await died(['a']);
		expect(await aRun().find(['a'], [], NOW - HOUR)).toHaveLength(1);
	});
});

describe('A batch', () => {
	const many = Array.from({ length: 50 }, (_, n) => `video ${n % 25}`);

	it('of 50 that are submitted at the same time is noted in two accesses, each video in its slot', async () => {
		await died(['video 3']);
		const before = table.accesses;
		const run = aRun();
		const notes = await Promise.all(many.map(async (hash) => await run.write(hash, NOW)));
		// The first one, and all that came meanwhile; and one more for the slot that was taken.
		expect(table.accesses - before).toBeLessThanOrEqual(5);
		expect(values()).toHaveLength(51 * 7);
		const named = notes.map((note) => `${note?.hash} ${note?.slot}`);
		expect(new Set(named).size).toBe(50);
		expect(named).toContain('video 3 3');
		run.release();
		expect(await aRun().find(many, [], NOW)).toHaveLength(51);
	});

	it('is not noted where the store refuses, and its submits go on', async () => {
		table.before = async () => {
			throw new Error('database is locked');
		};
		const run = aRun();
		const notes = await Promise.all(many.map(async (hash) => await run.write(hash, NOW)));
		expect(notes).toEqual(many.map(() => undefined));
		expect(warnings).toHaveLength(1);
		expect(await run.write('later', NOW)).toBeUndefined();
		run.release();
	});

	it('whose store refuses for a moment leaves no second note', async () => {
		let failures = 1;
		const store = storeOf(table);
		const run = aRun({
			...store,
			checkProcessedAndRecord: async (...given) => {
				if (failures-- > 0) throw new Error('database is locked');
				return await store.checkProcessedAndRecord(...given);
			},
		});
		const notes = await Promise.all(many.map(async (hash) => await run.write(hash, NOW)));
		expect(Math.max(...notes.map((note) => note!.slot))).toBe(2);
		run.assure();
		await run.flush();
		expect(values()).toHaveLength(50 * 7);
	});
});

describe('Equal videos', () => {
	it('have a note each', async () => {
		await died(['a', 'a', 'a']);
		expect(slotsOf(await aRun().find(['a', 'a', 'a'], [], NOW))).toEqual([1, 2, 3]);
	});

	it('are found although fewer are wanted, whichever was not delivered', async () => {
		const run = aRun();
		const written = [];
		for (let copy = 0; copy < 30; copy++) written.push(await run.write('a', NOW));
		run.erase(written.slice(0, 29) as never);
		await run.flush();
		run.release();
		expect(slotsOf(await aRun().find(['a'], [], NOW))).toEqual([30]);
	});

	it('do not take the slot that an earlier run has left', async () => {
		await died(['a']);
		expect((await aRun().write('a', NOW + HOUR))?.slot).toBe(2);
		const found = await aRun().find(['a'], [], NOW + HOUR);
		expect(noteTime(found[0])).toBe(NOW - (NOW % 1000));
	});

	it('of two runs at the same time do not share a slot', async () => {
		const runs = [aRun(), aRun()];
		const written = await Promise.all(
			runs.flatMap((run) => [run.write('a', NOW), run.write('a', NOW)]),
		);
		expect(slotsOf(written as never).sort()).toEqual([1, 2, 3, 4]);
	});
});

describe('A refused video', () => {
	it('keeps its note until the run ends, which tells it', async () => {
		await died(['a']);
		const run = aRun();
		run.eraseAtEnd(await run.find(['a'], [], NOW));
		expect(values()).toHaveLength(7);
		await run.flush();
		expect(values()).toEqual([]);
	});

	it('keeps it where the run was stopped: nobody has read it', async () => {
		await died(['a']);
		const stopped = new Notes(
			storeOf(table),
			node,
			() => {},
			() => true,
		);
		stopped.eraseAtEnd(await stopped.find(['a'], [], NOW));
		await stopped.flush();
		stopped.release();
		expect(await aRun().find(['a'], [], NOW)).toHaveLength(1);
	});
});

describe('A question', () => {
	it('leaves nothing behind', async () => {
		await died(['a']);
		const before = values();
		const run = aRun();
		await run.find(['a', 'b', 'c'], [], NOW);
		expect(values().sort()).toEqual(before.sort());
	});

	it('reads once, where there is no note at all', async () => {
		await aRun().find(['a'], [], NOW);
		expect(table.accesses).toBe(1);
		expect(table.rows.size).toBe(0);
	});

	it('that a kill interrupts leaves no note', async () => {
		await died(['b']);
		const store = storeOf(table);
		const killed = aRun({ ...store, removeProcessed: async () => await new Promise(() => {}) });
		void killed.find(['a'], [], NOW);
		while (values().length <= 5) await new Promise((resolve) => setImmediate(resolve));
		// The next process waits for nobody of this one.
		node += ' in another process';
		expect(values().length).toBeGreaterThan(5);
		expect(await aRun().find(['a'], [], NOW)).toEqual([]);
		expect(await aRun().find(['b'], [], NOW)).toHaveLength(1);
	});

	it('that a kill interrupts does not lose the time of the submit', async () => {
		await died(['a']);
		const store = storeOf(table);
		const removals: string[][] = [];
		const removeProcessed: NoteStore['removeProcessed'] = async (items, scope, options) => {
			removals.push(items.map(String));
			// The first one is of the marks, the second one of the times.
			if (removals.length < 2) await store.removeProcessed(items, scope, options);
			else await new Promise(() => {});
		};
		void aRun({ ...store, removeProcessed }).find(['a'], [], NOW + 3 * HOUR);
		while (removals.length < 2) await new Promise((resolve) => setImmediate(resolve));
		node += ' in another process';
		const [note] = await aRun().find(['a'], [], NOW + 3 * HOUR);
		expect(new Date(noteTime(note)).toISOString()).toBe('2026-11-24T19:13:54.000Z');
		expect(values()).toHaveLength(7);
	});

	it.each([
		[
			'a request was delivered',
			async (run: Notes) => (await run.delivered(['r-1'])).has('r-1'),
			async (run: Notes) => {
				run.eraseAtEnd([], ['r-1']);
				await run.flush();
			},
		],
		[
			'a video was sent with files at other addresses',
			async (run: Notes) => (await run.sentAt([[{ hash: 'a', slot: 1 } as Note, 'there']]))[0],
			async (run: Notes) => {
				run.leave([(await run.write('a', NOW, 'there'))!]);
			},
		],
	])('that a kill interrupts does not say that %s', async (_what, ask, say) => {
		await died(['b']);
		const before = values().length;
		const store = storeOf(table);
		let isAsked = false;
		const removeProcessed = async () => await new Promise<void>(() => (isAsked = true));
		void ask(aRun({ ...store, removeProcessed }));
		await until(() => isAsked);
		node += ' in another process';
		expect(values()).toHaveLength(before + 1);
		expect(await ask(aRun())).toBe(false);
		expect(values()).toHaveLength(before);
		await say(aRun());
		// Nobody waits for the marks of what was delivered.
		await until(() => values().length === 2 + before || values().length === 9 + before);
		expect(await ask(aRun())).toBe(true);
	});

	it('for a thousand videos asks for no more than the store takes', async () => {
		await died(['5']);
		const hashes = Array.from({ length: 1000 }, (_, n) => String(n));
		expect(await aRun().find(hashes, [], NOW)).toHaveLength(1);
		expect(values()).toHaveLength(7);
	});
});

describe('Two processes', () => {
	const another = () =>
		new Notes(storeOf(table), `${node} in another process`, (why) => warnings.push(why));

	it('that write the first note of all at the same moment have both theirs', async () => {
		const written = await Promise.all([aRun().write('a', NOW), another().write('b', NOW)]);
		expect(written).toEqual([expect.anything(), expect.anything()]);
		expect(warnings).toEqual([]);
		expect(values()).toHaveLength(14);
	});

	it('lose a note when both write at the same moment, and have it again while the video is made', async () => {
		await died(['x']);
		const runs = [aRun(), another()];
		await Promise.all([runs[0].write('a', NOW), runs[1].write('b', NOW)]);
		expect(values()).toHaveLength(14);
		for (const run of runs) {
			run.assure();
			await run.flush();
		}
		expect(values()).toHaveLength(21);
	});

	it('an erased note is not written again', async () => {
		const run = aRun();
		const [note] = [await run.write('a', NOW), await run.write('b', NOW)];
		run.assure();
		run.erase([note!]);
		await run.flush();
		expect(values()).toHaveLength(7);
	});

	describe('of which one brings back what the other has erased', () => {
		const { checkEvery } = ERASURES;
		afterEach(() => (ERASURES.checkEvery = checkEvery));

		/** What another process has read before, it writes now. */
		let writesStale: () => void;

		/** A video is delivered, while another process accesses the store. */
		async function delivered(at = Date.now() - 2 * ERASURES.grown): Promise<void> {
			const run = aRun();
			const note = await run.write('a', at);
			const stale = new Map(table.rows);
			writesStale = () => {
				for (const [key, row] of stale) table.rows.set(key, [...row]);
			};
			run.eraseAtEnd([note!]);
			await run.flush();
			run.release();
		}

		it('it is erased again', async () => {
			await delivered();
			writesStale();
			expect(values()).toHaveLength(7);
			await until(() => values().length === 0);
		});

		it('also when it comes back more than once, and late', async () => {
			await delivered();
			for (let time = 1; time <= 3; time++) {
				await sleep(ERASURES.checkEvery * 2);
				writesStale();
				await until(() => values().length === 0);
			}
		});

		it('also when it comes back after many seconds', async () => {
			ERASURES.checkEvery = 20;
			await delivered();
			await sleep(ERASURES.checkEvery * 60);
			writesStale();
			await until(() => values().length === 0);
		});

		it('also after the last check: this process still knows that it erased it', async () => {
			ERASURES.checkEvery = 5;
			await delivered();
			await sleep(ERASURES.checkEvery * 160);
			writesStale();
			expect(values()).toHaveLength(7);
			expect(await aRun().find(['a'], [], Date.now())).toEqual([]);
			expect(values()).toEqual([]);
		});

		it('a note on a job of an old ledger, written again since, is found', async () => {
			const at = Date.now() - HOUR;
			await delivered(at);
			const run = aRun();
			await run.renew([{ hash: 'a', submittedAt: at }]);
			run.release();
			const found = await aRun().find(['a'], [], Date.now());
			expect(found.map(noteTime)).toEqual([Math.floor(at / 1000) * 1000]);
		});

		it('an unreadable one in its slot is not taken for an undelivered video', async () => {
			await delivered();
			writesStale();
			// A query of another process added all possible times, and they came back too.
			const slot = { hash: 'a', slot: 1 };
			await storeOf(table).checkProcessedAndRecord(valuesOf(vagueNote(slot, Date.now())), 'node', {
				mode: 'entries',
			});
			expect(await aRun().find(['a'], [], Date.now())).toEqual([]);
			expect(await another().find(['a'], [], Date.now())).toEqual([]);
		});

		it('the same video, wanted by the other one at that moment, is a new one', async () => {
			await delivered();
			writesStale();
			NOTES.settled = settled;
			expect(await another().find(['a'], [], Date.now())).toEqual([]);
		});

		it('also wanted by this one at that moment, over and over', async () => {
			NOTES.settled = settled;
			await delivered();
			writesStale();
			const [one, other] = [aRun(), aRun()];
			expect(await one.find(['a'], [], Date.now())).toEqual([]);
			writesStale();
			expect(await other.find(['a'], [], Date.now())).toEqual([]);
			await until(() => values().length === 0);
		});

		it('an undelivered video is found all the same', async () => {
			NOTES.settled = settled;
			await died(['a'], Date.now() - HOUR);
			await delivered();
			writesStale();
			const found = await another().find(['a'], [], Date.now());
			expect(found.map((note) => [note.slot, noteTime(note) < Date.now() - HOUR / 2])).toEqual([
				[1, true],
			]);
		});

		it('the note on a later video in its slot stays, in this process and in another one', async () => {
			ERASURES.checkEvery = 20;
			for (const run of [aRun(), another()]) {
				await delivered();
				const before = values().length;
				const note = await run.write('a', Date.now());
				await sleep(ERASURES.checkEvery * (Math.max(...ERASURES.checkedAt) + 2));
				expect(values()).toHaveLength(before + 7);
				run.erase([note!]);
				await run.flush();
			}
		});

		it('also where only its mark and its hour are the same', async () => {
			const at = Math.floor(Date.now() / HOUR - 1) * HOUR;
			await delivered(at + 1000);
			await another().write('a', at + 61_000 + 1000);
			await sleep(ERASURES.checkEvery * 3);
			expect(values()).toHaveLength(7);
		});

		it('also where it is of the same second: a video that was not submitted after all', async () => {
			const at = Date.now();
			await delivered(at);
			await another().write('a', at);
			await sleep(ERASURES.checkEvery * 3);
			expect(values()).toHaveLength(7);
		});
	});

	it('a note is written again with growing pauses only', async () => {
		const run = aRun();
		await run.write('a', NOW);
		const before = table.accesses;
		for (let poll = 0; poll < 100; poll++) run.assure();
		await run.flush();
		expect(table.accesses).toBe(before + 1);
	});
});

describe('A store that does not work', () => {
	it('is left alone after its first failure, which is told once, but for one attempt to erase', async () => {
		table.before = async () => {
			throw new Error('database is locked');
		};
		const run = aRun();
		expect(await run.find(['a'], [], NOW)).toEqual([]);
		expect(await run.write('a', NOW)).toBeUndefined();
		run.erase([{ hash: 'a', slot: 1, hour: 1, minute: 1, second: 1 }]);
		await run.flush();
		expect(warnings).toEqual(['database is locked']);
		expect(table.accesses).toBe(4);
	});

	it('but for one moment is written to once more', async () => {
		let failures = 1;
		const store = storeOf(table);
		const run = aRun({
			...store,
			checkProcessedAndRecord: async (...values) => {
				if (failures-- > 0) throw new Error('database is locked');
				return await store.checkProcessedAndRecord(...values);
			},
		});
		expect(await run.write('a', NOW)).toBeDefined();
		expect(warnings).toEqual([]);
		expect(values()).toHaveLength(7);
	});

	it('that hangs is waited for so long', async () => {
		table.before = async () => await new Promise(() => {});
		NOTES.patience = 50;
		const run = aRun();
		expect(await run.write('a', NOW)).toBeUndefined();
		NOTES.patience = 60_000;
		expect(warnings).toEqual(['no answer in time']);
	});

	it('and writes too late leaves no note behind', async () => {
		const answer = new Promise<() => void>((resolve) => {
			table.before = async () => await new Promise((late) => resolve(late as () => void));
		});
		NOTES.patience = 50;
		const run = aRun();
		expect(await run.write('a', NOW)).toBeUndefined();
		NOTES.patience = 60_000;
		table.before = async () => {};
		const gone = new Promise<void>((resolve) => (table.removed = resolve));
		(await answer)();
		await gone;
		expect(values()).toEqual([]);
	});

	it('and works again is asked to erase what was delivered', async () => {
		const run = aRun();
		const note = await run.write('a', NOW);
		const { before } = table;
		table.before = async () => {
			throw new Error('database is locked');
		};
		expect(await run.write('b', NOW)).toBeUndefined();
		table.before = before;
		run.erase([note!]);
		await run.flush();
		expect(values()).toEqual([]);
	});
});
