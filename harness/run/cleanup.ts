/* eslint-disable @n8n/community-nodes/no-restricted-imports, @n8n/community-nodes/no-restricted-globals -- development tool, runs outside n8n */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What was started, to end it in reverse order, at the end or after a failure. */
export class Cleanup {
	private readonly ends: Array<() => Promise<void> | void> = [];

	add(end: () => Promise<void> | void): void {
		this.ends.push(end);
	}

	/** Stops a process later. @returns the process */
	stopping<T extends { stop(): Promise<void> }>(started: T): T {
		this.add(async () => await started.stop());
		return started;
	}

	/** @returns a new folder. If this process ends without `run` (Ctrl+C), the folder is removed too */
	temporaryFolder(prefix: string): string {
		const folder = mkdtempSync(join(tmpdir(), prefix));
		this.removing(folder);
		return folder;
	}

	/** Removes a folder later. If this process ends without `run` (Ctrl+C), it is removed too. */
	removing(folder: string): void {
		const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		process.once('exit', remove);
		this.add(() => {
			process.off('exit', remove);
			remove();
		});
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
