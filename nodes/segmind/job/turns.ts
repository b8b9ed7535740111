/** Lets what shares a name happen one after the other in this process. */

/** The latest in each line. */
const lines = new Map<string, Promise<unknown>>();

/** Runs a task when those before it with the same name have ended, however they ended. */
export async function inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
	const before = lines.get(name);
	const turn = (async () => {
		await before?.catch(() => undefined);
		return await task();
	})();
	lines.set(name, turn);
	try {
		return await turn;
	} finally {
		if (lines.get(name) === turn) lines.delete(name);
	}
}
