using GemmaSharp.Prompting;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Media;
using GemmaSharp.Server.Requests;
using GemmaSharp.Server.Scheduling;
using GemmaSharp.Server.Tools;
using Microsoft.AspNetCore.Http;

namespace GemmaSharp.Server.Answers;

/// <summary>From a request that was read to an answer that can be: media are fetched, a place is waited for, the prompt is made.</summary>
internal sealed class AnswerStart(ServerOptions options, Scheduler scheduler, MediaSource media, Metrics metrics)
{
    private readonly AutoSlice? _slices = options.AutoSlice ? new AutoSlice(options.Limits.Concurrent) : null;

    /// <summary>Begins; the answer holds a place until it is disposed.</summary>
    public async Task<Answer> BeginAsync(AnswerRequest request, HttpContext http)
    {
        CancellationToken cancel = http.RequestAborted;
        if (request.Choices > options.Limits.Choices)
        {
            throw ApiException.Bad($"n is {request.Choices}, at most {options.Limits.Choices} expected", "n", "invalid_value");
        }

        if (request is { Ids: null, Text: null } && request.Messages is not [.., { Role: "user" }])
        {
            throw ApiException.Bad("the last of the messages is not a user's or a tool's; there is nothing to answer", "messages", "invalid_value");
        }

        IReadOnlyList<ChatMessage> messages = await LoadAsync(request, cancel).ConfigureAwait(false);
        Place place = await scheduler.EnterAsync(AskerOf(http), cancel).ConfigureAwait(false);
        try
        {
            SliceField.Check(request.Options.Slice, place.Engine);
            Prompt prompt = request.Ids is int[] ids ? place.Prepare(ids)
                : request.Text is string text ? place.Prepare(text)
                : await place.PrepareAsync(messages, cancel).ConfigureAwait(false);
            return new Answer(place, prompt, _slices?.Choose(request, place.Engine, scheduler) ?? request, options.Limits.Concurrent, metrics);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Begins to hear a sound; the transcript holds a place until it is disposed.</summary>
    public async Task<Transcript> TranscribeAsync(TranscriptionForm form, HttpContext http)
    {
        Place place = await scheduler.EnterAsync(AskerOf(http), http.RequestAborted).ConfigureAwait(false);
        try
        {
            return new Transcript(place, await Task.Run(() => PromptPreparation.Windows(place.Engine, form.Sound, form.Instruction), http.RequestAborted).ConfigureAwait(false), form, metrics);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    /// <summary>Tokens of a request's prompt.</summary>
    public async Task<int> CountAsync(AnswerRequest request, HttpContext http)
    {
        IReadOnlyList<ChatMessage> messages = await LoadAsync(request, http.RequestAborted).ConfigureAwait(false);
        using Place place = await scheduler.EnterAsync(AskerOf(http), http.RequestAborted).ConfigureAwait(false);
        SliceField.Check(request.Options.Slice, place.Engine);
        return await Task.Run(() => PromptPreparation.Count(place.Engine, messages), http.RequestAborted).ConfigureAwait(false);
    }

    /// <summary>The conversation as the library takes it: media have their bytes, tools are told of.</summary>
    public async Task<IReadOnlyList<ChatMessage>> LoadAsync(AnswerRequest request, CancellationToken cancel)
    {
        int parts = request.Messages.Sum(message => message.Parts.Count(part => part.Kind != "text"));
        if (parts > options.Limits.MediaParts)
        {
            throw ApiException.Bad($"{parts} pictures and sounds, at most {options.Limits.MediaParts} expected", "messages", "too_many");
        }

        List<ChatMessage> messages = [];
        foreach (MessageRequest message in request.Messages)
        {
            List<ContentPart> loaded = [];
            foreach (PartRequest part in message.Parts)
            {
                loaded.Add(await media.LoadAsync(part, cancel).ConfigureAwait(false));
            }

            messages.Add(new ChatMessage(message.Role, loaded));
        }

        return request.Tools is ToolSet tools ? Told(messages, tools.Format.Instructions(tools.Definitions)) : messages;
    }

    private Asker AskerOf(HttpContext http) => new(ApiKeys.Owner(http), options.ApiKeys.Count > 0 ? null : http.Connection.RemoteIpAddress);

    private static List<ChatMessage> Told(List<ChatMessage> messages, string instructions)
    {
        if (messages is [{ Role: "system" } system, ..])
        {
            messages[0] = system with { Parts = [ContentPart.Text(instructions + "\n\n"), .. system.Parts] };
        }
        else
        {
            messages.Insert(0, ChatMessage.System(instructions));
        }

        return messages;
    }
}
