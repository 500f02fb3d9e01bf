"use strict";
// A small player: WebAudio voices, a playhead, one piece at a time. Nothing is fetched.

const pieces = JSON.parse(document.getElementById("music").textContent);
const LOOK_AHEAD_S = 0.25;
const TIMER_MS = 60;

let audio = null;
let playing = null;

/** Open the sound card on the first click, as browsers demand. */
function openAudio() {
  if (audio) return audio;
  const context = new AudioContext();
  const master = context.createGain();
  const limiter = context.createDynamicsCompressor();
  const room = context.createConvolver();
  const wet = context.createGain();
  room.buffer = roomImpulse(context);
  wet.gain.value = 0.22;
  master.connect(limiter);
  master.connect(room).connect(wet).connect(limiter);
  limiter.connect(context.destination);
  audio = { context, master, noise: noiseBuffer(context) };
  setVolume();
  return audio;
}

function setVolume() {
  if (audio) audio.master.gain.value = (document.getElementById("volume").value / 100) ** 2;
}

function noiseBuffer(context) {
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  for (let index = 0; index < samples.length; index += 1) samples[index] = Math.random() * 2 - 1;
  return buffer;
}

function roomImpulse(context) {
  const length = Math.round(context.sampleRate * 1.4);
  const buffer = context.createBuffer(2, length, context.sampleRate);
  for (const side of [0, 1]) {
    const samples = buffer.getChannelData(side);
    for (let index = 0; index < length; index += 1) {
      samples[index] = (Math.random() * 2 - 1) * (1 - index / length) ** 4 * 0.35;
    }
  }
  return buffer;
}

const frequency = (pitch) => 440 * 2 ** ((pitch - 69) / 12);

/** How each kind of voice sounds: partials, attack, decay to sustain, release in seconds. */
const TIMBRES = {
  keys: { partials: [1, 0.45, 0.22, 0.12, 0.05], attack: 0.004, decay: 1.1, sustain: 0.12, release: 0.18 },
  choir: { partials: [1, 0.5, 0.3, 0.12, 0.09, 0.04], attack: 0.06, decay: 0.4, sustain: 0.8, release: 0.22 },
  reed: { partials: [1, 0.18, 0.42, 0.08, 0.2, 0.03], attack: 0.04, decay: 0.3, sustain: 0.75, release: 0.16 },
  string: { partials: [1, 0.62, 0.42, 0.3, 0.2, 0.12, 0.08], attack: 0.05, decay: 0.5, sustain: 0.7, release: 0.2 },
  bass: { partials: [1, 0.65, 0.3, 0.12, 0.05], attack: 0.012, decay: 0.6, sustain: 0.6, release: 0.12 },
  lead: { partials: [1, 0.05, 0.34, 0.04, 0.2, 0.03, 0.12], attack: 0.008, decay: 0.4, sustain: 0.6, release: 0.1 },
};

function timbreOf(voice) {
  const family = Math.floor(voice.program / 8);
  if (family === 0 || family === 1 || family === 3) return "keys";
  if (family === 4) return "bass";
  if (family === 5) return "string";
  if (family === 8 || family === 9) return "reed";
  if (family === 10) return "lead";
  return voice.count === 1 ? "keys" : ["choir", "reed", "choir", "bass"][voice.index % 4];
}

function playTone(output, voice, pitch, velocity, when, seconds) {
  const { context } = audio;
  const timbre = TIMBRES[timbreOf(voice)];
  const real = new Float32Array([0, ...timbre.partials.map(() => 0)]);
  const imaginary = new Float32Array([0, ...timbre.partials]);
  const tone = context.createOscillator();
  const gain = context.createGain();
  const peak = 0.16 * (velocity / 127) ** 1.3;
  const end = when + Math.max(seconds, timbre.attack);
  tone.setPeriodicWave(context.createPeriodicWave(real, imaginary));
  tone.frequency.value = frequency(pitch);
  gain.gain.setValueAtTime(0.0001, when);
  gain.gain.linearRampToValueAtTime(peak, when + timbre.attack);
  gain.gain.setTargetAtTime(peak * timbre.sustain, when + timbre.attack, timbre.decay / 3);
  gain.gain.setTargetAtTime(0.0001, end, timbre.release / 3);
  tone.connect(gain).connect(output);
  tone.start(when);
  tone.stop(end + timbre.release * 2);
}

function playDrum(output, pitch, velocity, when) {
  const level = (velocity / 127) ** 1.4;
  if (pitch <= 36) return drop(output, when, 150, 46, 0.34, 0.9 * level);
  if ([37, 39].includes(pitch)) return hiss(output, when, 1800, "bandpass", 0.09, 0.6 * level);
  if ([38, 40].includes(pitch)) {
    drop(output, when, 240, 160, 0.12, 0.4 * level);
    return hiss(output, when, 1500, "highpass", 0.19, 0.5 * level);
  }
  if ([42, 44, 22].includes(pitch)) return hiss(output, when, 8000, "highpass", 0.05, 0.34 * level);
  if ([46, 26].includes(pitch)) return hiss(output, when, 7500, "highpass", 0.32, 0.34 * level);
  if ([41, 43, 45, 47, 48, 50, 58].includes(pitch)) {
    return drop(output, when, 60 + 5 * (pitch - 36) + 60, 40 + 7 * (pitch - 36), 0.3, 0.7 * level);
  }
  return hiss(output, when, 5000, "highpass", [49, 52, 55, 57].includes(pitch) ? 0.9 : 0.4, 0.28 * level);
}

function drop(output, when, from, to, seconds, level) {
  const tone = audio.context.createOscillator();
  const gain = audio.context.createGain();
  tone.frequency.setValueAtTime(from, when);
  tone.frequency.exponentialRampToValueAtTime(to, when + seconds * 0.35);
  gain.gain.setValueAtTime(level, when);
  gain.gain.exponentialRampToValueAtTime(0.001, when + seconds);
  tone.connect(gain).connect(output);
  tone.start(when);
  tone.stop(when + seconds);
}

function hiss(output, when, cutoff, type, seconds, level) {
  const source = audio.context.createBufferSource();
  const filter = audio.context.createBiquadFilter();
  const gain = audio.context.createGain();
  source.buffer = audio.noise;
  filter.type = type;
  filter.frequency.value = cutoff;
  gain.gain.setValueAtTime(level, when);
  gain.gain.exponentialRampToValueAtTime(0.001, when + seconds);
  source.connect(filter).connect(gain).connect(output);
  source.start(when, Math.random() * 0.5);
  source.stop(when + seconds);
}

/** One output a voice, spread a little from left to right. */
function outputs(piece) {
  const bus = audio.context.createGain();
  bus.connect(audio.master);
  const voices = piece.voices.map((voice, index) => {
    const pan = audio.context.createStereoPanner();
    const middle = (piece.voices.length - 1) / 2;
    pan.pan.value = voice.drums || middle === 0 ? 0 : (0.5 * (index - middle)) / middle;
    pan.connect(bus);
    return pan;
  });
  return { bus, voices };
}

function beatAt(piece, seconds) {
  const later = piece.beats.findIndex(([at]) => at > seconds);
  const [left, right] = later < 0 ? piece.beats.slice(-2) : piece.beats.slice(later - 1, later + 1);
  return left[1] + ((seconds - left[0]) * (right[1] - left[1])) / (right[0] - left[0]);
}

function secondsAt(piece, beat) {
  const later = piece.beats.findIndex(([, at]) => at > beat);
  const [left, right] = later < 0 ? piece.beats.slice(-2) : piece.beats.slice(later - 1, later + 1);
  return left[0] + ((beat - left[1]) * (right[0] - left[0])) / (right[1] - left[1]);
}

function start(card, fromSeconds) {
  stop();
  const { context } = openAudio();
  context.resume();
  const piece = pieces[Number(card.dataset.piece)];
  const roll = card.querySelector(".roll");
  const rects = new Map();
  for (const rect of roll.querySelectorAll("[data-note]")) rects.set(Number(rect.dataset.note), rect);
  playing = {
    card, piece, roll, rects, ...outputs(piece),
    head: playheadOf(roll), began: context.currentTime + 0.08 - fromSeconds,
    next: piece.notes.findIndex((note) => note[0] >= fromSeconds - 1e-6),
  };
  if (playing.next < 0) playing.next = piece.notes.length;
  card.classList.add("is-playing");
  setButton(card, true);
  playing.timer = setInterval(schedule, TIMER_MS);
  schedule();
  requestAnimationFrame(draw);
}

function stop() {
  if (!playing) return;
  clearInterval(playing.timer);
  const { bus, card, roll, head } = playing;
  bus.gain.setTargetAtTime(0, audio.context.currentTime, 0.02);
  setTimeout(() => bus.disconnect(), 300);
  card.classList.remove("is-playing");
  setButton(card, false);
  head.remove();
  for (const rect of roll.querySelectorAll(".is-sounding")) rect.classList.remove("is-sounding");
  playing = null;
}

function setButton(card, isPlaying) {
  const button = card.querySelector("button");
  button.textContent = isPlaying ? "■ Stop" : "▶ Play";
  button.setAttribute("aria-pressed", String(isPlaying));
}

function schedule() {
  const { piece, voices, began } = playing;
  const now = audio.context.currentTime;
  while (playing.next < piece.notes.length && piece.notes[playing.next][0] + began < now + LOOK_AHEAD_S) {
    const [at, seconds, pitch, velocity, voice] = piece.notes[playing.next];
    const when = Math.max(now, at + began);
    if (piece.voices[voice].drums) playDrum(voices[voice], pitch, velocity, when);
    else playTone(voices[voice], piece.voices[voice], pitch, velocity, when, seconds);
    playing.next += 1;
  }
  if (now - began < piece.seconds) return;
  const { card } = playing;
  if (document.getElementById("loop").checked) start(card, 0);
  else if (now - began > piece.seconds + 0.6) stop();
}

function draw() {
  if (!playing) return;
  const { piece, roll, head, rects, began } = playing;
  const now = audio.context.currentTime - began;
  const gutter = Number(roll.dataset.gutter);
  const width = Number(roll.dataset.width) - gutter;
  const beat = Math.min(beatAt(piece, Math.max(0, now)), Number(roll.dataset.beats));
  const x = gutter + (width * beat) / Number(roll.dataset.beats);
  head.setAttribute("x1", x);
  head.setAttribute("x2", x);
  piece.notes.forEach((note) => {
    const rect = rects.get(note[5]);
    if (rect) rect.classList.toggle("is-sounding", note[0] <= now && now < note[0] + note[1]);
  });
  requestAnimationFrame(draw);
}

function playheadOf(roll) {
  const head = document.createElementNS("http://www.w3.org/2000/svg", "line");
  const height = roll.viewBox.baseVal.height;
  head.setAttribute("class", "playhead");
  head.setAttribute("y1", 14);
  head.setAttribute("y2", height - 1);
  roll.append(head);
  return head;
}

function seek(card, roll, event) {
  const box = roll.getBoundingClientRect();
  const width = Number(roll.dataset.width);
  const gutter = Number(roll.dataset.gutter);
  const x = ((event.clientX - box.left) / box.width) * width;
  const beat = (Math.max(0, x - gutter) / (width - gutter)) * Number(roll.dataset.beats);
  start(card, secondsAt(pieces[Number(card.dataset.piece)], beat));
}

for (const card of document.querySelectorAll("article[data-piece]")) {
  card.querySelector("button").addEventListener("click", () => {
    if (playing && playing.card === card) stop();
    else start(card, 0);
  });
  const roll = card.querySelector(".roll");
  roll.addEventListener("click", (event) => seek(card, roll, event));
}
document.getElementById("volume").addEventListener("input", setVolume);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
});
