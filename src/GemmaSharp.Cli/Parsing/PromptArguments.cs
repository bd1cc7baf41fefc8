using System.CommandLine;
using System.Text;

namespace GemmaSharp.Cli.Parsing;

/// <summary>The prompt: behind -p, as a word of its own, in a file, or on stdin.</summary>
internal sealed class PromptArguments
{
    // Far beyond every context, and small enough that a file named by mistake does no harm.
    private const int MostCharacters = 16 << 20;

    private readonly Argument<string?> _word = new("prompt") { Arity = ArgumentArity.ZeroOrOne, HelpName = "PROMPT", Description = "the prompt; without one, a chat on a terminal, or the text on stdin" };
    private readonly Option<string?> _option = new("--prompt", "-p") { HelpName = "TEXT", Description = "the prompt" };
    private readonly Option<string?> _file = new("--file") { HelpName = "FILE", Description = "a file that holds the prompt" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_word);
        command.Options.Add(_option);
        command.Options.Add(_file);
    }

    /// <summary>The prompt, or null where a chat is wanted.</summary>
    public string? Read(ParseResult parsed)
    {
        (string Place, string? Text)[] places = [("-p", parsed.GetValue(_option)), ("PROMPT", parsed.GetValue(_word)), ("--file", parsed.GetValue(_file))];
        string[] given = [.. places.Where(place => place.Text is not null).Select(place => place.Place)];
        if (given.Length > 1)
        {
            throw new ArgumentException($"the prompt is given {given.Length} times, by {string.Join(" and ", given)}; once is expected");
        }

        if (parsed.GetValue(_file) is string path)
        {
            return ReadFile(path);
        }

        string? text = places[0].Text ?? places[1].Text;
        if (text is null && !Console.IsInputRedirected)
        {
            return null;
        }

        text ??= ReadAll(Console.In, "stdin");
        return text.Length > 0 ? text : throw new ArgumentException("the prompt is empty; give it with -p TEXT, --file FILE or on stdin");
    }

    private static string ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: {(Directory.Exists(path) ? "is a folder, a text file expected" : "no such file")}", path);
        }

        using StreamReader reader = new(path, Encoding.UTF8);
        string text = ReadAll(reader, path);
        return text.Length > 0 ? text : throw new InvalidDataException($"{path}: holds no prompt");
    }

    // A last line's end is the file's, not the prompt's.
    private static string ReadAll(TextReader reader, string name)
    {
        StringBuilder text = new();
        char[] buffer = new char[1 << 14];
        for (int count; (count = reader.Read(buffer)) > 0; text.Append(buffer, 0, count))
        {
            if (text.Length + count > MostCharacters)
            {
                throw new InvalidDataException($"{name}: more than {MostCharacters} characters, no context holds so many");
            }
        }

        string all = text.ToString();
        return all.EndsWith("\r\n", StringComparison.Ordinal) ? all[..^2] : all.EndsWith('\n') ? all[..^1] : all;
    }
}
