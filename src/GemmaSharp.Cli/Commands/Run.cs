using System.CommandLine;
using System.Runtime.InteropServices;
using GemmaSharp.Loading;

namespace GemmaSharp.Cli.Commands;

/// <summary>One prompt and its answer, or a chat on a terminal.</summary>
internal static class Run
{
    public static Command Create(string[] arguments)
    {
        Argument<string?> positional = new("prompt") { Arity = ArgumentArity.ZeroOrOne, Description = "the prompt" };
        Option<string?> model = new("--model", "-m") { Description = "folder of the model; the pocket model when left out" };
        Option<string?> prompt = new("--prompt", "-p") { Description = "the prompt" }, file = new("--file") { Description = "a file that holds the prompt" };
        Option<string?> system = new("--system") { Description = "standing instructions" };
        Option<string[]> image = new("--image") { Description = "a picture; may be repeated" }, audio = new("--audio") { Description = "a sound; may be repeated" };
        GenerationArguments generation = new();
        Option<string?> projector = ProjectorOption.Create();
        Option<int> threads = new("--threads", "-t") { Description = "threads; 0 takes all processors" };
        Option<int?> context = new("--ctx", "-c") { Description = "the most tokens of the conversation" };
        Option<bool> verbose = new("--verbose") { Description = "statistics on stderr" };
        Command command = new("run", "answer a prompt, or chat") { positional, model, prompt, file, system, image, audio, projector, threads, context, verbose };
        generation.AddTo(command);
        command.SetAction((parsed, cancel) => Failure.GuardAsync(async () =>
        {
            string? text = parsed.GetValue(prompt) ?? parsed.GetValue(positional);
            if (text is null && parsed.GetValue(file) is string path)
            {
                text = await File.ReadAllTextAsync(path, cancel).ConfigureAwait(false);
            }

            if (text is null && Console.IsInputRedirected)
            {
                text = await Console.In.ReadToEndAsync(cancel).ConfigureAwait(false);
            }

            if (text?.StartsWith("--", StringComparison.Ordinal) == true)
            {
                throw new ArgumentException($"'{text}' is no known option; a prompt that begins with -- goes behind -p");
            }

            IReadOnlyList<ContentPart> media = MediaArguments.Read(arguments);
            using GemmaEngine engine = Load(parsed.GetValue(model), parsed.GetValue(projector), parsed.GetValue(threads), parsed.GetValue(context));
            using Answering answering = new(engine, generation.Read(parsed), parsed.GetValue(system), parsed.GetValue(verbose));
            return text is null ? await new Chat(answering, media).RunAsync().ConfigureAwait(false) : await AnswerOnceAsync(answering, text, media).ConfigureAwait(false);
        }));
        return command;
    }

    /// <summary>Loads a model, or the pocket model and says so.</summary>
    public static GemmaEngine Load(string? path, string? projector, int threads, int? context)
    {
        if (path is null)
        {
            Console.Error.WriteLine("gemmasharp: no -m given, taking the pocket model (small shapes, digits and a few phrases are all it knows)");
        }

        return GemmaEngine.Load(path ?? PocketModel.Find(), new EngineOptions { Threads = threads, ContextLength = context, Projector = projector });
    }

    private static async Task<int> AnswerOnceAsync(Answering answering, string text, IReadOnlyList<ContentPart> media)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        await answering.AnswerAsync(ChatMessage.User(text, media), stop.Token).ConfigureAwait(false);
        return 0;
    }
}
