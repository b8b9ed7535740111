/**
 * n8n's store for duplicates, as the notes use it. It keeps a set of values for each node of a saved workflow. It
 * answers only "was this value there?", and adds the value at the same time. So a query adds values, then removes the
 * new ones. n8n reads, changes and writes the whole set, so this process makes one access at a time.
 *
 * Source: n8n's `DeduplicationHelper` (2.41.1 and 1.100.1).
 */
import {
	sleep,
	type DeduplicationHelperFunctions,
	type ICheckProcessedOptions,
} from 'n8n-workflow';

import { NOTES } from '../policy/notes';
import { again } from './noteValues';
import { inTurn } from './turns';

/** What n8n's helpers offer in a saved workflow. */
export type NoteStore = Pick<
	DeduplicationHelperFunctions,
	'checkProcessedAndRecord' | 'removeProcessed' | 'getProcessedDataCount'
>;

/** A query must not push out the values that it looks for. */
const UNLIMITED: ICheckProcessedOptions = { mode: 'entries' };
const OPTIONS: ICheckProcessedOptions = { ...UNLIMITED, maxEntries: NOTES.values };

/** Ends the wait for a store that hangs. */
async function within<T>(access: Promise<T>): Promise<T> {
	const signal = AbortSignal.timeout(NOTES.patience);
	const late = new Promise<never>((_, reject) => {
		signal.addEventListener('abort', () => reject(new OutOfTime('no answer in time')));
	});
	return await Promise.race([access, late]);
}

class OutOfTime extends Error {}

/** The store of one node, for one run. */
export class NoteAccess {
	/** The store failed, and is not used again. */
	isBroken = false;

	/** Values that a query added and has not removed yet. */
	private readonly borrowed = new Set<string>();

	/**
	 * @param node the node's name, unique in this process
	 * @param warn called once, when the store does not work
	 */
	constructor(
		private readonly store: NoteStore,
		private readonly node: string,
		private readonly warn: (why: string) => void,
	) {}

	/** Makes one access at a time. */
	async inTurn<T>(work: () => Promise<T>): Promise<T> {
		return await inTurn(`notes ${this.node}`, work);
	}

	/** How many values the store has. */
	async count(): Promise<number> {
		return await this.store.getProcessedDataCount('node', OPTIONS);
	}

	/** Retries if the store refuses, but not if it hangs. */
	private async attempts<T>(work: () => Promise<T>, attempt = 1): Promise<T> {
		return await within(work()).catch(async (error: Error) => {
			if (error instanceof OutOfTime || attempt >= NOTES.attempts) throw error;
			await sleep(NOTES.pause);
			return await this.attempts(work, attempt + 1);
		});
	}

	/** Uses the store. After a failure, the store is not used again. */
	async access<T>(work: () => Promise<T>): Promise<T | undefined> {
		if (this.isBroken) return undefined;
		try {
			return await this.inTurn(async () => await this.attempts(work));
		} catch (error) {
			if (!this.isBroken) this.warn((error as Error).message);
			this.isBroken = true;
			return undefined;
		}
	}

	/** Adds values, and returns those that were there. */
	async add(values: string[], options = OPTIONS): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		const { processed } = await this.store.checkProcessedAndRecord(values, 'node', options);
		return new Set(processed.map(String));
	}

	async remove(values: string[]): Promise<void> {
		if (values.length > 0) await this.store.removeProcessed(values, 'node', OPTIONS);
	}

	/** Which of the values are there. After a failure in the middle, a retry is safe. */
	async ask(values: string[]): Promise<Set<string>> {
		const there = await this.add(values, UNLIMITED);
		for (const value of values) if (!there.has(value)) this.borrowed.add(value);
		const added = values.filter((value) => this.borrowed.has(value));
		for (const value of added) there.delete(value);
		await this.remove(added);
		for (const value of added) this.borrowed.delete(value);
		return there;
	}

	/** Which of the values are there. None, if the store does not work. */
	async askFor(values: string[]): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		return (await this.access(async () => await this.ask(values))) ?? new Set();
	}

	/** Which values are there twice. An interrupted query leaves a value once, and that does not count. */
	async askTwice(values: string[]): Promise<Set<string>> {
		if (values.length === 0) return new Set();
		const asked = await this.access(async () => {
			const once = [...(await this.ask([...new Set(values)]))];
			const second = await this.ask(once.map(again));
			const isTwice = (value: string) => second.has(again(value));
			await this.remove(once.filter((value) => !isTwice(value)));
			return new Set(once.filter(isTwice));
		});
		return asked ?? new Set();
	}

	/**
	 * Removes what a query left when the store did not let it finish. If a part is gone, another run has cleaned up,
	 * and the rest may be the note on a later video.
	 */
	private async giveBack(values: string[]): Promise<void> {
		const there = await this.add(values, UNLIMITED);
		const isUntouched = there.size === values.length;
		await this.remove(values.filter((value) => isUntouched || !there.has(value)));
	}

	/** Gives failed work one more chance, and removes what queries have left. */
	async lastChance(work: () => Promise<void>): Promise<void> {
		const borrowed = [...this.borrowed];
		const tidy = async () => {
			await this.giveBack(borrowed);
			await work();
		};
		await this.inTurn(async () => await within(tidy())).catch(() => undefined);
	}

	/** Whether queries have left something. */
	get isUntidy(): boolean {
		return this.borrowed.size > 0;
	}
}
