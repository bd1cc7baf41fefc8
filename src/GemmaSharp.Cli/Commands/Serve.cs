using System.CommandLine;
using System.Runtime.InteropServices;
using GemmaSharp.Cli.Parsing;
using GemmaSharp.Loading;
using GemmaSharp.Server;

namespace GemmaSharp.Cli.Commands;

/// <summary>Answers over HTTP until it is interrupted.</summary>
internal sealed class Serve
{
    private const string Auto = "auto"; // of --slice: the load chooses
    private readonly ModelArguments _model = new();
    private readonly ServeArguments _server = new();

    public static Command Create()
    {
        Serve serve = new();
        Command command = new("serve", "Answers over HTTP, in the form of OpenAI's API and others, with a page to talk to the model. With --slice auto the whole is loaded, and smaller slices answer while many wait.");
        serve._model.AddTo(command);
        serve._server.AddTo(command);
        command.SetAction((parsed, _) => Failure.GuardAsync(() => serve.InvokeAsync(parsed)));
        return command;
    }

    private async Task<int> InvokeAsync(ParseResult parsed)
    {
        ModelChoice choice = await _model.ChooseAsync(parsed).ConfigureAwait(false);
        EngineOptions engine = _server.Bound(parsed, _model.ReadOptions(choice, parsed));
        ServerOptions options = _server.Read(parsed) with { AutoSlice = engine.Slice == Auto };
        engine = engine with { Slice = options.AutoSlice ? null : engine.Slice, Conversations = options.Limits.Concurrent };
        if (engine.MemoryLimit is not null)
        {
            // Within a limit weights in place would stay there, and a server's start is soon forgotten.
            engine = engine with { Weights = engine.Weights ?? "packed" };
        }

        Screen screen = new(Console.Error);
        using ServedModel model = new(
            _server.Alias(parsed) ?? Name(choice.Path), () => Task.Run(() => GemmaEngine.Load(choice.Path, engine), CancellationToken.None), _server.Idle(parsed));
        using Interrupt interrupt = new(secondEnds: true, PosixSignal.SIGTERM);
        ServerApp server = ServerApp.Create(options, model, screen.Notice);
        await using (server.ConfigureAwait(false))
        {
            await server.StartAsync(interrupt.Token).ConfigureAwait(false);
            screen.Notice($"listening on {server.Address.ToString().TrimEnd('/')}, model {model.Name}; Ctrl+C ends");
            try
            {
                await model.WarmUpAsync(interrupt.Token).ConfigureAwait(false);
                choice.Say(screen);
                using (ModelHold held = await model.HoldAsync(int.MaxValue, interrupt.Token).ConfigureAwait(false))
                {
                    ModelArguments.Say(held.Engine, screen);
                }

                screen.Notice("ready");
                await Task.Delay(Timeout.InfiniteTimeSpan, interrupt.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
            {
                screen.Notice("ending; running answers may finish, Ctrl+C ends at once");
                await server.StopAsync().ConfigureAwait(false);
            }
        }

        return 0;
    }

    // A path's last part, without the ending of a file.
    private static string Name(string path) =>
        File.Exists(path) ? Path.GetFileNameWithoutExtension(path) : ModelFiles.NameOf(path);
}
