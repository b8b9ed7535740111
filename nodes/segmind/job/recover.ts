/**
 * Looks for lost jobs in the account's history: accepted by Segmind, perhaps, but their request IDs never arrived or
 * died with an execution. Looking is free; what is found is claimed at once, so that nobody else takes it.
 */
import { failure, success, type Outcome, type Problem } from '../outcome';
import { HISTORY } from '../policy/history';
import { stoppedProblem } from '../problems';
import { monotonic } from '../wire/clock';
import { hasHistory, listPage, mayRecover } from './history';
import { oneByRequest, stateOf, type HistoryPage, type HistoryRow } from './historyRows';
import { isInFlight, knownRequests, mayBeInFlight, mayBeUnnamed } from './known';
import { isSame, match, type Wanted } from './match';
import type { Session } from './session';

export { inFlight, knownRequests } from './known';
export { addressesOf, ANY, unsent, type Wanted } from './match';

/** What became of a job that was looked for. */
export type Lost =
	/** It is the caller's now, in whatever state; {@link knownRequests} has its ID until the caller takes it out. */
	| { state: 'found'; row: HistoryRow }
	/** Not there, which proves nothing. `ambiguous`: several may be the one, and none was taken. */
	| { state: 'absent'; ambiguous?: HistoryRow[] }
	/** The history could not be read, not even once; also when Stop was pressed. */
	| { state: 'unreadable'; problem: Problem }
	/** The credential has no History URL; nothing was asked. */
	| { state: 'off' };

/**
 * When a job was created, as far as its submit tells: the service's clock is another one.
 *
 * @param submittedAt ms since 1970
 * @param until ms since 1970: it was certainly not submitted later
 */
export const windowOf = (submittedAt: number, until = submittedAt) => ({
	from: submittedAt - HISTORY.slack,
	to: until + HISTORY.slack,
	near: submittedAt,
});

/** A list of an account's requests of one model, on its way or just arrived. */
interface Listing {
	/** ms since 1970: what is older may be missing in it. */
	from: number;
	/** When it was asked for, ms of a monotonic clock. */
	at: number;
	isPending: boolean;
	rows: Promise<Outcome<HistoryRow[]>>;
	/** Who asked. */
	session: Session;
}

/** What all who look in one account share. */
interface Account {
	/** By address and model. */
	listings: Map<string, Listing>;
	looking: Set<Wanted>;
}

const accounts = new WeakMap<object, Account>();

function accountOf({ account }: Session): Account {
	const known = accounts.get(account.shared) ?? { listings: new Map(), looking: new Set() };
	accounts.set(account.shared, known);
	return known;
}

/** The account's days begin somewhere on earth, and its clock is another one. */
const A_DAY = 24 * 60 * 60_000;

/** Rows with times of this machine's clock, which what is looked for is known by. */
const inOurTime = ({ rows, clockAhead = 0 }: HistoryPage): HistoryRow[] =>
	rows.map((row) => ({
		...row,
		...(row.createdAt !== undefined && { createdAt: row.createdAt - clockAhead }),
	}));

/** Reads pages, the newest first, until they are older than what is looked for. */
async function fetchRows(
	session: Session,
	model: string,
	from: number,
): Promise<Outcome<HistoryRow[]>> {
	let rows: HistoryRow[] = [];
	for (let page = 1; page <= HISTORY.pages; page++) {
		const read = await listPage(session, { page, model, from: from - A_DAY });
		if (!read.ok) return read;
		const before = rows.length;
		const shown = inOurTime(read.value);
		rows = oneByRequest([...rows, ...shown]);
		const times = shown.flatMap(({ createdAt }) => createdAt ?? []);
		const isOldEnough = times.length > 0 && Math.min(...times) < from;
		// A service that does not know pages gives the same one again.
		if (read.value.isLast || isOldEnough || rows.length === before) break;
	}
	return success(rows);
}

/** A list that is on its way or fresh, whoever asked for it; otherwise a new one. */
function listingOf(session: Session, model: string, from: number): Listing {
	const { listings, looking } = accountOf(session);
	const name = `${session.urls.historyUrl} ${model}`;
	const known = listings.get(name);
	const isFresh =
		known && (known.isPending || monotonic() - known.at < HISTORY.fresh) && known.from <= from;
	// A list that its own asker has stopped says nothing to others.
	if (isFresh && !(known.session.stop.pressed && !session.stop.pressed)) return known;
	// For all who look now, not for this one alone.
	const earliest = Math.min(
		from,
		...[...looking].flatMap((wanted) => (wanted.model === model ? wanted.from : [])),
	);
	const listing: Listing = {
		from: earliest,
		at: monotonic(),
		isPending: true,
		rows: fetchRows(session, model, earliest),
		session,
	};
	void listing.rows.finally(() => (listing.isPending = false));
	listings.set(name, listing);
	return listing;
}

/** All rows that the wanted jobs can be among. */
async function rowsFor(session: Session, wanted: Wanted[]): Promise<Outcome<HistoryRow[]>> {
	const models = [...new Set(wanted.map(({ model }) => model))];
	const outcomes = await Promise.all(
		models.map(async (model) => {
			const from = Math.min(...wanted.flatMap((one) => (one.model === model ? one.from : [])));
			for (;;) {
				const listing = listingOf(session, model, from);
				const rows = await listing.rows;
				const isOthersStop = !rows.ok && listing.session.stop.pressed;
				if (!isOthersStop || session.stop.pressed) return rows;
			}
		}),
	);
	const failed = outcomes.find((outcome) => !outcome.ok);
	if (failed) return failed;
	return success(outcomes.flatMap((outcome) => (outcome.ok ? outcome.value : [])));
}

/** Older than the submit: an equal video of before, unless the service's clock is behind. */
const isEarly = ({ from }: Wanted, { createdAt = Infinity }: HistoryRow) =>
	createdAt < from + HISTORY.slack - HISTORY.early;

/**
 * What one look brings, without a word in between: what is found is claimed before anybody else looks. A FAILED
 * request, and one that is older than the submit, count in the last look only: they may be a twin's, and the paid
 * one may not stand in the history yet.
 */
function claim(
	account: Account,
	open: Wanted[],
	rows: HistoryRow[],
	isLast: boolean,
): Map<Wanted, Lost> {
	// Keys are each caller's own; here several callers meet.
	const everyone = [...account.looking].filter(({ hash }) => !isInFlight(hash));
	const named = everyone.map((wanted, index) => ({ ...wanted, key: String(index) }));
	const free = rows.filter((row) => !mayBeInFlight(row));
	const { found, ambiguous } = match(named, free, knownRequests);
	return new Map(
		open.map((wanted): [Wanted, Lost] => {
			const key = String(everyone.indexOf(wanted));
			const row = found.get(key);
			if (!row) return [wanted, { state: 'absent', ambiguous: ambiguous.get(key) }];
			const state = stateOf(row);
			const isOther = state !== 'completed' && mayBeUnnamed(wanted.hash, row);
			const isDoubtful = state === 'failed' || isEarly(wanted, row) || isOther;
			if (isLast ? state === 'failed' && isOther : isDoubtful) {
				return [wanted, { state: 'absent' }];
			}
			knownRequests.add(row.requestId);
			return [wanted, { state: 'found', row }];
		}),
	);
}

const isSettled = (lost: Lost | undefined) =>
	lost?.state === 'found' || (lost?.state === 'absent' && lost.ambiguous !== undefined);

/** A request that may be a wanted job, as far as model, fields and time tell. */
export interface Candidate {
	/** Of the wanted job. */
	key: string;
	row: HistoryRow;
}

/** Finds out which candidates may be taken, where more is known than the history shows. */
export type Confirm = (candidates: Candidate[]) => Promise<boolean[]>;

/** A wanted job with what was found out about its candidates. */
type Sought = Wanted & { confirmed?: Set<string> };

const isInTime = ({ from, to }: Wanted, { createdAt }: HistoryRow) =>
	createdAt === undefined || (createdAt >= from && createdAt <= to);

/** Asks about each candidate once. */
async function confirmRows(
	confirm: Confirm,
	open: Sought[],
	rows: HistoryRow[],
	asked: Set<string>,
): Promise<void> {
	const idOf = (one: Sought, row: HistoryRow) => `${one.key} ${row.requestId}`;
	const pairs = open.flatMap((one) =>
		rows
			.filter((row) => isInTime(one, row) && isSame(one, row) && !asked.has(idOf(one, row)))
			.map((row) => ({ one, row })),
	);
	for (const { one, row } of pairs) asked.add(idOf(one, row));
	if (pairs.length === 0) return;
	const answers = await confirm(pairs.map(({ one: { key }, row }) => ({ key, row })));
	for (const [index, { one, row }] of pairs.entries()) {
		if (answers[index]) one.confirmed?.add(row.requestId);
	}
}

/**
 * Looks for jobs until all are found or the patience is over; at least once. One list serves all who look at the same
 * time. Ends at once when Stop is pressed.
 *
 * @param options `patience`: ms; `confirm`: asked before a request is taken
 * @returns in the order of `wanted`
 */
export async function findLost(
	session: Session,
	jobs: Wanted[],
	{ patience = HISTORY.patience, confirm }: { patience?: number; confirm?: Confirm } = {},
): Promise<Lost[]> {
	if (!hasHistory(session)) return jobs.map(() => ({ state: 'off' }));
	const wanted = jobs.map((job): Sought => ({ ...job, confirmed: confirm && new Set<string>() }));
	const asked = new Set<string>();
	const { stop } = session;
	const account = accountOf(session);
	const begun = monotonic();
	const results = new Map<Wanted, Lost>();
	const isOpen = (one: Wanted) => !isSettled(results.get(one));
	for (const one of wanted) account.looking.add(one);
	session.tell("Looking for the video in the account's history", { videos: wanted.length });
	try {
		for (let pause = HISTORY.pauseFirst; ; pause = Math.min(pause * 2, HISTORY.pauseLongest)) {
			const open = wanted.filter(isOpen);
			if (open.length === 0) break;
			const rows = await rowsFor(session, open);
			if (rows.ok && confirm) await confirmRows(confirm, open, rows.value, asked);
			const left = patience - (monotonic() - begun);
			if (rows.ok) {
				for (const [one, lost] of claim(account, open, rows.value, left <= 0)) {
					results.set(one, lost);
					if (isSettled(lost)) account.looking.delete(one);
					if (lost.state === 'found') {
						const { requestId, status } = lost.row;
						session.log("Found the video in the account's history", { requestId, status });
					}
				}
			} else {
				// What was read before counts more than that it cannot be read now.
				for (const one of open) {
					if (!results.has(one)) results.set(one, { state: 'unreadable', problem: rows.problem });
				}
				if (!mayRecover(rows)) break;
			}
			if (stop.pressed || left <= 0 || !wanted.some(isOpen)) break;
			await stop.pause(Math.min(pause, left));
			if (stop.pressed) break;
		}
	} finally {
		for (const one of wanted) account.looking.delete(one);
	}
	// Who was stopped must not take a job for lost.
	const stopped = failure(stoppedProblem());
	return wanted.map((one): Lost => {
		const lost = results.get(one);
		if (stop.pressed && lost?.state !== 'found') {
			return { state: 'unreadable', problem: stopped.problem };
		}
		return lost ?? { state: 'absent' };
	});
}
