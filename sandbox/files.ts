export interface HostedFile {
	/** Path on the files origin, with leading slash. */
	path: string;
	/** Where it lies on disk. */
	file: string;
	bytes: number;
	contentType: string;
	/** How many requests for it have come. */
	asked?: number;
}

/** What the files origin serves. */
export class HostedFiles {
	private readonly byPath = new Map<string, HostedFile>();

	constructor(files: HostedFile[]) {
		for (const file of files) this.put({ ...file });
	}

	put(file: HostedFile): HostedFile {
		this.byPath.set(file.path, file);
		return file;
	}

	find(path: string): HostedFile | undefined {
		return this.byPath.get(path);
	}

	forget(path: string): void {
		this.byPath.delete(path);
	}
}
