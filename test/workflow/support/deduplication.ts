/* eslint-disable @n8n/community-nodes/no-restricted-globals -- test, runs outside n8n */
/**
 * n8n's store for duplicates, as its server has it (DeduplicationHelper of 2.41.1), with a Map for the table.
 * The end-to-end tests use n8n's own with its database.
 */
import { createHash } from 'node:crypto';

import { DataDeduplicationService } from 'n8n-core';
import type {
	DeduplicationScope,
	ICheckProcessedContextData,
	ICheckProcessedOptions,
	IDataDeduplicator,
} from 'n8n-workflow';

import type { NoteStore } from '../../../nodes/segmind/job/noteStore';

type Value = Parameters<IDataDeduplicator['checkProcessedAndRecord']>[0][number];

const hashes = new Map<Value, string>();

/** As n8n keeps a value. Remembered: simulations ask for the same ones a million times. */
export function hashOf(value: Value): string {
	const hash = hashes.get(value) ?? createHash('md5').update(String(value)).digest('base64');
	hashes.set(value, hash);
	return hash;
}

/** Lets other accesses in between, as a database does. */
const latency = async () => await new Promise<void>((resolve) => setImmediate(resolve));

/** Rows of n8n's table `processed_data`, by workflow and node. */
export class NoteTable implements IDataDeduplicator {
	readonly rows = new Map<string, string[]>();

	/** What each access of a workflow and node does first; a test lets it fail or hang. */
	before: (key: string) => Promise<void> = latency;

	/** Told after values were removed. */
	removed: () => void = () => {};

	/** Accesses so far. */
	accesses = 0;

	private key(scope: DeduplicationScope, { workflow, node }: ICheckProcessedContextData): string {
		if (!workflow.id) throw new Error('The expression evaluated to a falsy value');
		return `${workflow.id} ${scope === 'node' ? `n:${node?.id}` : ''}`;
	}

	private async read(key: string): Promise<string[] | undefined> {
		this.accesses++;
		await this.before(key);
		const row = this.rows.get(key);
		return row && [...row];
	}

	private async write(key: string, row: string[]): Promise<void> {
		await latency();
		this.rows.set(key, row);
	}

	/** A row that two find missing is inserted by one of them. */
	private async insert(key: string, row: string[]): Promise<void> {
		await latency();
		if (this.rows.has(key)) {
			throw new Error('duplicate key value violates unique constraint');
		}
		this.rows.set(key, row);
	}

	async checkProcessedAndRecord(
		items: Value[],
		scope: DeduplicationScope,
		contextData: ICheckProcessedContextData,
		{ maxEntries }: ICheckProcessedOptions,
	) {
		const key = this.key(scope, contextData);
		const existing = await this.read(key);
		const row = existing ?? [];
		const there = new Set(row);
		const result = { new: [] as Value[], processed: [] as Value[] };
		for (const item of items) {
			const hash = hashOf(item);
			if (there.has(hash)) result.processed.push(item);
			else {
				row.push(hash);
				result.new.push(item);
			}
		}
		if (maxEntries) row.splice(0, row.length - maxEntries);
		await (existing ? this.write(key, row) : this.insert(key, row));
		return result;
	}

	async removeProcessed(
		items: Value[],
		scope: DeduplicationScope,
		contextData: ICheckProcessedContextData,
	) {
		const key = this.key(scope, contextData);
		const row = await this.read(key);
		if (!row) return;
		for (const hash of items.map(hashOf)) {
			const index = row.indexOf(hash);
			if (index >= 0) row.splice(index, 1);
		}
		await this.write(key, row);
		this.removed();
	}

	async clearAllProcessedItems(scope: DeduplicationScope, contextData: ICheckProcessedContextData) {
		this.rows.delete(this.key(scope, contextData));
	}

	async getProcessedDataCount(scope: DeduplicationScope, contextData: ICheckProcessedContextData) {
		return (await this.read(this.key(scope, contextData)))?.length ?? 0;
	}
}

/** n8n's helpers of a node, as n8n-core makes them. */
export function storeOf(table: NoteTable): NoteStore {
	const where = { workflow: { id: 'w' }, node: { id: 'n' } } as never;
	return {
		checkProcessedAndRecord: async (items, scope, options) =>
			(await table.checkProcessedAndRecord(items, scope, where, options)) as never,
		removeProcessed: async (items, scope) => await table.removeProcessed(items, scope, where),
		getProcessedDataCount: async (scope) => await table.getProcessedDataCount(scope, where),
	};
}

/** The table that all workflows of a test file share. */
export const noteTable = new NoteTable();

export async function useNoteTable(): Promise<void> {
	await DataDeduplicationService.init(noteTable);
}

/** Values in the table of one workflow. */
export const notesOf = (workflowId: string): string[] =>
	[...noteTable.rows].filter(([key]) => key.startsWith(`${workflowId} `)).flatMap(([, row]) => row);
