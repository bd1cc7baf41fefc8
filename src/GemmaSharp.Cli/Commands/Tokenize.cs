using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Loading;

namespace GemmaSharp.Cli.Commands;

/// <summary>JSON strings to arrays of ids and back, a line each.</summary>
internal static class Tokenize
{
    private const string ModelHelp = "folder of the model, or a tokenizer.json; the pocket model when left out";

    public static Command Create()
    {
        Option<bool> plain = new("--no-special") { Description = "texts of special tokens stay text" };
        return Create("tokenize", "Reads JSON strings, one a line, and writes arrays of token ids; no <bos> is added.", plain, (tokens, value, noSpecial) =>
        {
            string text = value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : throw new JsonException("a string is expected");
            return $"[{string.Join(", ", tokens.Encode(text, !noSpecial).Select(id => id.ToString(CultureInfo.InvariantCulture)))}]";
        });
    }

    public static Command CreateReverse()
    {
        Option<bool> skip = new("--no-special") { Description = "leave special tokens out" };
        return Create("detokenize", "Reads JSON arrays of token ids, one a line, and writes JSON strings.", skip, (tokens, value, noSpecial) =>
        {
            if (value.ValueKind != JsonValueKind.Array)
            {
                throw new JsonException("an array of token ids is expected");
            }

            int[] ids = [.. value.EnumerateArray().Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out int whole) ? whole : throw new JsonException($"{id} is no token id"))];
            return JsonLine.Quote(tokens.Decode(ids, noSpecial));
        });
    }

    private static Command Create(string name, string description, Option<bool> noSpecial, Func<TextTokens, JsonElement, bool, string> convert)
    {
        Option<string?> model = ModelChoice.CreateOption(ModelHelp);
        Command command = new(name, description) { model, noSpecial };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            ModelChoice choice = ModelChoice.From(parsed.GetValue(model));
            TextTokens tokens = TextTokens.Load(choice.Path);
            bool leaves = parsed.GetValue(noSpecial);
            for (int number = 1; Console.In.ReadLine() is string line; number++)
            {
                if (!string.IsNullOrWhiteSpace(line))
                {
                    Console.Out.WriteLine(Convert(line, number, value => convert(tokens, value, leaves)));
                }
            }

            choice.Say(new Screen(Console.Error));
        }));
        return command;
    }

    // A lone surrogate is an InvalidOperationException of the JSON reader, an unknown id an InvalidDataException.
    private static string Convert(string line, int number, Func<JsonElement, string> convert)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return convert(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or InvalidDataException)
        {
            throw new InvalidDataException($"line {number} of the input: {error.Message}", error);
        }
    }
}
