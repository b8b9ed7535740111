import type { InputVideo } from '../videos';
import type { Clip } from './clip';
import { variant } from './looks';

export interface VideoClip {
	video: InputVideo;
	prompt: string;
	/** Length of the result; a shorter input is repeated. */
	seconds: number;
	/** Width over height of the result; the input fills it. */
	aspect: number;
	mirrored: boolean;
	keepAudio: boolean;
}

/** Enough to be seen at once, whatever the prompt. Degrees on the color wheel. */
const LEAST_TURN = 60;

/** The input video in other colors. */
export const videoClip = ({ video, prompt, seconds, ...clip }: VideoClip): Clip => ({
	inputs: [{ file: video.file, options: seconds > video.seconds ? ['-stream_loop', '-1'] : [] }],
	aspect: clip.aspect,
	plan: ({ width, height, fps }) => {
		const size = `${width}:${height}`;
		const turn = LEAST_TURN + (variant(prompt) % (360 - 2 * LEAST_TURN));
		const filters = [
			`fps=${fps}`,
			`scale=${size}:force_original_aspect_ratio=increase`,
			`crop=${size}`,
			...(clip.mirrored ? ['hflip'] : []),
			`hue=h=${turn}`,
			'format=yuv420p,setsar=1',
		];
		const sound = clip.keepAudio && video.hasAudio ? ['-map', '0:a', '-c:a', 'aac'] : [];
		return { graph: `[0:v]${filters.join(',')}[v]`, output: [...sound, '-t', String(seconds)] };
	},
});
