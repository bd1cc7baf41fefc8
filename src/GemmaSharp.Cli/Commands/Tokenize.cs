using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GemmaSharp.Loading;

namespace GemmaSharp.Cli.Commands;

/// <summary>JSON strings to arrays of ids and back, a line each.</summary>
internal static class Tokenize
{
    public static Command Create()
    {
        Option<string?> model = new("--model", "-m") { Description = "model folder or tokenizer.json" };
        Option<bool> plain = new("--no-special") { Description = "texts of special tokens stay text" };
        Command command = new("tokenize", "JSON strings on stdin, arrays of ids on stdout") { model, plain };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            TextTokens tokens = TextTokens.Load(parsed.GetValue(model) ?? PocketModel.Find());
            EachLine((line, number) =>
            {
                using JsonDocument document = JsonDocument.Parse(line);
                string text = document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString() ?? "" : throw Wrong(number, "a JSON string");
                return $"[{string.Join(",", tokens.Encode(text, !parsed.GetValue(plain)).Select(id => id.ToString(CultureInfo.InvariantCulture)))}]";
            });
        }));
        return command;
    }

    public static Command CreateReverse()
    {
        Option<string?> model = new("--model", "-m") { Description = "model folder or tokenizer.json" };
        Option<bool> skip = new("--no-special") { Description = "leave special tokens out" };
        Command command = new("detokenize", "arrays of ids on stdin, JSON strings on stdout") { model, skip };
        command.SetAction((parsed, _) => Failure.GuardAsync(() =>
        {
            TextTokens tokens = TextTokens.Load(parsed.GetValue(model) ?? PocketModel.Find());
            EachLine((line, number) =>
            {
                using JsonDocument document = JsonDocument.Parse(line);
                int[] ids = document.RootElement.ValueKind == JsonValueKind.Array
                    ? [.. document.RootElement.EnumerateArray().Select(id => id.TryGetInt32(out int value) ? value : throw Wrong(number, "whole numbers"))]
                    : throw Wrong(number, "a JSON array of ids");
                return JsonEncodedText.Encode(tokens.Decode(ids, parsed.GetValue(skip))).ToString() is string text ? $"\"{text}\"" : "";
            });
        }));
        return command;
    }

    private static void EachLine(Func<string, int, string> convert)
    {
        int number = 0;
        while (Console.In.ReadLine() is string line)
        {
            number++;
            if (line.Length == 0)
            {
                continue;
            }

            try
            {
                Console.Out.WriteLine(convert(line, number));
            }
            catch (JsonException error)
            {
                throw new InvalidDataException($"line {number} of the input is not JSON: {error.Message}", error);
            }
        }
    }

    private static InvalidDataException Wrong(int line, string expected) => new($"line {line} of the input: {expected} expected");
}
