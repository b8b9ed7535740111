import type { InputImage } from '../images';
import type { Clip, Frame } from './clip';
import { soundOf, type Look, type Shot } from './looks';

/** zoompan moves in whole source pixels; twice the size makes the motion smooth. */
const OVERSAMPLING = 2;
const ZOOM = 0.2;

const frames = (seconds: number, fps: number): number => Math.round(seconds * fps);

/** Moves over a still for the given time. Expressions run per frame: `on` is the frame's number. */
function move(look: Look, seconds: number, { width, height, fps }: Frame): string {
	const count = frames(seconds, fps);
	const progress = `on/${Math.max(1, count - 1)}`;
	const zoom = look.out ? `${1 + ZOOM}-${ZOOM}*${progress}` : `1+${ZOOM}*${progress}`;
	const [x, y] = look.towards;
	return `zoompan=z='${zoom}':x='(iw-iw/zoom)*${x}':y='(ih-ih/zoom)*${y}':d=${count}:s=${width}x${height}:fps=${fps}`;
}

const enlarge = ({ width, height }: Frame): string =>
	`${width * OVERSAMPLING}:${height * OVERSAMPLING}`;

/**
 * The filter graph: input 0 is the first image, input 1 the end image if there is one.
 * @returns a graph whose output is labelled [v]
 */
function graph(shots: Shot[], frame: Frame, hasEndImage: boolean): string {
	const labels = shots.map((_, index) => index);
	const moves = shots.map(({ look, seconds }, index) => {
		const filters = [move(look, seconds, frame), look.tint, 'format=yuv420p', 'setsar=1'];
		return `[still${index}]${filters.filter(Boolean).join(',')}[shot${index}]`;
	});
	const clip = [
		`[0:v]scale=${enlarge(frame)},split=${shots.length}${labels.map((i) => `[still${i}]`).join('')}`,
		...moves,
		`${labels.map((i) => `[shot${i}]`).join('')}concat=n=${shots.length}:v=1:a=0[clip]`,
	];
	if (!hasEndImage) return [...clip, '[clip]null[v]'].join(';');

	const seconds = shots.reduce((total, shot) => total + shot.seconds, 0);
	const arrive: Look = { towards: [0.5, 0.5], out: true, hertz: 0 };
	return [
		...clip,
		// The end image fills the frame whatever its aspect, and is whole and opaque at the last frame.
		`[1:v]scale=${enlarge(frame)}:force_original_aspect_ratio=increase,crop=${enlarge(frame)},${move(arrive, seconds, frame)},format=yuva420p,fade=t=in:start_frame=0:nb_frames=${Math.max(1, frames(seconds, frame.fps) - 1)}:alpha=1,setsar=1[end]`,
		'[clip][end]overlay=eof_action=pass,format=yuv420p[v]',
	].join(';');
}

export interface ImageClip {
	image: InputImage;
	endImage?: InputImage;
	shots: Shot[];
	audio: boolean;
}

/** Pans and zooms over the first image, and ends on the last one if there is one. */
export function imageClip({ image, endImage, shots, audio }: ImageClip): Clip {
	const inputs = [image, endImage].flatMap((one) =>
		one ? [{ bytes: one.bytes, extension: one.format }] : [],
	);
	return {
		inputs,
		aspect: image.width / image.height,
		plan: (frame) => ({
			graph: graph(shots, frame, endImage !== undefined),
			output: soundOf(shots, audio, inputs.length),
		}),
	};
}
