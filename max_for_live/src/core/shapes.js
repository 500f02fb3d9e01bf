// What the device knows of a Set, as plain objects. Times are in beats (quarters) of the clip's own
// time line, which may begin below 0; bars count from 0.

/**
 * @typedef {object} Note
 * @property {number} id Live's own; 0 for a note that is not in a clip yet
 * @property {number} pitch
 * @property {number} start
 * @property {number} duration
 * @property {number} velocity 1 to 127, may be fractional
 * @property {boolean} mute
 * @property {number} probability
 * @property {number} velocityDeviation
 * @property {number} releaseVelocity
 * @typedef {object} Clip
 * @property {number} id
 * @property {string} name
 * @property {boolean} inArrangement
 * @property {number} trackIndex
 * @property {number} sceneIndex -1 in the arrangement
 * @property {number} arrangementStart
 * @property {number} arrangementEnd
 * @property {number} loopStart
 * @property {number} loopEnd
 * @property {boolean} looping
 * @property {number} startMarker
 * @property {number} endMarker
 * @property {number} numerator
 * @property {number} denominator
 * @property {boolean} hasEnvelopes
 * @property {boolean} hasGroove
 * @property {boolean} isPlaying
 * @property {number} position where it plays
 * @property {Note[]} notes all of it, also those outside the loop
 * @property {number[]} selectedIds
 * @typedef {object} Pad
 * @property {number} pitch
 * @property {string} name
 * @property {boolean} isMuted
 * @typedef {object} Track
 * @property {number} id
 * @property {number} index
 * @property {string} name
 * @property {boolean} isFrozen
 * @property {boolean} isMuted
 * @property {boolean} isMidi
 * @property {boolean} isDrums
 * @property {boolean} mayHaveCurves whether its instrument plays MPE
 * @property {Pad[]} pads
 * @typedef {object} Song
 * @property {string} name
 * @property {number} tempo
 * @property {number} numerator
 * @property {number} denominator
 * @property {boolean} scaleOn
 * @property {number} rootNote
 * @property {number[]} scaleIntervals
 * @typedef {{start: number, end: number}} Span
 * @typedef {object} Heard a clip beside the source; times are the request's
 * @property {Track} track
 * @property {Clip} clip
 * @property {number} from the clip's own time that sounds at `since`
 * @property {number} since it is heard from here
 * @property {number} until to here
 * @typedef {Record<string, any>} Plain a message as in docs/protocol.md
 */

export const EDGE = 1e-6;
