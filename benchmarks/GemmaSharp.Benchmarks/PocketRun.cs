using System.Globalization;
using GemmaSharp.Kernels.Threading;
using GemmaSharp.Loading;
using GemmaSharp.Model;
using GemmaSharp.Prompting;

namespace GemmaSharp.Benchmarks;

/// <summary>The pocket model end to end: each figure as the first use in the process gives it, as median and as best of many.</summary>
internal static class PocketRun
{
    private const int PromptTokens = 512;
    private const int ContextTokens = 128;
    private const int AnswerTokens = 128;
    private const int DecodeRounds = 15;
    private const int EncodeRounds = 30;

    public static int Start(string[] args)
    {
        int threads = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : Environment.ProcessorCount;
        string folder = PocketModel.Find();
        using ModelFiles files = ModelFiles.Open(folder, projector: null);
        using ThreadTeam team = new(threads);
        using Gemma3nModel model = Gemma3nModel.Load(files.Source, files.Config, files.Processor, team);
        MediaEncoder media = new(model, files.Processor, MediaLimits.From(new EngineOptions()));
        ContentPart image = ContentPart.Image(Path.Combine(folder, "samples", "scene-0.png"));
        ContentPart audio = ContentPart.Audio(Path.Combine(folder, "samples", "speech-0.wav"));
        byte[] pixels = media.Picture(image).Pixels;
        float[] samples = media.Windows(audio)[0];

        Console.WriteLine("| work | first | median | best | best of processor time |");
        Console.WriteLine("|---|---|---|---|---|");
        Report("image encode, ms", Timing.Of(EncodeRounds, () => model.EncodeImage(pixels, files.Processor.ImageWidth, files.Processor.ImageHeight)), seconds => seconds * 1e3);
        Report("audio encode, ms", Timing.Of(EncodeRounds, () => model.EncodeAudio(samples)), seconds => seconds * 1e3);
        Decode(model);
        return 0;
    }

    private static void Decode(Gemma3nModel model)
    {
        using ModelState state = model.CreateState(PromptTokens + AnswerTokens);
        float[] logits = new float[model.Config.Text.VocabSize];
        int[] prompt = new int[PromptTokens];
        for (int at = 0; at < prompt.Length; at++)
        {
            prompt[at] = 16 + (at * 7 % 256);
        }

        Report($"prefill of {PromptTokens}, tokens/s", Timing.Of(DecodeRounds, state.Clear, () => model.Forward(new ModelInput(prompt), state, logits)), seconds => PromptTokens / seconds);
        long allocated = 0;
        Timing decode = Timing.Of(
            DecodeRounds,
            () =>
            {
                state.Clear();
                model.Forward(new ModelInput(prompt.AsSpan(0, ContextTokens)), state, logits);
            },
            () =>
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int step = 0; step < AnswerTokens; step++)
                {
                    model.Forward(new ModelInput(prompt.AsSpan(step, 1)), state, logits);
                }

                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            });
        Report($"decode of {AnswerTokens} after {ContextTokens}, tokens/s", decode, seconds => AnswerTokens / seconds);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| decode, bytes allocated per token | | {(double)allocated / AnswerTokens:F1} | | |"));
    }

    private static void Report(string work, Timing timing, Func<double, double> figure) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work} | {figure(timing.First):F1} | {figure(timing.Median):F1} | {figure(timing.Min):F1} | {figure(timing.MinProcessor):F1} |"));
}
