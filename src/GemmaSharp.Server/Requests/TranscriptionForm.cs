using System.Globalization;
using GemmaSharp.Server.Http;
using GemmaSharp.Server.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace GemmaSharp.Server.Requests;

/// <summary>The form of /v1/audio/transcriptions and translations.</summary>
/// <param name="Sound">The file.</param>
/// <param name="Instruction">What the model is asked to do with each window.</param>
/// <param name="Format">"json", "text", "verbose_json", "srt" or "vtt".</param>
/// <param name="Language">The language named, or null.</param>
internal sealed record TranscriptionForm(ContentPart Sound, string Instruction, string Format, string? Language)
{
    private const int MostFields = 32;
    private const int LongestField = 4096;
    private const int LongestLanguage = 40;
    private static readonly string[] Formats = ["json", "text", "verbose_json", "srt", "vtt"];
    private static readonly string[] Known = ["file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "stream"];

    public double? Temperature { get; init; }

    public bool Stream { get; init; }

    /// <summary>Reads the form.</summary>
    /// <exception cref="ApiException">A field is wrong, unknown or not supported.</exception>
    public static async Task<TranscriptionForm> ReadAsync(HttpContext http, ServerParts server, bool translates)
    {
        RequestBody.CheckType(http.Request, "multipart/form-data");
        int most = server.Options.Limits.PartBytes;
        http.Response.RegisterForDispose(server.Body.Hold(http.Request.ContentLength ?? most));

        // All in memory, which the limits bound: nothing of a client's is left on the disk.
        FormOptions bounds = new() { MultipartBodyLengthLimit = most, MemoryBufferThreshold = most, ValueLengthLimit = LongestField, ValueCountLimit = MostFields };
        IFormCollection form;
        try
        {
            form = await new FormFeature(http.Request, bounds).ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception error) when (error is InvalidDataException or IOException and not BadHttpRequestException)
        {
            throw ApiException.Bad($"the form cannot be read: {error.Message.ReplaceLineEndings(" ")}");
        }

        Findings findings = new(server.Options.Lenient);
        http.Items[Findings.Item] = findings;
        string[] known = translates ? [.. Known.Where(name => name != "language")] : Known;
        foreach (string name in form.Keys.Concat(form.Files.Select(file => file.Name)).Where(name => !known.Contains(name)))
        {
            string shown = name.Length > LongestLanguage ? name[..LongestLanguage] : name;
            findings.Add($"{shown} is not a field that is known here", shown, "unknown_field");
        }

        if (server.Model.Refusal(Text(form, "model")) is string refusal)
        {
            findings.Add(refusal, "model", "model_not_found");
        }

        return Read(form, translates) with { Sound = await SoundAsync(form, http.RequestAborted).ConfigureAwait(false) };
    }

    private static TranscriptionForm Read(IFormCollection form, bool translates)
    {
        string format = Text(form, "response_format") ?? "json";
        if (!Formats.Contains(format))
        {
            throw ApiException.Bad($"response_format is none of {string.Join(", ", Formats)}", "response_format", "invalid_value");
        }

        foreach (string? kind in form["timestamp_granularities[]"])
        {
            _ = kind == "segment" ? kind : throw ApiException.Bad("timestamp_granularities[] is not segment: the model tells no times of words", "timestamp_granularities[]", "unsupported_field");
        }

        string? language = Text(form, "language");
        if (language is not null && (language.Length > LongestLanguage || !language.All(one => char.IsLetter(one) || one is ' ' or '-')))
        {
            throw ApiException.Bad("language is no name or code of a language", "language", "invalid_value");
        }

        return new TranscriptionForm(ContentPart.Text(""), Instructions(translates, language, Text(form, "prompt")), format, language)
        {
            Temperature = Temperatures(form),
            Stream = Text(form, "stream") switch
            {
                null or "false" => false,
                "true" when format is "json" or "text" => true,
                _ => throw ApiException.Bad("stream is neither true nor false, or response_format is neither json nor text", "stream", "invalid_value"),
            },
        };
    }

    private static string Instructions(bool translates, string? language, string? context)
    {
        string instruction = translates ? "Translate the following speech segment into English:"
            : language is null ? "Transcribe the audio."
            : $"Transcribe the following speech segment in {language}:";
        return context is null ? instruction : $"{instruction}\nWhat was said before, or how to write it: {context}";
    }

    private static double? Temperatures(IFormCollection form) => Text(form, "temperature") switch
    {
        null => null,
        string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 100 => value,
        _ => throw ApiException.Bad("temperature is no number from 0 to 100", "temperature", "invalid_value"),
    };

    private static async Task<ContentPart> SoundAsync(IFormCollection form, CancellationToken cancel)
    {
        IFormFile file = form.Files.GetFile("file") ?? throw ApiException.Bad("file is missing", "file", "missing_field");
        byte[] data = new byte[file.Length];
        using Stream stream = file.OpenReadStream();
        await stream.ReadExactlyAsync(data, cancel).ConfigureAwait(false);
        return ContentPart.Audio(data, "file");
    }

    private static string? Text(IFormCollection form, string name) => form.TryGetValue(name, out Microsoft.Extensions.Primitives.StringValues values) ? values.ToString() : null;
}
