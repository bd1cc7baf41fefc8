using System.Runtime.InteropServices;
using System.Text;

namespace GemmaSharp.Cli.Commands;

/// <summary>A conversation on a terminal.</summary>
internal sealed class Chat(Answering answering, IReadOnlyList<ContentPart> first)
{
    private const string Help = """
        /image FILE   add a picture to the next message      /clear        forget the conversation
        /audio FILE   add a sound to the next message        /system TEXT  set standing instructions
        /stats        figures of the last answer             /save FILE    write the conversation to a file
        /help         this list                              /quit         leave
        A line that ends in \ goes on in the next one. Ctrl+C stops an answer.
        """;

    private readonly List<ContentPart> _media = [.. first];
    private CancellationTokenSource? _running;

    public async Task<int> RunAsync()
    {
        using PosixSignalRegistration signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            _running?.Cancel();
        });
        await Console.Error.WriteLineAsync("/help lists the commands, an empty line with Ctrl+D leaves.").ConfigureAwait(false);
        while (await ReadAsync().ConfigureAwait(false) is string line)
        {
            if (line is "/quit" or "/exit")
            {
                break;
            }

            await Failure.GuardAsync(async () =>
            {
                await HandleAsync(line).ConfigureAwait(false);
                return 0;
            }).ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task<string?> ReadAsync()
    {
        StringBuilder text = new();
        await Console.Error.WriteAsync("> ").ConfigureAwait(false);
        while (true)
        {
            string? line = await Console.In.ReadLineAsync().ConfigureAwait(false);
            if (line is null)
            {
                return text.Length > 0 ? text.ToString() : null;
            }

            if (!line.EndsWith('\\'))
            {
                return text.Append(line).ToString();
            }

            text.Append(line, 0, line.Length - 1).Append('\n');
        }
    }

    private async Task HandleAsync(string line)
    {
        string[] words = line.Split(' ', 2);
        string rest = words.Length > 1 ? words[1].Trim() : "";
        switch (words[0])
        {
            case "":
                break;
            case "/help":
                await Console.Error.WriteLineAsync(Help).ConfigureAwait(false);
                break;
            case "/image" or "/audio":
                _media.Add(MediaArguments.Load(words[0] == "/image", rest));
                break;
            case "/clear":
                answering.Clear();
                _media.Clear();
                break;
            case "/system":
                answering.SetSystem(rest);
                break;
            case "/stats":
                await Console.Error.WriteLineAsync(answering.Statistics).ConfigureAwait(false);
                break;
            case "/save":
                await File.WriteAllLinesAsync(rest, answering.History.Select(Line)).ConfigureAwait(false);
                break;
            case string command when command.StartsWith('/'):
                throw new ArgumentException($"{command} is no command; /help lists them");
            default:
                await AnswerAsync(line).ConfigureAwait(false);
                break;
        }
    }

    private async Task AnswerAsync(string line)
    {
        using CancellationTokenSource running = new();
        _running = running;
        ContentPart[] media = [.. _media];
        _media.Clear();
        try
        {
            await answering.AnswerAsync(ChatMessage.User(line, media), running.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await Console.Error.WriteLineAsync("\n(stopped; this turn is not kept)").ConfigureAwait(false);
        }
        finally
        {
            _running = null;
        }
    }

    private static string Line(ChatMessage message) => $"{message.Role}: {string.Join(" ", message.Parts.Select(part => part.Kind == "text" ? part.Value : $"[{part.Kind} {part.Value}]"))}";
}
