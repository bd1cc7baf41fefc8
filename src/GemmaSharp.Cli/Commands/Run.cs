using System.CommandLine;
using GemmaSharp.Cli.Chatting;
using GemmaSharp.Cli.Parsing;

namespace GemmaSharp.Cli.Commands;

/// <summary>One prompt and its answer, or a chat on a terminal.</summary>
internal sealed class Run
{
    private readonly PromptArguments _prompt = new();
    private readonly MediaArguments _media = new();
    private readonly GenerationArguments _generation = new();
    private readonly ModelArguments _model = new();
    private readonly Option<string?> _system = new("--system") { HelpName = "TEXT", Description = "standing instructions" };
    private readonly Option<bool> _verbose = new("--verbose") { Description = "figures of the answer: tokens, speed, encode times, memory" };

    public static Command Create()
    {
        Run run = new();
        Command command = new("run", "Answers a prompt about text, pictures and sound; without a prompt, a chat on a terminal.");
        run._prompt.AddTo(command);
        run._media.AddTo(command);
        command.Options.Add(run._system);
        run._generation.AddTo(command);
        run._model.AddTo(command);
        command.Options.Add(run._verbose);
        command.SetAction((parsed, _) => Failure.GuardAsync(() => run.InvokeAsync(parsed)));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        string? text = _prompt.Read(parsed);
        IReadOnlyList<ContentPart> media = _media.Read(parsed);
        GenerationOptions generation = _generation.Read(parsed);
        ModelChoice model = await _model.ChooseAsync(parsed).ConfigureAwait(false);
        Screen screen = new(Console.Error);
        bool verbose = parsed.GetValue(_verbose);
        using GemmaEngine engine = await LoadAsync(model, parsed, screen, chats: text is null).ConfigureAwait(false);
        ModelArguments.Say(engine, screen);
        if (verbose && engine.UnusedTensors.Count > 0)
        {
            screen.Notice($"{engine.UnusedTensors.Count} tensors of the checkpoint are not used: {string.Join(", ", engine.UnusedTensors)}");
        }

        using Answering answering = new(engine, generation, screen, Console.Out);
        answering.Restart(parsed.GetValue(_system));
        if (text is null)
        {
            model.Say(screen);
            return await new Chat(answering, screen, MessageReader.OnTerminal(screen), [.. media]) { ShowsFigures = verbose }.RunAsync().ConfigureAwait(false);
        }

        using Interrupt interrupt = new(secondEnds: true);
        await answering.AnswerAsync(ChatMessage.User(text, media), interrupt.Token, begin: () => model.Say(screen)).ConfigureAwait(false);
        if (verbose)
        {
            screen.Show(answering.Figures);
        }

        return 0;
    }

    // An interrupted program does not wait for the rest of a large model.
    private async Task<GemmaEngine> LoadAsync(ModelChoice model, ParseResult parsed, Screen screen, bool chats)
    {
        using Interrupt interrupt = new(secondEnds: true);
        Task<GemmaEngine> loading = Task.Run(() => chats ? GemmaEngine.Load(model.Path, _model.ReadOptions(model, parsed)) : _model.Load(model, parsed), CancellationToken.None);
        return await screen.WaitAsync($"loading {model.Path}", loading.WaitAsync(interrupt.Token)).ConfigureAwait(false);
    }
}
