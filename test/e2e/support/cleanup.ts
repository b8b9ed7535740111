/* eslint-disable @n8n/community-nodes/no-restricted-imports -- test, runs outside n8n */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a test has started, ended in reverse order however far the test came. */
export class Cleanup {
	private readonly ends: Array<() => Promise<void> | void> = [];

	add(end: () => Promise<void> | void): void {
		this.ends.push(end);
	}

	temporaryFolder(prefix: string): string {
		const folder = mkdtempSync(join(tmpdir(), prefix));
		this.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
		return folder;
	}

	/** @throws the first error, after everything was tried */
	async run(): Promise<void> {
		const errors: unknown[] = [];
		for (const end of this.ends.splice(0).reverse()) {
			try {
				await end();
			} catch (error) {
				errors.push(error);
			}
		}
		if (errors.length) throw errors[0];
	}
}
