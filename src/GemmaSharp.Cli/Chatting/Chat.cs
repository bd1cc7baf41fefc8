using GemmaSharp.Cli.Parsing;
using GemmaSharp.Prompting;

namespace GemmaSharp.Cli.Chatting;

/// <summary>A conversation: messages and commands in, streamed answers out.</summary>
internal sealed class Chat(Answering answering, Screen screen, MessageReader messages, List<ContentPart> waiting)
{
    private const string Help = """
        /image FILE   add a picture to the next message      /system TEXT  set standing instructions; the conversation begins anew
        /audio FILE   add a sound to the next message        /save FILE    write the conversation to a file (.json: as JSON)
        /clear        forget the conversation                /help         this list
        /stats        figures of the last answer             /slice NAME   answer with a slice of the model; alone, the list
        /quit         leave (also Ctrl+D)
        A line that ends in \ goes on in the next one, and so does a block between lines of three quotes. Ctrl+C stops an answer.
        """;

    private static readonly string[] Commands = ["/image", "/audio", "/clear", "/system", "/stats", "/slice", "/save", "/help", "/quit"];

    /// <summary>Whether figures follow every answer.</summary>
    public bool ShowsFigures { get; init; }

    public async Task<int> RunAsync()
    {
        using Interrupt between = new(secondEnds: false);
        screen.Hint("A message, or /help. Ctrl+D leaves.");
        bool interrupted = false;
        while (true)
        {
            TypedMessage message = messages.Read();
            if (message.End == MessageEnd.Closed || (message.End == MessageEnd.Dropped && interrupted) || message is { IsBlock: false, Text: "/quit" or "/exit" })
            {
                return 0;
            }

            interrupted = message.End == MessageEnd.Dropped && message.Text.Length == 0;
            if (interrupted)
            {
                screen.Hint("Ctrl+C again leaves; /help lists the commands.");
            }
            else if (message.End == MessageEnd.Sent)
            {
                await HandleAsync(message).ConfigureAwait(false);
            }
        }
    }

    // What went wrong costs a line and not the conversation.
    private async Task HandleAsync(TypedMessage message)
    {
        try
        {
            if (!message.IsBlock && message.Text.StartsWith('/'))
            {
                string[] words = message.Text.Split(' ', 2, StringSplitOptions.TrimEntries);
                Obey(words[0], words.Length > 1 ? words[1] : "");
            }
            else if (!string.IsNullOrWhiteSpace(message.Text))
            {
                await AnswerAsync(message.Text).ConfigureAwait(false);
            }
        }
        catch (Exception error)
        {
            screen.Notice(Failure.Line(error));
        }
    }

    private void Obey(string command, string rest)
    {
        switch (command)
        {
            case "/help":
                screen.Hint(Help);
                break;
            case "/image" or "/audio":
                string path = NeedFile(command, rest);
                waiting.Add(command == "/image" ? ContentPart.Image(path) : ContentPart.Audio(path));
                screen.Hint($"{path} goes with the next message.");
                break;
            case "/video":
                throw MediaFile.NoVideo(rest);
            case "/clear":
                waiting.Clear();
                answering.Restart(answering.System);
                screen.Hint("The conversation is forgotten.");
                break;
            case "/system":
                answering.Restart(rest.Length > 0 ? rest : null);
                screen.Hint(rest.Length > 0 ? "Set; the conversation begins anew." : "Standing instructions are removed; the conversation begins anew.");
                break;
            case "/stats":
                screen.Show(answering.Figures.Count > 0 ? answering.Figures : [("figures", "none before the first answer")]);
                break;
            case "/slice":
                screen.Hint(rest.Length > 0 ? answering.Use(rest) : answering.Slices);
                break;
            case "/save":
                Transcript.Save(NeedFile(command, rest), answering.History);
                screen.Hint($"{answering.History.Count} messages are in {rest}.");
                break;
            default:
                throw new ArgumentException($"{command} is no command{Suggestion.For(command, Commands)}{(Suggestion.Nearest(command, Commands) is null ? "; /help lists them" : "")}");
        }
    }

    private static string NeedFile(string command, string rest)
    {
        string path = rest.Length > 1 && rest[0] == rest[^1] && rest[0] is '"' or '\'' ? rest[1..^1] : rest;
        return path.Length > 0 ? path : throw new ArgumentException($"{command} needs the name of a file");
    }

    // What was attached waits on where an answer is stopped, but not where it is what failed.
    private async Task AnswerAsync(string text)
    {
        using Interrupt interrupt = new(secondEnds: false);
        ContentPart[] media = [.. waiting];
        waiting.Clear();
        try
        {
            await answering.AnswerAsync(ChatMessage.User(text, media), interrupt.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            waiting.AddRange(media);
            screen.Hint("Stopped; this turn is not kept.");
            return;
        }

        if (ShowsFigures)
        {
            screen.Show(answering.Figures);
        }
    }
}
