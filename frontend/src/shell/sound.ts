/** Three short sounds, made here: no file is loaded. */
export type Sound = "needs" | "error" | "lost";

const TONES: Record<Sound, readonly number[]> = { needs: [660, 880], error: [440, 330], lost: [392, 294, 220] };
const REPEAT_AFTER_MS = 30_000;
const LOCK = "das-copy-trader-voice";
const lastPlayedMs = new Map<Sound, number>();
let context: AudioContext | null = null;
let isVoice = false;

/** Plays it now, in this tab. Browsers allow that only after a click on the page. */
export function play(sound: Sound): void {
  context ??= new AudioContext();
  const begin = context.currentTime + 0.02;
  TONES[sound].forEach((frequency, index) => {
    if (context === null) return;
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    const at = begin + index * 0.16;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0.0001, at);
    gain.gain.exponentialRampToValueAtTime(0.18, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(at);
    oscillator.stop(at + 0.15);
  });
}

/** Plays it if this tab is the one that speaks and the sound has not been heard for half a minute. */
export function announce(sound: Sound): void {
  const now = performance.now();
  if (!isVoice || now - (lastPlayedMs.get(sound) ?? -REPEAT_AFTER_MS) < REPEAT_AFTER_MS) return;
  lastPlayedMs.set(sound, now);
  play(sound);
}

/** Becomes the tab that speaks as soon as no other is; gives it back when asked to. */
export function takeVoice(): () => void {
  const giveUp = new AbortController();
  let release: () => void = () => undefined;
  navigator.locks
    .request(LOCK, { signal: giveUp.signal }, () => {
      isVoice = true;
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    })
    .catch(() => undefined); // given up while another tab speaks
  return () => {
    isVoice = false;
    giveUp.abort();
    release();
  };
}
