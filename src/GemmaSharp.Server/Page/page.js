import { render } from './markdown.js';
import { allChats, keepChat, dropChat } from './chats.js';
import { toPart, startRecording } from './media.js';

const at = id => document.getElementById(id);
const fields = ['temperature', 'top_p', 'top_k', 'min_p', 'max_tokens', 'seed'];
let chat = freshChat(), parts = [], running = null, recording = null;

function freshChat() {
  return { id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`, time: Date.now(), messages: [] };
}

function say(text, bad = false) {
  at('status').textContent = text;
  at('status').classList.toggle('bad', bad);
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// A picture or sound; names are text and nothing else.
function preview(part) {
  const shown = element(part.kind === 'image' ? 'img' : 'audio');
  shown.src = part.url;
  if (part.kind === 'image') shown.alt = part.name; else { shown.controls = true; shown.setAttribute('aria-label', part.name); }
  return shown;
}

function show(message) {
  const article = element('article', '', message.role);
  article.append(element('h2', message.role === 'user' ? 'You' : 'Model'));
  for (const part of message.parts ?? []) article.append(preview(part), element('div', part.name, 'figures'));
  const body = element('div', '', 'body');
  render(message.text, body);
  article.append(body, element('div', message.figures, 'figures'));
  at('log').append(article);
  at('log').scrollTop = at('log').scrollHeight;
  return article;
}

function showChat() {
  at('log').replaceChildren();
  chat.messages.forEach(show);
}

async function showChats() {
  const chats = await allChats();
  at('chats').replaceChildren(new Option('Earlier chats', ''), ...chats.map(one => new Option(one.title, one.id, false, one.id === chat.id)));
}

function showParts() {
  at('parts').replaceChildren(...parts.map(part => {
    const item = element('li'), remove = element('button', `Remove ${part.name}`);
    remove.type = 'button';
    remove.onclick = () => { parts = parts.filter(one => one !== part); showParts(); };
    item.append(...(part.kind === 'image' ? [preview(part)] : []), remove);
    return item;
  }));
}

async function add(files) {
  for (const file of files) {
    try {
      parts.push(await toPart(file));
    } catch (error) {
      say(`${file.name}: ${error.message}`, true);
    }
  }
  showParts();
}

function toWire(message) {
  const media = (message.parts ?? []).map(part => part.kind === 'image'
    ? { type: 'image_url', image_url: { url: part.url } }
    : { type: 'audio_url', audio_url: { url: part.url } });
  return { role: message.role, content: media.length ? [...media, { type: 'text', text: message.text }] : message.text };
}

function body() {
  const system = at('system').value.trim();
  const options = Object.fromEntries(fields.filter(name => at(name).value !== '').map(name => [name, Number(at(name).value)]));
  if (at('slice').value) options.slice = at('slice').value;
  const messages = [...(system ? [{ role: 'system', content: system }] : []), ...chat.messages.map(toWire)];
  return { model: at('model').dataset.id, messages, stream: true, stream_options: { include_usage: true }, ...options };
}

function headers() {
  const key = at('key').value;
  return { 'Content-Type': 'application/json', ...(key ? { Authorization: `Bearer ${key}` } : {}) };
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ''; ;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (text + value).split('\n');
    text = lines.pop();
    for (const line of lines) if (line.startsWith('data: ') && line !== 'data: [DONE]') yield JSON.parse(line.slice(6));
  }
}

function figures({ usage, timings }) {
  const cached = usage.prompt_tokens_details.cached_tokens;
  return `${usage.prompt_tokens} tokens read${cached ? ` (${cached} from the cache)` : ''}, ${usage.completion_tokens} written, ${timings.decode_tokens_per_second.toFixed(1)} tokens/s`;
}

async function answer() {
  running = new AbortController();
  at('send').disabled = true;
  at('stop').disabled = false;
  at('log').setAttribute('aria-busy', 'true');
  say('The model reads.');
  const message = { role: 'assistant', text: '' };
  let article = null, waits = false;
  const draw = () => { waits = false; render(message.text, article.querySelector('.body')); at('log').scrollTop = at('log').scrollHeight; };
  try {
    const response = await fetch('v1/chat/completions', { method: 'POST', headers: headers(), body: JSON.stringify(body()), signal: running.signal });
    if (!response.ok) throw new Error((await response.json()).error.message);
    article = show(message);
    for await (const event of events(response)) {
      if (event.error) throw new Error(event.error.message);
      message.text += event.choices[0]?.delta.content ?? '';
      if (event.usage) message.figures = figures(event);
      if (!waits) { waits = true; requestAnimationFrame(draw); }
    }
    say('');
  } catch (error) {
    if (error.name === 'AbortError') say('Stopped.'); else say(error.message, true);
  }
  if (article) {
    draw();
    article.querySelector('.figures:last-child').textContent = message.figures ?? '';
  }
  if (message.text) chat.messages.push(message);
  else if (!article) restore();
  running = null;
  at('send').disabled = false;
  at('stop').disabled = true;
  at('log').removeAttribute('aria-busy');
  if (chat.messages.length) await keepChat(chat).then(showChats, error => say(`This chat cannot be kept: ${error.message}`, true));
}

// What could not be sent goes back to where it was written.
function restore() {
  const message = chat.messages.pop();
  at('log').lastElementChild?.remove();
  at('text').value = message.text;
  parts = message.parts;
  showParts();
}

function send() {
  const text = at('text').value.trim();
  if (running || (!text && !parts.length)) return;
  if (chat.messages.at(-1)?.role === 'user') chat.messages.pop();
  const message = { role: 'user', text, parts };
  chat.messages.push(message);
  show(message);
  at('text').value = '';
  parts = [];
  showParts();
  answer();
}

async function record() {
  try {
    if (recording) {
      const stop = recording;
      recording = null;
      await add([await stop()]);
    } else {
      recording = await startRecording();
    }
  } catch (error) {
    recording = null;
    say(`The microphone: ${error.message}`, true);
  }
  at('record').setAttribute('aria-pressed', String(!!recording));
  at('record').textContent = recording ? 'Stop recording' : 'Record';
}

function open(next) {
  running?.abort();
  chat = next;
  showChat();
  showChats();
  say('');
  at('text').focus();
}

function settings() {
  const kept = JSON.parse(localStorage.getItem('settings') ?? '{}');
  for (const name of [...fields, 'system', 'theme']) at(name).value = kept[name] ?? '';
  at('key').value = sessionStorage.getItem('key') ?? '';
  document.documentElement.dataset.theme = at('theme').value;
}

function keepSettings() {
  localStorage.setItem('settings', JSON.stringify(Object.fromEntries([...fields, 'system', 'theme', 'slice'].map(name => [name, at(name).value]))));
  sessionStorage.setItem('key', at('key').value);
  document.documentElement.dataset.theme = at('theme').value;
  greet();
}

async function greet() {
  try {
    const response = await fetch('v1/models', { headers: headers() });
    const answered = await response.json();
    if (!response.ok) throw new Error(answered.error.message);
    at('model').textContent = at('model').dataset.id = answered.data[0].id;
    at('slice').replaceChildren(new Option('as served', ''), ...(answered.data[0].slices ?? []).map(name => new Option(name)));
    at('slice').value = JSON.parse(localStorage.getItem('settings') ?? '{}').slice ?? '';
    if (at('slice').selectedIndex < 0) at('slice').value = '';
    say('');
  } catch (error) {
    say(error.message, true);
  }
}

at('composer').onsubmit = event => { event.preventDefault(); send(); };
at('text').onkeydown = event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); } };
at('text').onpaste = event => { if (event.clipboardData.files.length) { event.preventDefault(); add([...event.clipboardData.files]); } };
at('files').onchange = () => { add([...at('files').files]); at('files').value = ''; };
at('record').onclick = record;
at('stop').onclick = () => running?.abort();
at('new').onclick = () => open(freshChat());
at('forget').onclick = async () => { await dropChat(chat.id); open(freshChat()); };
at('chats').onchange = async () => { const found = (await allChats()).find(one => one.id === at('chats').value); if (found) open(found); };
at('open-settings').onclick = () => at('settings').showModal();
at('settings').onclose = keepSettings;
document.ondragover = event => { event.preventDefault(); document.body.classList.add('dropping'); };
document.ondragleave = event => { if (!event.relatedTarget) document.body.classList.remove('dropping'); };
document.ondrop = event => { event.preventDefault(); document.body.classList.remove('dropping'); add([...event.dataTransfer.files]); };
document.onkeydown = event => { if (event.key === 'Escape' && running && !at('settings').open) running.abort(); };
settings();
greet();
showChats();
at('text').focus();
