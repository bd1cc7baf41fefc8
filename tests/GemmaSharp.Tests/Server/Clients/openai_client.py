# What a program with OpenAI's client does, one thing after the other; each answer becomes a member of the JSON written in the end.
import base64, json, sys
import openai

address, samples = sys.argv[1:]
client = openai.OpenAI(base_url=address, api_key="none", max_retries=0)
model = "pocket"


def ask(content, **more):
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": content}], **more)


def data(name):
    with open(f"{samples}/{name}", "rb") as file:
        return base64.b64encode(file.read()).decode()


schema = {"type": "object", "properties": {"colour": {"enum": ["red", "blue"]}}, "required": ["colour"], "additionalProperties": False}
tools = [{"type": "function", "function": {"name": "paint", "parameters": schema, "strict": True}}]
found = {}
found["text"] = ask("Count from 2 to 7.").choices[0].message.content
found["image"] = ask([{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data('scene-0.png')}"}}, {"type": "text", "text": "Describe the image."}]).choices[0].message.content
found["audio"] = ask([{"type": "input_audio", "input_audio": {"data": data("speech-1.wav"), "format": "wav"}}, {"type": "text", "text": "Transcribe the audio."}]).choices[0].message.content

chunks = list(ask("Count from 2 to 7.", stream=True, stream_options={"include_usage": True}))
found["streamed"] = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
found["streamedTokens"] = chunks[-1].usage.completion_tokens
found["schema"] = ask("What is it?", response_format={"type": "json_schema", "json_schema": {"name": "scene", "strict": True, "schema": schema}}).choices[0].message.content
called = ask("Paint it.", tools=tools, tool_choice="required", parallel_tool_calls=False).choices[0]
found["tool"] = {"name": called.message.tool_calls[0].function.name, "arguments": called.message.tool_calls[0].function.arguments}
found["reason"] = called.finish_reason
found["choices"] = [choice.index for choice in ask("Good morning!", n=3, seed=1).choices]

response = client.responses.create(model=model, input="Count from 2 to 7.")
found["response"] = response.output_text
found["follows"] = client.responses.create(model=model, input="Good morning!", previous_response_id=response.id).previous_response_id == response.id
with open(f"{samples}/speech-1.wav", "rb") as file:
    found["transcript"] = client.audio.transcriptions.create(model=model, file=file).text
found["models"] = [one.id for one in client.models.list().data]
try:
    client.chat.completions.create(model="other", messages=[{"role": "user", "content": "x"}])
except openai.APIStatusError as error:
    found["error"] = [type(error).__name__, error.status_code, error.code]
stream = ask("Count from 2 to 7.", stream=True)
next(iter(stream))
stream.close()
print(json.dumps(found))
