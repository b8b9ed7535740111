/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
/** What was measured, part by part, as files: a part can be measured again while the others stay as they are. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Limited } from './limits';
import type { Machine } from './machine';
import type { Measured } from './measure';
import type { MoneyRow } from './money';
import { PARTS, type BenchSettings, type Part } from './settings';

/** Of the recorded run. */
export const RECORDED = join(__dirname, 'recorded');

/** What each part gives. */
export interface Parts {
	batch: Measured[];
	limits: Limited[];
	growth: Measured[];
	/** Empty where large videos were left out. */
	memory: Measured[];
	money: MoneyRow[];
}

export interface PartRecord<P extends Part = Part> {
	part: P;
	settings: BenchSettings;
	n8n: string;
	/** Version of Node that n8n ran on. */
	node: string;
	/** With its load before the first measurement. */
	machine: Machine;
	/** ISO 8601 */
	date: string;
	minutes: number;
	measured: Parts[P];
}

export interface Records extends Parts {
	/** In the order of the document. */
	all: PartRecord[];
}

/**
 * @param group of the rows at the limits, which may be measured apart
 * @returns the file
 */
export function saveRecord(folder: string, record: PartRecord, group?: string): string {
	mkdirSync(folder, { recursive: true });
	const file = join(folder, `${record.part}${group ? `-${group}` : ''}.json`);
	writeFileSync(file, `${JSON.stringify(record, undefined, '\t')}\n`);
	return file;
}

/** All that is in a folder, and the parts of which nothing is. */
export function loadRecords(folder: string): { records: Records; missing: Part[] } {
	const all = readdirSync(folder)
		.filter((name) => name.endsWith('.json'))
		.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as PartRecord)
		.filter(({ part }) => PARTS.includes(part))
		.sort((a, b) => PARTS.indexOf(a.part) - PARTS.indexOf(b.part));
	const of = <P extends Part>(part: P) => {
		const own = all.filter((record) => record.part === part) as Array<PartRecord<P>>;
		return own.flatMap(({ measured }) => measured as Array<Parts[P][number]>) as Parts[P];
	};
	const order = all.flatMap(({ settings }) =>
		settings.limits.rows.map((row) => JSON.stringify(row)),
	);
	const place = ({ row }: Limited) => order.indexOf(JSON.stringify(row));
	const records = {
		...{ all, batch: of('batch'), growth: of('growth'), memory: of('memory'), money: of('money') },
		limits: of('limits').sort((a, b) => place(a) - place(b)),
	};
	const missing = PARTS.filter((part) => !all.some((record) => record.part === part));
	return { records, missing };
}
