using System.Globalization;

namespace GemmaSharp.Benchmarks;

/// <summary>
/// What drafts give: the same answers with and without them in turn, inside one loaded model. Arguments: model, then --slice NAME (may be repeated), --tokens N,
/// --rounds N, --clients N, --work PART-OF-A-NAME.
/// </summary>
internal sealed class DraftRun
{
    private readonly GemmaEngine _engine;
    private readonly string[] _slices;
    private readonly int _tokens;
    private readonly int _rounds;
    private readonly int _clients;

    private DraftRun(GemmaEngine engine, DraftRunArguments arguments)
    {
        _engine = engine;
        (_slices, _tokens, _rounds, _clients) = (arguments.Slices, arguments.Tokens, arguments.Rounds, arguments.Clients);
    }

    public static int Start(string[] args)
    {
        DraftRunArguments arguments = DraftRunArguments.Parse(args);
        using GemmaEngine engine = GemmaEngine.Load(arguments.Model, new EngineOptions { ContextLength = 2048 });
        DraftWork[] works = [.. DraftWork.For(arguments.Model, engine.Files).Where(one => one.Name.Contains(arguments.Work, StringComparison.Ordinal))];
        new DraftRun(engine, arguments).RunAsync(works).GetAwaiter().GetResult();
        return 0;
    }

    private async Task RunAsync(DraftWork[] works)
    {
        Console.WriteLine("| answers | drafts | tokens/s without | with | times | drafts a token | came true | by `speed_up` |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (DraftWork work in works)
        {
            // Compiles what passes of all sizes need, and finds a grammar's masks.
            await AskAsync(work, new DraftOptions { Method = "ngram" }, clients: 1);
            await CompareAsync(work, "n-grams", new DraftOptions { Method = "ngram" });
            foreach (string slice in _slices)
            {
                await CompareAsync(work, slice, new DraftOptions { Slice = slice });
                await CompareAsync(work, slice + ", always 3", new DraftOptions { Slice = slice, Tokens = 3 });
            }
        }
    }

    private async Task CompareAsync(DraftWork work, string name, DraftOptions drafts)
    {
        List<DraftFigures> without = [], with = [];
        for (int round = 0; round < _rounds; round++)
        {
            without.Add(await AskAsync(work, new DraftOptions { Method = "none" }, _clients));
            with.Add(await AskAsync(work, drafts, _clients));
        }

        double before = Median(without.Select(one => one.Rate)), after = Median(with.Select(one => one.Rate));
        int drafted = with.Sum(one => one.Drafted), accepted = with.Sum(one => one.Accepted);
        double[] told = [.. with.SelectMany(one => one.SpeedUps)];
        string came = drafted > 0 ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * accepted / drafted:F0} %") : "", gain = told.Length > 0 ? Median(told).ToString("F2", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {work.Name} | {name} | {before:F1} | {after:F1} | {after / before:F2} | {(double)drafted / with.Sum(one => one.Tokens):F2} | {came} | {gain} |"));
    }

    // All clients at once, each in a session of its own; the rate is of all tokens, prompts not counted.
    private async Task<DraftFigures> AskAsync(DraftWork work, DraftOptions drafts, int clients)
    {
        Usage[][] all = await Task.WhenAll(Enumerable.Range(0, clients).Select(client => Task.Run(() => AnswersAsync(work, drafts, client))));
        Usage[] answers = [.. all.SelectMany(one => one)];
        double seconds = all.Max(one => one.Sum(usage => usage.DecodeSeconds));
        return new DraftFigures(
            (answers.Sum(one => one.CompletionTokens) - answers.Length) / seconds, answers.Sum(one => one.CompletionTokens), answers.Sum(one => one.DraftedTokens), answers.Sum(one => one.AcceptedTokens),
            [.. answers.Select(one => one.DraftSpeedUp).OfType<double>()]);
    }

    private async Task<Usage[]> AnswersAsync(DraftWork work, DraftOptions drafts, int client)
    {
        List<Usage> found = [];
        foreach (string prompt in work.Prompts)
        {
            using ChatSession session = _engine.CreateSession();
            GenerationOptions options = work.Options with { Draft = drafts, MaxTokens = _tokens };
            await foreach (GenerationUpdate update in session.SendAsync(ChatMessage.User(client == 0 ? prompt : $"{prompt} {client}"), options))
            {
                if (update.Usage is not null)
                {
                    found.Add(update.Usage);
                }
            }
        }

        return [.. found];
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed record DraftFigures(double Rate, int Tokens, int Drafted, int Accepted, double[] SpeedUps);
}
