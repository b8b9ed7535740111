/**
 * Looks for lost jobs in the account's history. Segmind may have accepted them, but their request IDs never arrived
 * or were lost with an execution. The search is free. A search claims at once what it finds, so nobody else takes it.
 */
import { failure, success, type Outcome, type Problem } from '../outcome';
import { HISTORY } from '../policy/history';
import { stoppedProblem } from '../problems';
import { monotonic } from '../transport/clock';
import { hasHistory, listPage, mayRecover } from './history';
import { oneByRequest, stateOf, type HistoryPage, type HistoryRow } from './historyRows';
import { isInFlight, knownRequests, mayBeInFlight, mayBeUnnamed } from './known';
import { isSame, match, type Wanted } from './match';
import type { Session } from './session';

export { inFlight, knownRequests } from './known';
export { addressesOf, ANY, unsent, type Wanted } from './match';

/** The result of the search for one job. */
export type Lost =
	/** The job belongs to the caller now, in any state. {@link knownRequests} has its ID until the caller removes it. */
	| { state: 'found'; row: HistoryRow }
	/** It is not there, which proves nothing. `ambiguous`: several requests are possible, and none was taken. */
	| { state: 'absent'; ambiguous?: HistoryRow[] }
	/** The history could not be read even once. Also after Stop. */
	| { state: 'unreadable'; problem: Problem }
	/** The credential has no History URL. Nothing was sent. */
	| { state: 'off' };

/**
 * When a job was created, from the time of its submit. The service has another clock.
 *
 * @param submittedAt ms since 1970
 * @param until ms since 1970: it was certainly not submitted later
 */
export const windowOf = (submittedAt: number, until = submittedAt) => ({
	from: submittedAt - HISTORY.slack,
	to: until + HISTORY.slack,
	near: submittedAt,
});

/** A list of an account's requests of one model, requested or just received. */
interface Listing {
	/** ms since 1970: older requests may be missing. */
	from: number;
	/** When it was requested, ms of a monotonic clock. */
	at: number;
	isPending: boolean;
	rows: Promise<Outcome<HistoryRow[]>>;
	/** The session that requested it. */
	session: Session;
}

/** What all searches in one account share. */
interface Account {
	/** The same for all of its sessions. */
	shared: object;
	/** By URL and model. */
	listings: Map<string, Listing>;
	looking: Set<Wanted>;
}

const accounts = new WeakMap<object, Account>();

function accountOf({ account }: Session): Account {
	const { shared } = account;
	const known = accounts.get(shared) ?? { shared, listings: new Map(), looking: new Set() };
	accounts.set(shared, known);
	return known;
}

/** The account's days may begin in any time zone, and its clock may differ. */
const A_DAY = 24 * 60 * 60_000;

/** Rows with times of this machine's clock, as the wanted jobs have them. */
const inOurTime = ({ rows, clockAhead = 0 }: HistoryPage): HistoryRow[] =>
	rows.map((row) => ({
		...row,
		...(row.createdAt !== undefined && { createdAt: row.createdAt - clockAhead }),
	}));

/** Whether later pages are older than this. A service that ignores the order may give the oldest rows first. */
function isOldEnough(shown: HistoryRow[], from: number): boolean {
	const times = shown.flatMap(({ createdAt }) => createdAt ?? []);
	const isOldestFirst = times[0] < times[times.length - 1];
	return times.length > 0 && !isOldestFirst && Math.min(...times) < from;
}

/** Reads pages, newest first, until they are older than the wanted jobs. */
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
		// A service without pages gives the same page again.
		if (read.value.isLast || isOldEnough(shown, from) || rows.length === before) break;
	}
	return success(rows);
}

/** A list that is on its way or fresh, from any session. Otherwise a new list. */
function listingOf(session: Session, model: string, from: number): Listing {
	const { listings, looking } = accountOf(session);
	const name = `${session.urls.historyUrl} ${model}`;
	const known = listings.get(name);
	const isFresh =
		known && (known.isPending || monotonic() - known.at < HISTORY.fresh) && known.from <= from;
	// If a session stopped its own list, that list says nothing to others.
	if (isFresh && !(known.session.stop.pressed && !session.stop.pressed)) return known;
	// For all searches that run now, not only for this one.
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

/** All rows that the wanted jobs can be in. */
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

/** Older than the submit: an earlier equal video, unless the service's clock is behind. */
const isEarly = ({ from }: Wanted, { createdAt = Infinity }: HistoryRow) =>
	createdAt < from + HISTORY.slack - HISTORY.early;

/**
 * Claims what one list shows. It does not await anything, so it claims before anybody else searches. A FAILED
 * request, and one that is older than the submit, count only in the last list: they may be a twin's, and the paid
 * request may not be in the history yet.
 */
function claim(
	account: Account,
	open: Wanted[],
	rows: HistoryRow[],
	isLast: boolean,
): Map<Wanted, Lost> {
	// Keys are unique for each caller only, and here are several callers.
	const everyone = [...account.looking].filter(({ hash }) => !isInFlight(hash));
	const named = everyone.map((wanted, index) => ({ ...wanted, key: String(index) }));
	const free = rows.filter((row) => !mayBeInFlight(row, account.shared));
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

/** A request that may be a wanted job, by its model, fields and time. */
export interface Candidate {
	/** The wanted job's key. */
	key: string;
	row: HistoryRow;
}

/** Finds out which candidates may be taken, if more is known than the history shows. */
export type Confirm = (candidates: Candidate[]) => Promise<boolean[]>;

/** A wanted job, and what is known about its candidates. */
type Sought = Wanted & { confirmed?: Set<string> };

const isInTime = ({ from, to }: Wanted, { createdAt }: HistoryRow) =>
	createdAt === undefined || (createdAt >= from && createdAt <= to);

/** Whether one of these is wanted, or belongs to a submit that has no answer yet: its answer tells. */
const mayAppear = ({ shared }: Account, one: Wanted, rows: HistoryRow[]): boolean =>
	rows.some(
		(row) =>
			!knownRequests.has(row.requestId) &&
			isInTime(one, row) &&
			isSame(one, row) &&
			mayBeInFlight(row, shared),
	);

/** Checks each candidate once. */
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
 * Looks for jobs until it has found all or the patience is over, but at least once. Searches at the same time share
 * one list. Ends at once when Stop is pressed.
 *
 * @param options `patience`: ms; `confirm`: called before a request is taken
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
			const isHidden = rows.ok && open.some((one) => mayAppear(account, one, rows.value));
			const extra = patience > 0 && isHidden ? HISTORY.inFlight : 0;
			const left = patience + extra - (monotonic() - begun);
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
				// An earlier list counts more than the fault now.
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
	// After Stop, no job may count as lost.
	const stopped = failure(stoppedProblem());
	return wanted.map((one): Lost => {
		const lost = results.get(one);
		if (stop.pressed && lost?.state !== 'found') {
			return { state: 'unreadable', problem: stopped.problem };
		}
		return lost ?? { state: 'absent' };
	});
}
