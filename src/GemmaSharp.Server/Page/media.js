// Files and recordings to parts of a message. Sounds that are no WAV are decoded here, so that the server needs nothing for them.

const rate = 16000;

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// 16 bits, one channel.
function wav(samples) {
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (place, letters) => [...letters].forEach((letter, index) => view.setUint8(place + index, letter.charCodeAt(0)));
  text(0, 'RIFF'); view.setUint32(4, 36 + samples.length * 2, true); text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, rate * 2, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, 'data'); view.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, index) => view.setInt16(44 + index * 2, Math.max(-1, Math.min(1, sample)) * 0x7FFF, true));
  return new Blob([view], { type: 'audio/wav' });
}

async function toWav(blob) {
  const context = new AudioContext({ sampleRate: rate });
  try {
    const decoded = await context.decodeAudioData(await blob.arrayBuffer());
    const mixed = new Float32Array(decoded.length);
    for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
      decoded.getChannelData(channel).forEach((sample, index) => { mixed[index] += sample / decoded.numberOfChannels; });
    }
    return wav(mixed);
  } finally {
    await context.close();
  }
}

/** A part of a message from a file. */
export async function toPart(file) {
  const kind = file.type.startsWith('image/') ? 'image' : file.type.startsWith('audio/') ? 'audio' : null;
  if (!kind) throw new Error('a picture or a sound is expected');
  const isWav = /wav/.test(file.type);
  return { kind, name: file.name, url: await dataUrl(kind === 'image' || isWav ? file : await toWav(file)) };
}

/** Begins to record; what it gives ends it and gives the file. */
export async function startRecording() {
  if (!navigator.mediaDevices) throw new Error('a browser gives it only to https and to this machine itself');
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream), chunks = [];
  recorder.ondataavailable = event => chunks.push(event.data);
  recorder.start();
  return () => new Promise(resolve => {
    recorder.onstop = () => {
      stream.getTracks().forEach(track => track.stop());
      resolve(new File(chunks, 'recording', { type: recorder.mimeType || 'audio/webm' }));
    };
    recorder.stop();
  });
}
