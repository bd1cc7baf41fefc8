// What a program with OpenAI's client does, one thing after the other; each answer becomes a member of the JSON written in the end.
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';
import OpenAI from 'openai';

const [address, samples] = argv.slice(2);
const client = new OpenAI({ baseURL: address, apiKey: 'none', maxRetries: 0 });
const model = 'pocket';
const ask = (content, more = {}) => client.chat.completions.create({ model, messages: [{ role: 'user', content }], ...more });
const base64 = name => readFileSync(`${samples}/${name}`).toString('base64');
const schema = { type: 'object', properties: { colour: { enum: ['red', 'blue'] } }, required: ['colour'], additionalProperties: false };
const tools = [{ type: 'function', function: { name: 'paint', parameters: schema, strict: true } }];
const found = {};

found.text = (await ask('Count from 2 to 7.')).choices[0].message.content;
found.image = (await ask([{ type: 'image_url', image_url: { url: `data:image/png;base64,${base64('scene-0.png')}` } }, { type: 'text', text: 'Describe the image.' }])).choices[0].message.content;
found.audio = (await ask([{ type: 'input_audio', input_audio: { data: base64('speech-1.wav'), format: 'wav' } }, { type: 'text', text: 'Transcribe the audio.' }])).choices[0].message.content;

const stream = client.chat.completions.stream({ model, messages: [{ role: 'user', content: 'Count from 2 to 7.' }], stream_options: { include_usage: true } });
found.streamed = await stream.finalContent();
found.streamedTokens = (await stream.totalUsage()).completion_tokens;

found.schema = (await ask('What is it?', { response_format: { type: 'json_schema', json_schema: { name: 'scene', strict: true, schema } } })).choices[0].message.content;
const called = await client.chat.completions.stream({ model, messages: [{ role: 'user', content: 'Paint it.' }], tools, tool_choice: 'required', parallel_tool_calls: false }).finalChatCompletion();
found.tool = called.choices[0].message.tool_calls[0].function;
found.reason = called.choices[0].finish_reason;
found.choices = (await ask('Good morning!', { n: 3, seed: 1 })).choices.map(choice => choice.index);

const response = await client.responses.create({ model, input: 'Count from 2 to 7.' });
found.response = response.output_text;
found.follows = (await client.responses.create({ model, input: 'Good morning!', previous_response_id: response.id })).previous_response_id === response.id;
found.transcript = (await client.audio.transcriptions.create({ model, file: new File([readFileSync(`${samples}/speech-1.wav`)], 'speech.wav') })).text;
found.models = (await client.models.list()).data.map(one => one.id);
found.error = await ask('x', { model: 'other' }).then(() => null, error => [error.constructor.name, error.status, error.code]);
const leaves = await ask('Count from 2 to 7.', { stream: true });
for await (const _ of leaves) break;
console.log(JSON.stringify(found));
