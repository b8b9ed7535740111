/** What the node does, without its description. It is loaded at the first use. */
export { errorForModel } from '../segmind/run/tool';
export { searchVideos } from './methods/listSearch';
export { OPERATIONS } from './operations';
export { PARK_STEPS } from './operations/video/parked';
